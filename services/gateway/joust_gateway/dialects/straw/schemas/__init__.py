"""Requests and answers of the Straw API, by area."""
