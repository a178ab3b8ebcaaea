"""What the world learns about agreements."""
