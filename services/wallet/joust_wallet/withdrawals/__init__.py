"""Money that goes out, to where its owner is paid."""
