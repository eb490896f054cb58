"""Artifacts: files by name, packed into one archive and kept in the object store."""
