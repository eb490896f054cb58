"""Deterministic simulation of the whole arena: see README.md."""
