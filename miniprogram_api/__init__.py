"""The citizens' HTTP API: mini-program, official account and mobile app."""
