"""Where incidents are kept: ``incidents`` with their timeline, their ``reach``, the ``matrix``."""
