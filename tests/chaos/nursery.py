"""Workers with the product's own jobs, forked from a parent that has loaded everything: one that is killed
is replaced at once, so that a machine with few cores can kill many.

    python -m tests.chaos.nursery NUMBER
"""

from __future__ import annotations

import os
import sys

from backend.bootstrap import build_house
from backend.kernel.settings import Settings
from backend.worker.runner import Worker


def main() -> None:
    """Keeps so many workers alive until it is killed itself."""
    children: set[int] = set()
    while True:
        while len(children) < int(sys.argv[1]):
            child = os.fork()
            if child == 0:
                work()
            children.add(child)
        children.discard(os.wait()[0])


def work() -> None:
    """What `flask worker run` does; connections are made after the fork."""
    house = build_house(Settings())
    Worker(house.database, house.registry).run()
    os._exit(0)


if __name__ == "__main__":
    main()
