"""Paper, type and ink: what templates draw with. Nothing here looks at a clock, a database or a network."""
