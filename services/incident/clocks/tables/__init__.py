"""Where clocks are kept: ``clocks`` has the tables, ``rows`` turns rows into clocks and back."""
