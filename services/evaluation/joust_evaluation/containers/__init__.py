"""Posters' evaluation containers: an image runs on a submission and writes its score."""
