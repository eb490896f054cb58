"""Submissions, the quota they use up, and their results."""
