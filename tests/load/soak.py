"""`make soak MINUTES=60`: a steady load on a demo of its own; ends with 1 when it fails or grows."""

from __future__ import annotations

import asyncio
import os
import sys

import psutil

from tests.load.arrivals import offer, percentile
from tests.load.demo import Demo, running_demo

PATHS = ("/healthz", "/readyz")
RATE = 40
WINDOW_SECONDS = 30
MOST_GROWTH = 1.2
WARM_UP_WINDOWS = 2


def memory(demo: Demo) -> float:
    """Megabytes of the supervisor and all its children; pages that they share count for each."""
    everyone = [psutil.Process(demo.supervisor.pid)]
    everyone += everyone[0].children(recursive=True)
    return float(sum(one.memory_info().rss for one in everyone) / 2**20)


def main() -> None:
    """Prints a line for every half minute."""
    windows = max(WARM_UP_WINDOWS + 1, int(float(os.environ.get("MINUTES", "10")) * 60 / WINDOW_SECONDS))
    failures, sizes = 0, []
    with running_demo() as demo:
        for number in range(windows):
            answers = asyncio.run(offer(demo.port, PATHS, rate=RATE, seconds=WINDOW_SECONDS))
            bad = sum(answer.status != 200 for answer in answers)
            failures += bad
            sizes.append(memory(demo))
            sys.stdout.write(
                f"{(number + 1) * WINDOW_SECONDS:6} s  {len(answers)} requests, {bad} not served,"
                f"  p50 {1000 * percentile(answers, 0.5):.0f} ms  p99 {1000 * percentile(answers, 0.99):.0f} ms,"
                f"  {sizes[-1]:.0f} MB\n"
            )
            sys.stdout.flush()
    growth = sizes[-1] / sizes[WARM_UP_WINDOWS - 1]
    sys.stdout.write(f"{failures} requests not served, memory x {growth:.2f} since the warm-up\n")
    sys.exit(1 if failures or growth > MOST_GROWTH else 0)


if __name__ == "__main__":
    main()
