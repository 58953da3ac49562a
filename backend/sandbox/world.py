"""The people with their phones: who follows, who is who in which app, what arrived, and what time it is."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from flask import current_app

from backend.sandbox.config import App, Config
from backend.sandbox.store import Store

CHINA = timezone(timedelta(hours=8))
PHONE = re.compile(r"1\d{10}")
CODE_SECONDS = 300
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class World:
    """State shared by every door; all times are seconds since the epoch on the world's own clock."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        with store.write() as db:
            for row in db.execute("SELECT phone FROM phone").fetchall():
                self._introduce(db, row["phone"])

    # --- time ---

    def now(self, db: sqlite3.Connection) -> float:
        """The machine's time, plus the days the demo travelled, plus what was skipped here."""
        row = db.execute("SELECT value FROM setting WHERE name = 'skipped'").fetchone()
        return time.time() + self._travelled() + (float(row["value"]) if row else 0.0)

    def product_time(self) -> float:
        """What the product's own clock shows: it travels along, and knows nothing of what is skipped here."""
        return time.time() + self._travelled()

    def _travelled(self) -> float:
        """Seconds; all processes of one demo agree on the date through one file."""
        try:
            return 86400.0 * json.loads(self.config.clock_file.read_text())["days"]
        except FileNotFoundError:
            return 0.0

    def skip(self, seconds: float) -> float:
        """Moves the clock forward, so that codes and tokens grow old without waiting; gives the new time."""
        with self.store.write() as db:
            db.execute(
                "INSERT INTO setting VALUES ('skipped', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS REAL) + excluded.value",
                (seconds,),
            )
            return self.now(db)

    # --- people ---

    def register(self, phone: str, name: str, *, sms_blocked: bool = False) -> None:
        """Makes a phone with a WeChat user known, or renames it."""
        with self.store.write() as db:
            self.ensure(db, phone)
            db.execute(
                "UPDATE phone SET name = ?, sms_blocked = ? WHERE phone = ?", (name, sms_blocked, phone)
            )

    def ensure(self, db: sqlite3.Connection, phone: str) -> None:
        """A phone that nobody registered still gets its SMS, under no name."""
        db.execute("INSERT OR IGNORE INTO phone (phone, name) VALUES (?, '')", (phone,))
        self._introduce(db, phone)

    def _introduce(self, db: sqlite3.Connection, phone: str) -> None:
        for app in (self.config.mini, self.config.oa):
            row = (self.openid(app, phone), app.key, phone)
            db.execute("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)", row)

    def openid(self, app: App, phone: str) -> str:
        """One person's name in one app: 28 characters that start with the app's own six."""
        return "o" + _opaque(app.appid, 5) + _opaque(f"{app.appid}/{phone}", 22)

    def unionid(self, phone: str) -> str:
        """One person's name across the apps of one owner."""
        return "o" + _opaque("union", 5) + _opaque(f"union/{phone}", 22)

    def phone_of(self, db: sqlite3.Connection, app: App, openid: object) -> sqlite3.Row | None:
        """The phone behind an openid of this app; an openid of another app finds nobody, as at WeChat."""
        row = db.execute(
            "SELECT phone.* FROM identity JOIN phone USING (phone) WHERE openid = ? AND app = ?",
            (str(openid), app.key),
        ).fetchone()
        return cast("sqlite3.Row | None", row)

    # --- one-time codes ---

    def new_code(self, db: sqlite3.Connection, phone: str, kind: str, scope: str = "") -> str:
        """A code of kind "login", "phone" or "oauth" that can be exchanged once within five minutes."""
        if kind == "phone":
            code = secrets.token_hex(32)
        else:
            code = "0" + "".join(secrets.choice(ALPHABET) for _ in range(31))
        db.execute("INSERT INTO code VALUES (?, ?, ?, ?, ?, NULL)", (code, kind, phone, scope, self.now(db)))
        return code

    def use_code(self, db: sqlite3.Connection, code: str, kind: str) -> tuple[sqlite3.Row | None, bool]:
        """The code on its first use; else None, and whether that is because it was used before."""
        row = db.execute("SELECT * FROM code WHERE code = ? AND kind = ?", (code, kind)).fetchone()
        if row is None or self.now(db) - row["issued_at"] > CODE_SECONDS:
            return None, False
        if row["used_at"] is not None:
            return None, True
        db.execute("UPDATE code SET used_at = ? WHERE code = ?", (self.now(db), code))
        return row, False

    # --- what is seen on a phone ---

    def show(
        self,
        db: sqlite3.Connection,
        phone: str,
        kind: str,
        text: str,
        *,
        arrived: bool = True,
        body: Mapping[str, Any] | None = None,
    ) -> int:
        """Puts a line on the phone: something that arrived, or what its owner did; gives its number."""
        cursor = db.execute(
            "INSERT INTO message (phone, kind, arrived, at, text, body) VALUES (?, ?, ?, ?, ?, ?)",
            (phone, kind, arrived, self.now(db), text, json.dumps(body or {}, ensure_ascii=False)),
        )
        return int(cursor.lastrowid or 0)

    def messages(
        self, db: sqlite3.Connection, phone: str, *, everything: bool = False, newest: int = -1
    ) -> list[dict[str, Any]]:
        """What arrived on a phone, oldest first; `everything` adds what its owner said and did.

        `newest` leaves out all but so many.
        """
        rows = db.execute(
            "SELECT * FROM message WHERE phone = ? AND (arrived OR ?) ORDER BY id DESC LIMIT ?",
            (phone, everything, newest),
        ).fetchall()
        return [
            {
                **json.loads(row["body"]),
                "id": row["id"],
                "kind": row["kind"],
                "at": iso(row["at"]),
                "text": row["text"],
            }
            for row in reversed(rows)
        ]


def iso(seconds: float) -> str:
    """A moment as people in China write it down, to the second."""
    return datetime.fromtimestamp(seconds, CHINA).isoformat(timespec="seconds")


def the_world() -> World:
    """The world of the running application."""
    return cast(World, current_app.extensions["world"])


def _opaque(seed: str, length: int) -> str:
    digest = hashlib.sha256(f"sandbox/{seed}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]
