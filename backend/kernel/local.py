"""Where the embedded servers of a demo listen: computed from its data folder, never configured."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

DATABASE = "shebao"
OWNER_ROLE = "shebao_owner"
APP_ROLE = "shebao_app"

_LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux, 103 on macOS
_LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")


def local_database_url(data_dir: Path | str, role: str, database: str = DATABASE) -> str:
    """URL of `database` for `role` on the embedded PostgreSQL of `data_dir` (for libpq and SQLAlchemy)."""
    return f"postgresql://{role}@/{database}?host={quote(str(socket_folder(data_dir, 'postgres')), safe='/')}"


def local_redis_url(data_dir: Path | str) -> str:
    """URL of the embedded Redis of `data_dir`."""
    return f"unix://{quote(str(socket_folder(data_dir, 'redis') / 'redis.sock'), safe='/')}"


def socket_folder(data_dir: Path | str, server: str) -> Path:
    """Folder of a server's socket: its data folder, or one in the temp folder if that path is too long."""
    folder = Path(data_dir).resolve() / server
    if len(os.fsencode(folder)) + _LONGEST_SOCKET_NAME <= _LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()).resolve() / f"shebao-{digest}"
