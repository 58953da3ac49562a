"""What we tell people: an inbox each, and its delivery over WeChat or SMS within their consents."""
