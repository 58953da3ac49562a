"""Encrypts stored values anew under the current data key: as the owning role, by day, in small batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Engine, LargeBinary, Uuid, column, func, literal, select, table, update

from backend.kernel.crypto import keyring
from backend.kernel.schema import load_all_models
from backend.kernel.sealed import place_of, sealed_columns


def rotate(engine: Engine, *, batch: int = 500) -> Iterator[tuple[str, str, int]]:
    """Yields (table, column, rows encrypted anew) for every encrypted column.

    Passes over rows that are locked at that moment: run it again until `keys_in_use` misses the old key.
    """
    load_all_models()
    for name, sealed in sorted(sealed_columns()):
        done, last = 0, UUID(int=0)
        while ids := _rotate_batch(engine, name, sealed, last, batch):
            done, last = done + len(ids), ids[-1]
        yield name, sealed, done


def keys_in_use(engine: Engine) -> Counter[str]:
    """How many stored values each key encrypts."""
    load_all_models()
    found: Counter[str] = Counter()
    with engine.connect() as connection:
        for name, sealed in sealed_columns():
            value = column(sealed, LargeBinary)
            prefix = func.split_part(func.encode(func.substring(value, 1, 16), "escape"), ":", 1)
            rows = connection.execute(
                select(prefix, func.count())
                .select_from(table(name))
                .where(value.is_not(None))
                .group_by(prefix)
            )
            for key, count in rows:
                found[key] += count
    return found


def _rotate_batch(engine: Engine, name: str, sealed: str, last: UUID, batch: int) -> list[UUID]:
    rows = table(name, column("id", Uuid), column(sealed, LargeBinary))
    value = rows.c[sealed]
    current = f"{keyring().current}:".encode()
    stale = value.is_not(None) & (func.substring(value, 1, len(current)) != literal(current, LargeBinary))
    with engine.begin() as connection:
        found = connection.execute(
            select(rows.c.id, value)
            .where(stale, rows.c.id > last)
            .order_by(rows.c.id)
            .limit(batch)
            .with_for_update(skip_locked=True)
        ).all()
        for row_id, old in found:
            place = place_of(name, sealed, row_id)
            new = keyring().seal(keyring().open(old, place=place), place=place)
            connection.execute(update(rows).where(rows.c.id == row_id).values({sealed: new}))
    return [row_id for row_id, _ in found]
