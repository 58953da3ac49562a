"""The command line: `.venv/bin/flask GROUP COMMAND`."""
