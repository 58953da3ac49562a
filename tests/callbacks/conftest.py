from __future__ import annotations

from tests.support.collecting import collector
from tests.support.sandbox import callback_port, running_world, served, settings, world

__all__ = ["callback_port", "collector", "running_world", "served", "settings", "world"]
