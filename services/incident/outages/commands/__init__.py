"""What can be done with outages: by people, and by what becomes of an incident (``automatic``)."""
