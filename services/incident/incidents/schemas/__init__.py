"""Incidents as HTTP shows and takes them: ``records``, and the ``moves`` between states."""
