"""The map as HTTP shows and takes it: ``items``, ``dependencies`` and ``groups``."""
