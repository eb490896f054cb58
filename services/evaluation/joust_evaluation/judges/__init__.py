"""Judges, and the safe reading of what they judge."""
