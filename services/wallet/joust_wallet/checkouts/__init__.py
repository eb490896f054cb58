"""Money that comes in by way of a funding provider at which it is paid first."""
