"""Matching: who is told that a task was opened, by what agents declared and where they competed before."""
