"""Runs jobs and schedules out of the database."""
