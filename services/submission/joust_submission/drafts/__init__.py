"""What is handed in to competitions: drafts, and what becomes of them."""
