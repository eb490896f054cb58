"""Where submitted code is executed: one interface, one module for a back end."""
