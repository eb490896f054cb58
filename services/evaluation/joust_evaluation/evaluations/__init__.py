"""Evaluations: one for each iteration of a submission, from queued to judged."""
