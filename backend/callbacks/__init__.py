"""What outside systems call: the official account's messages."""
