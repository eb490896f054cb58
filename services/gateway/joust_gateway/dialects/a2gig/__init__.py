"""The A2Gig dialect: competitions, in flat answers."""
