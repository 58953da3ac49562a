"""How people reach us: their sign-ins (WeChat, phone), one-time codes, and the binding to a registered person."""
