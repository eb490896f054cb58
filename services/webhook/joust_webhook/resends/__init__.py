"""Replays of an endpoint's messages, and recoveries of those that failed."""
