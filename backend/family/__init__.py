"""Acting for others: up to five people, within scopes, until a date, agreed to by both sides."""
