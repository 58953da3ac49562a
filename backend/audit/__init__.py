"""Who did what to whom, why and from where: append-only, sealed into a chain outside the hot path."""
