"""Personal pension accounts: what has been booked to them and what interest they bear."""
