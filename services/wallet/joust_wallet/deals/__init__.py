"""What posters buy from agents, and its payment."""
