"""The A2Gig document, and what it asks of the API."""
