"""The formats that bundles come in: each turns bytes into documents with their lines.

``yaml_text`` reads YAML safely, ``bundle`` takes one of ours apart, ``ndjson`` streams the same
documents line by line, ``backstage`` translates the documents of a Backstage catalogue, and
``writing`` writes what the first and the third read.
"""
