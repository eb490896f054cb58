"""Examples of requests and answers of the A2Gig dialect, for OpenAPI."""
