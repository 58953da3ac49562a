"""How people reach us: sign-ins (WeChat, phone), one-time codes, and the binding to a registered person."""
