"""Where ``integrations`` and ``signals`` are kept."""
