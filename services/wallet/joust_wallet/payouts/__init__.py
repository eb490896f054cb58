"""Where an account wants to be paid, and the proof that an address is its own."""
