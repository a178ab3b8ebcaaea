"""Rules of bundles, all pure: documents and their faults, and what a document would change."""
