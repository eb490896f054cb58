"""Rules of deliveries: what a message says, how it is signed, and when to try again. No I/O, no clock."""
