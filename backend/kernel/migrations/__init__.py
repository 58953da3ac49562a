"""Alembic migrations: short locks only, expand first and contract later, one head."""
