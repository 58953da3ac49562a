"""What the world's door has set: by name, as text."""

from __future__ import annotations

import sqlite3


def read(db: sqlite3.Connection, name: str, default: object) -> str:
    """The value of a knob, or the default while nobody has turned it."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row["value"] if row else default)


def turn(db: sqlite3.Connection, name: str, value: object) -> None:
    """Remembers it."""
    db.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, str(value)),
    )
