"""The portfolio as HTTP shows and takes it."""
