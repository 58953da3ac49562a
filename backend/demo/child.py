"""Becomes another program that dies with its parent: `child.py UID GID SIGNAL PARENT COMMAND...`.

A script of its own, because the two calls must happen between fork and exec, in this order (changing the user
forgets the death signal), and Python cannot run code there safely.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(uid: int, gid: int, death_signal: int, parent: int, command: list[str]) -> None:
    """Replaces this process; `parent` is who must still be there once the kernel has been asked."""
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:  # it died before the kernel knew of our wish
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 the list comes from a Program, no shell is wanted


if __name__ == "__main__":
    uid, gid, death_signal, parent = map(int, sys.argv[1:5])
    main(uid, gid, death_signal, parent, sys.argv[5:])
