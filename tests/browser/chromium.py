"""Which Chromium the browser tests and the screenshots drive, and with which fonts."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from backend.demo.programs import ROOT

CLIENTS = ROOT / "clients"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """A program, and what its environment needs besides the usual."""

    path: str
    environment: dict[str, str] = field(default_factory=dict)


class NoChromium(Exception):
    """There is none; the message says what to do."""


def find_chromium() -> Chromium:
    """The one that CHROMIUM names, the system's, or one that an npm package carries; raises NoChromium."""
    if named := os.environ.get("CHROMIUM"):
        return Chromium(named)
    for name in SYSTEM_NAMES:
        if found := shutil.which(name):
            return Chromium(found)
    node = shutil.which("node", path=f"{ROOT / '.venv/bin'}:{os.environ.get('PATH', '')}")
    script = CLIENTS / "build/chromium.mjs"
    told = subprocess.run([node or "node", str(script)], capture_output=True, text=True, cwd=CLIENTS)
    if told.returncode:
        raise NoChromium("no Chromium: set CHROMIUM, install the system's, or run make setup on x86-64 Linux")
    path, libraries = told.stdout.splitlines()
    return Chromium(path, {"LD_LIBRARY_PATH": libraries})


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless Chromium that shows Chinese whatever fonts the machine has; raises NoChromium."""
    chromium = find_chromium()
    with tempfile.TemporaryDirectory(prefix="fonts-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.path,
            args=[*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            env={**os.environ, **chromium.environment, "FONTCONFIG_FILE": _font_list(Path(folder))},
        )
        try:
            yield browser
        finally:
            browser.close()


def _font_list(folder: Path) -> str:
    fonts = resources.files("pylopdf_fonts_zh_cn")
    file = folder / "fonts.conf"
    file.write_text(FONTS.format(fonts=fonts, cache=folder / "cache"))
    return str(file)
