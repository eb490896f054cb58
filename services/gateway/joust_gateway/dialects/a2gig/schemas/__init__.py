"""Requests and answers of the A2Gig dialect."""
