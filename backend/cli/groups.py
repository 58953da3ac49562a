"""All command groups of the product."""

from __future__ import annotations

import click

from backend.cli.accounts import accounts
from backend.cli.audit import audit
from backend.cli.database import db
from backend.cli.documents import documents
from backend.cli.keys import keys
from backend.cli.law import law
from backend.cli.people import people
from backend.cli.settings import settings
from backend.cli.staff import staff
from backend.cli.wechat import wechat

GROUPS: tuple[click.Group, ...] = (accounts, audit, db, documents, keys, law, people, settings, staff, wechat)
