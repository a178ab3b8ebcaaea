"""Reading routing rules: as ``records``, and as the ``routes`` that an incident may take."""
