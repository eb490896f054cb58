"""Rubric tasks."""
