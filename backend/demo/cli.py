"""`flask demo`: the demo province and the processes around it."""

from __future__ import annotations

import click

demo = click.Group("demo", help="The demo: its processes, its people, its clock.")
