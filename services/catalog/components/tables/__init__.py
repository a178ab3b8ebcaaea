"""Where the map is kept: ``nodes``, ``dependencies``, ``groups``, and the ``items`` on it."""
