"""The only rooms that speak to outside systems: WeChat and the SMS provider."""
