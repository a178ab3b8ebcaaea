"""The incident service."""
