"""The world's memory: one small SQLite file, so that a restart forgets nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS phone (
    phone TEXT PRIMARY KEY, name TEXT NOT NULL, sms_blocked INTEGER NOT NULL DEFAULT 0,
    followed_at REAL, interacted_at REAL);
CREATE TABLE IF NOT EXISTS identity (openid TEXT PRIMARY KEY, app TEXT NOT NULL, phone TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS code (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, phone TEXT NOT NULL, scope TEXT NOT NULL,
    issued_at REAL NOT NULL, used_at REAL);
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, app TEXT NOT NULL, phone TEXT NOT NULL, scope TEXT NOT NULL,
    issued_at REAL NOT NULL, expires_at REAL NOT NULL, forced INTEGER NOT NULL, superseded_at REAL);
CREATE INDEX IF NOT EXISTS token_by_account ON token (kind, app, issued_at);
CREATE TABLE IF NOT EXISTS template (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, app TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
    lasting INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS consent (
    phone TEXT NOT NULL, template_id TEXT NOT NULL, remaining INTEGER NOT NULL, lasting INTEGER NOT NULL,
    PRIMARY KEY (phone, template_id));
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, phone TEXT NOT NULL, kind TEXT NOT NULL, arrived INTEGER NOT NULL,
    at REAL NOT NULL, text TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_by_phone ON message (phone, id);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, phone TEXT NOT NULL, event TEXT NOT NULL, msg_id TEXT NOT NULL,
    at REAL NOT NULL, attempts INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, kind TEXT NOT NULL, errcode TEXT NOT NULL,
    status INTEGER NOT NULL, seconds REAL NOT NULL, remaining INTEGER NOT NULL,
    share REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS wallet (
    id INTEGER PRIMARY KEY CHECK (id = 1), balance INTEGER NOT NULL, opens_at_once INTEGER NOT NULL,
    most_a_minute INTEGER NOT NULL, spoil TEXT NOT NULL);
INSERT OR IGNORE INTO wallet VALUES (1, 100000000, 1, 1800, '');
CREATE TABLE IF NOT EXISTS red_packet (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, listid TEXT NOT NULL, openid TEXT NOT NULL,
    phone TEXT NOT NULL, amount INTEGER NOT NULL, send_name TEXT NOT NULL, wishing TEXT NOT NULL,
    act_name TEXT NOT NULL, remark TEXT NOT NULL, status TEXT NOT NULL, sent_at REAL NOT NULL,
    received_at REAL, refunded_at REAL, refund_due REAL);
CREATE INDEX IF NOT EXISTS red_packet_by_time ON red_packet (sent_at);
CREATE INDEX IF NOT EXISTS red_packet_by_openid ON red_packet (openid, sent_at);
CREATE INDEX IF NOT EXISTS red_packet_by_refund ON red_packet (refund_due) WHERE refund_due IS NOT NULL;
CREATE TABLE IF NOT EXISTS wallet_flow (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, listid TEXT NOT NULL, number TEXT NOT NULL,
    business TEXT NOT NULL, kind TEXT NOT NULL, direction TEXT NOT NULL, amount INTEGER NOT NULL,
    balance INTEGER NOT NULL, remark TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wallet_flow_by_time ON wallet_flow (at);
"""


class Store:
    """Opens a connection per transaction: cheap with SQLite, and nothing is shared between threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent look."""
        with closing(self._connect()) as db:
            db.execute("BEGIN")
            yield db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its start; an exception undoes it."""
        with closing(self._connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous = NORMAL")
        return db
