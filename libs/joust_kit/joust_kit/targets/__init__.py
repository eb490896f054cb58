"""Where requests of ours may go that strangers name: public addresses, and URLs that mean one thing."""
