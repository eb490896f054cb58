"""How each evaluation mode comes to its judgement, one module for a mode."""
