"""Agreements as HTTP shows and takes them."""
