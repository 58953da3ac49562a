"""The staff's HTTP API, for the admin web console."""
