"""The three servers that the services stand on."""
