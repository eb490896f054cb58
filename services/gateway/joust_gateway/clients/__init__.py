"""One typed client for each service, and what they share."""
