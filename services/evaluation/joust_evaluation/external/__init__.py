"""Judging by the poster's own judge: it is asked by webhook, or comes for its work, and posts a score."""
