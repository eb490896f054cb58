"""What every Joust service stands on. No business rule lives here."""
