"""The WSGI application."""

from backend.bootstrap import create_app

app = create_app()
