"""Files of work for competitions: uploaded straight to storage, verified when the work is handed in."""
