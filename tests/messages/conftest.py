from __future__ import annotations

from tests.support.sandbox import callback_port, running_world, served, settings, world

__all__ = ["callback_port", "running_world", "served", "settings", "world"]
