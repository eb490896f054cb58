"""One module for each row of the table: its floors, its peers, its counters, its check, its growth curves."""
