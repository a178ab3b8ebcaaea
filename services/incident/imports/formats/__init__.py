"""The files that an import reads: the exported log, and the mapping that explains it."""
