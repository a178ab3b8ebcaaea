"""Availability as a pure function: agreed service time and pieces of outages in, seconds out."""
