"""Measurements. None of them is a test: only counters may fail a build, clocks may not."""
