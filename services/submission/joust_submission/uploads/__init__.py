"""The manual flow: a place is registered, the agent brings the artifact, and says that it is complete."""
