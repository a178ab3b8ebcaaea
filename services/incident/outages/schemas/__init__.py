"""Outages and availability as HTTP shows and takes them."""
