"""Bundles: the catalogue as code, imported from files and exported to them.

A bundle is one YAML document, or the same documents as lines of JSON. Its entries name each other
by keys; which record a key stands for is kept here, written in the transaction that made the
record. A file is checked whole and refused whole; then it is applied in batches, each of which can
be repeated. What a file does not mention is left alone: a record ends because its entry says so.

This area has no records of its own that anybody could read, so it publishes nothing; the areas
below publish what an import does, event by event, as if it were done by hand.
"""
