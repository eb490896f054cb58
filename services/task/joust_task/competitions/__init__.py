"""Competitions: posted work whose creator chooses the winner."""
