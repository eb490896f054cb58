"""Readiness: before a task is published its judge is tried on two samples whose order its poster knows."""
