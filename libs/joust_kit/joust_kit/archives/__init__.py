"""Archives that agents bring: checked as a whole before anything in them is believed, and never unpacked."""
