"""Where a demo's servers listen and what secures them: computed from its data folder, never configured."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from dataclasses import dataclass
from functools import cache
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


@dataclass(frozen=True)
class TlsFiles:
    """The files in `folder` that a demo serves https with: PEM, the keys readable to their owner only."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The server's chain."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's key."""
        return self.folder / "server.key"

    @property
    def authority(self) -> Path:
        """Who issued it; what a phone is asked to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """The authority's key."""
        return self.folder / "authority.key"


def tls_files(data_dir: Path) -> TlsFiles:
    """The certificate files of `data_dir`."""
    return TlsFiles(data_dir.resolve() / "tls")


@cache
def network_address() -> str:
    """This machine's address in its local network, 127.0.0.1 where there is none; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of nobody (RFC 5737): only the route is looked up
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
