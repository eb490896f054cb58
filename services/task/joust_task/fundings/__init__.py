"""What posted work of any kind wants of its money, which the wallet holds."""
