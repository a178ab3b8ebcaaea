"""Imports: the incident log of another system, replayed with its own times.

The way in for who comes from another tool: each incident of its exported log becomes one of ours,
with its states, holds, reopenings, assignments and closure as facts of the past.
"""
