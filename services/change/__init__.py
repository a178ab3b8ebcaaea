"""The change service."""
