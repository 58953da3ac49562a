"""What somebody can do who may write anything in the database, but holds neither key nor exported file.

Each attack changes rows by SQL, as the superuser, after every constraint was dropped, and says what it did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from backend.audit.heads import head_of
from backend.audit.rules import GENESIS, Seal, fixed_bytes, link
from backend.kernel.ids import new_id

TABLES = {"audit_event": "id", "audit_seal": "number", "audit_seal_item": "position"}
Attack = Callable[["Attacker"], str]

DROP_EVERY_CONSTRAINT = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
               WHERE conrelid::regclass::text LIKE 'audit_%' ORDER BY array_position('{f,u,p,c,n}', contype)
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.place, found.conname); END LOOP;
END $$
"""
_COLUMNS = (
    "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = :table"
    " AND table_schema = 'public' ORDER BY ordinal_position"
)
_OTHER_VALUES = {
    "uuid": ["NULL", "gen_random_uuid()"],
    "text": ["NULL", "{name} || ' '", "{name} || 'x'", "''", "upper({name})", "'system'"],
    "timestamptz": [
        "NULL",
        "{name} + interval '1 microsecond'",
        "{name} - interval '3 days'",
        "'infinity'",
        "'-infinity'",
        "'0044-03-15 BC'",
    ],
    "bytea": ["NULL", ":random", "''", "substring({name} FROM 2)", "{name} || '\\x00'"],
    "int4": ["NULL", "{name} + 1", "-{name}", "0", "2147483647"],
    "int8": ["NULL", "{name} + :number", "-{name}", "9223372036854775807"],
}


def columns_of_trail(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Names and types of the columns of each table."""
    return {
        table: [(row[0], row[1]) for row in connection.execute(text(_COLUMNS), {"table": table})]
        for table in TABLES
    }


@dataclass
class Attacker:
    """A superuser with a list of what there is to attack."""

    connection: Connection
    chance: Random
    columns: dict[str, list[tuple[str, str]]]
    sealed: list[UUID] = field(init=False)
    waiting: list[UUID] = field(init=False)
    seals: list[int] = field(init=False)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def __post_init__(self) -> None:
        self.sealed = self.all("SELECT event_id FROM audit_seal_item ORDER BY position")
        self.waiting = self.all("SELECT event_id FROM audit_unsealed ORDER BY event_id")
        self.seals = self.all("SELECT number FROM audit_seal ORDER BY number")

    def do(self, statement: str, **values: Any) -> int:
        """Runs a statement; the number of rows that it touched."""
        return self.connection.execute(text(statement), values).rowcount

    def rows(self, statement: str, **values: Any) -> list[Any]:
        return list(self.connection.execute(text(statement), values))

    def all(self, statement: str, **values: Any) -> list[Any]:
        return [row[0] for row in self.rows(statement, **values)]

    def one(self, choices: list[Any]) -> Any:
        return self.chance.choice(choices)

    def two(self, choices: list[Any]) -> tuple[Any, Any]:
        one, other = self.chance.sample(choices, 2)
        return one, other

    def copy_event(self, source: UUID, **given: Any) -> UUID:
        """A forged event: like another one, but for its id and what is given."""
        given = {"id": new_id(), **given}
        names = [name for name, _ in self.columns["audit_event"]]
        shown = ", ".join(f":{name}" if name in given else name for name in names)
        copied = f"INSERT INTO audit_event ({', '.join(names)}) SELECT {shown} FROM audit_event"
        self.do(f"{copied} WHERE id = :source", source=source, **given)
        return given["id"]

    def take_out(self, event: UUID) -> None:
        """Deletes an event and its place, and moves everything after it up."""
        [(position, number)] = self.rows(
            "SELECT position, seal_number FROM audit_seal_item WHERE event_id = :event", event=event
        )
        self.do("DELETE FROM audit_event WHERE id = :event", event=event)
        self.do("DELETE FROM audit_seal_item WHERE event_id = :event", event=event)
        self.do("UPDATE audit_seal_item SET position = position - 1 WHERE position > :gone", gone=position)
        self.do("UPDATE audit_seal SET count = count - 1 WHERE number = :number", number=number)
        self.do("UPDATE audit_seal SET first_position = first_position - 1 WHERE number > :it", it=number)

    def rewrite_seal(self, seal: Seal) -> None:
        """Replaces a seal, signed with another key."""
        self.do("DELETE FROM audit_seal WHERE number = :number", number=seal.number)
        self.do(
            "INSERT INTO audit_seal VALUES"
            " (:number, :sealed_at, :first_position, :count, :previous, :head, :signature)",
            **vars(seal),
            signature=self.key.sign(seal.message()),
        )


def change_any_column(attacker: Attacker) -> str:
    table = attacker.one(list(TABLES))
    name, kind = attacker.one(attacker.columns[table])
    key = TABLES[table]
    row = attacker.one(attacker.all(f"SELECT {key} FROM {table}"))
    other = attacker.one(_OTHER_VALUES[kind]).format(name=name)
    touched = attacker.do(
        f"UPDATE {table} SET {name} = {other} WHERE {key} = :row AND {name} IS DISTINCT FROM {other}",
        row=row,
        random=attacker.chance.randbytes(32),
        number=attacker.chance.randrange(2, 10**6),
    )
    return f"{table}.{name} of {row} := {other}" if touched else change_any_column(attacker)


def flip_a_bit(attacker: Attacker) -> str:
    table = attacker.one(["audit_event", "audit_seal"])
    name = attacker.one([name for name, kind in attacker.columns[table] if kind == "bytea"])
    row, length = attacker.one(attacker.rows(f"SELECT {TABLES[table]}, length({name}) FROM {table}"))
    bit = attacker.chance.randrange(length * 8)
    flipped = f"set_bit({name}, :bit, 1 - get_bit({name}, :bit))"
    attacker.do(f"UPDATE {table} SET {name} = {flipped} WHERE {TABLES[table]} = :row", bit=bit, row=row)
    return f"bit {bit} of {table}.{name} of {row}"


def take_another_rows_values(attacker: Attacker) -> str:
    one, other = attacker.two(attacker.sealed + attacker.waiting)
    names = attacker.one([("values_sealed",), ("digest",), ("values_sealed", "digest")])
    settings = ", ".join(f"{name} = other.{name}" for name in names)
    change = f"UPDATE audit_event one SET {settings} FROM audit_event other"
    attacker.do(f"{change} WHERE one.id = :one AND other.id = :other", one=one, other=other)
    return f"{names} of {other} put into {one}"


def swap_events(attacker: Attacker) -> str:
    one, other = attacker.two(attacker.sealed)
    swap(attacker, "audit_event", "id", one, other)
    return f"{one} and {other} exchanged their ids"


def swap_places(attacker: Attacker) -> str:
    one, other = attacker.two(attacker.sealed)
    swap(attacker, "audit_seal_item", "event_id", one, other)
    return f"{one} and {other} exchanged their places"


def swap_seals(attacker: Attacker) -> str:
    one, other = attacker.two(attacker.seals)
    swap(attacker, "audit_seal", "number", one, other)
    if with_events := attacker.chance.random() < 0.5:
        swap(attacker, "audit_seal_item", "seal_number", one, other)
    return f"seals {one} and {other} exchanged{' with their events' if with_events else ''}"


def swap(attacker: Attacker, table: str, name: str, one: Any, other: Any) -> None:
    kind = "uuid" if isinstance(one, UUID) else "bigint"
    attacker.do(
        f"UPDATE {table} SET {name} = CASE {name} WHEN :one THEN CAST(:other AS {kind})"
        f" ELSE CAST(:one AS {kind}) END WHERE {name} IN (:one, :other)",
        one=one,
        other=other,
    )


def delete_events(attacker: Attacker) -> str:
    gone = attacker.chance.sample(attacker.sealed, attacker.chance.randint(1, 5))
    attacker.do("DELETE FROM audit_event WHERE id = ANY(:gone)", gone=gone)
    if with_places := attacker.chance.random() < 0.5:
        attacker.do("DELETE FROM audit_seal_item WHERE event_id = ANY(:gone)", gone=gone)
    return f"{gone} deleted{' with their places' if with_places else ''}"


def delete_an_event_and_close_ranks(attacker: Attacker) -> str:
    gone = attacker.one(attacker.sealed)
    attacker.take_out(gone)
    return f"{gone} deleted, everything after it moved up"


def delete_places(attacker: Attacker) -> str:
    gone = attacker.chance.sample(attacker.sealed, attacker.chance.randint(1, 5))
    attacker.do("DELETE FROM audit_seal_item WHERE event_id = ANY(:gone)", gone=gone)
    if waiting := attacker.chance.random() < 0.5:
        attacker.do("INSERT INTO audit_unsealed SELECT unnest(CAST(:gone AS uuid[]))", gone=gone)
    return f"places of {gone} deleted{', they wait again' if waiting else ''}"


def delete_seals(attacker: Attacker) -> str:
    gone = attacker.chance.sample(attacker.seals, attacker.chance.randint(1, 3))
    attacker.do("DELETE FROM audit_seal WHERE number = ANY(:gone)", gone=gone)
    return f"seals {gone} deleted"


def delete_everything(attacker: Attacker) -> str:
    tables = attacker.one(["audit_seal_item", "audit_seal, audit_seal_item, audit_unsealed, audit_event"])
    attacker.do(f"TRUNCATE {tables} CASCADE")
    return f"{tables} emptied"


def cut_tail(attacker: Attacker) -> str:
    first = attacker.one(attacker.seals)
    events = attacker.all("SELECT event_id FROM audit_seal_item WHERE seal_number >= :first", first=first)
    attacker.do("DELETE FROM audit_seal_item WHERE seal_number >= :first", first=first)
    attacker.do("DELETE FROM audit_seal WHERE number >= :first", first=first)
    fate = attacker.one(["deleted", "waiting", "forgotten"])
    if fate == "deleted":
        gone = events + attacker.waiting
        attacker.do("TRUNCATE audit_unsealed")
        attacker.do("DELETE FROM audit_event WHERE id = ANY(:gone)", gone=gone)
    elif fate == "waiting":
        attacker.do("INSERT INTO audit_unsealed SELECT unnest(CAST(:events AS uuid[]))", events=events)
    return f"seals from {first} on cut, their events {fate}"


def slip_in(attacker: Attacker) -> str:
    source = attacker.one(attacker.sealed + attacker.waiting)
    given = attacker.one([{}, {"action": "person.forgiven"}, {"actor_kind": "system"}])
    forged = attacker.copy_event(source, **given)
    how = attacker.one(["alone", "waiting", "at the end", "into the last seal", "in a seal of its own"])
    last, end = attacker.seals[-1], len(attacker.sealed) + 1
    if how == "waiting":
        attacker.do("INSERT INTO audit_unsealed VALUES (:forged)", forged=forged)
    elif how != "alone":
        number = last + 1 if how == "in a seal of its own" else last
        item = "INSERT INTO audit_seal_item VALUES (:end, :number, :forged)"
        attacker.do(item, end=end, number=number, forged=forged)
    if how == "into the last seal":
        attacker.do("UPDATE audit_seal SET count = count + 1 WHERE number = :last", last=last)
    if how == "in a seal of its own":
        [row] = attacker.rows("SELECT * FROM audit_seal WHERE number = :last", last=last)
        attacker.rewrite_seal(Seal(last + 1, row.sealed_at, end, 1, row.head, attacker.chance.randbytes(32)))
    return f"a copy of {source} with {given} slipped in {how}"


def replace_by_copy(attacker: Attacker) -> str:
    source, victim = attacker.two(attacker.sealed)
    forged = attacker.copy_event(source)
    replace = "UPDATE audit_seal_item SET event_id = :forged WHERE event_id = :victim"
    attacker.do(replace, forged=forged, victim=victim)
    attacker.do("DELETE FROM audit_event WHERE id = :victim", victim=victim)
    return f"a copy of {source} took the place of {victim}"


def double_a_row(attacker: Attacker) -> str:
    table = attacker.one(list(TABLES))
    row = attacker.one(attacker.all(f"SELECT {TABLES[table]} FROM {table}"))
    attacker.do(f"INSERT INTO {table} SELECT * FROM {table} WHERE {TABLES[table]} = :row", row=row)
    return f"{row} of {table} is there twice"


def renumber(attacker: Attacker) -> str:
    table = attacker.one(["audit_seal", "audit_seal_item"])
    name = attacker.one([name for name, kind in attacker.columns[table] if kind == "int8"])
    least = attacker.one(attacker.all(f"SELECT {name} FROM {table}"))
    by = attacker.one([-(10**6), -1, 1, 10**6])
    attacker.do(f"UPDATE {table} SET {name} = {name} + :by WHERE {name} >= :least", by=by, least=least)
    return f"{table}.{name} from {least} on moved by {by}"


def replace_signature(attacker: Attacker) -> str:
    victim, other = attacker.two(attacker.seals)
    theirs = attacker.all("SELECT signature FROM audit_seal WHERE number = :other", other=other)[0]
    signature = attacker.one([attacker.chance.randbytes(64), b"", theirs])
    change = "UPDATE audit_seal SET signature = :signature WHERE number = :victim"
    attacker.do(change, signature=signature, victim=victim)
    return f"signature of seal {victim} := {signature.hex()}"


def sign_anew(attacker: Attacker) -> str:
    victim = attacker.one(attacker.seals)
    [row] = attacker.rows("SELECT * FROM audit_seal WHERE number = :victim", victim=victim)
    attacker.rewrite_seal(head_of(row).seal)
    return f"seal {victim} signed with another key"


def replay_old_head(attacker: Attacker) -> str:
    old, victim = sorted(attacker.two(attacker.seals))
    everything = ("sealed_at", "first_position", "count", "previous", "head", "signature")
    names = attacker.one([("head",), ("previous",), ("head", "signature"), everything])
    settings = ", ".join(f"{name} = old.{name}" for name in names)
    change = f"UPDATE audit_seal victim SET {settings} FROM audit_seal old"
    attacker.do(f"{change} WHERE victim.number = :victim AND old.number = :old", victim=victim, old=old)
    return f"{names} of seal {old} replayed as seal {victim}"


def rebuild_the_chain(attacker: Attacker) -> str:
    """The most thorough one: an event changed or taken out, everything after it built and signed anew."""
    victim = attacker.one(attacker.sealed)
    if removed := attacker.chance.random() < 0.5:
        attacker.take_out(victim)
    else:
        attacker.do("UPDATE audit_event SET action = 'person.forgiven' WHERE id = :victim", victim=victim)
    head = GENESIS
    for row in attacker.rows("SELECT * FROM audit_seal ORDER BY number"):
        old = head_of(row).seal
        previous = head
        for event in attacker.rows(
            "SELECT e.* FROM audit_seal_item i JOIN audit_event e ON e.id = i.event_id"
            " WHERE seal_number = :number ORDER BY position",
            number=row.number,
        ):
            head = link(head, fixed_bytes(event), event.digest)
        seal = Seal(old.number, old.sealed_at, old.first_position, old.count, previous, head)
        if head != old.head:
            attacker.rewrite_seal(seal)
    return f"{victim} {'removed' if removed else 'changed'} and the chain rebuilt with another key"


def wait_again(attacker: Attacker) -> str:
    event = attacker.one(attacker.sealed)
    attacker.do("INSERT INTO audit_unsealed VALUES (:event)", event=event)
    return f"{event} is sealed and waits again"


def wait_for_nothing(attacker: Attacker) -> str:
    attacker.do("INSERT INTO audit_unsealed VALUES (:event)", event=new_id())
    return "an event waits that does not exist"


def wait_no_more(attacker: Attacker) -> str:
    event = attacker.one(attacker.waiting)
    attacker.do("DELETE FROM audit_unsealed WHERE event_id = :event", event=event)
    return f"{event} waits no more"


ATTACKS: tuple[Attack, ...] = (
    *(change_any_column,) * 5,
    *(flip_a_bit,) * 2,
    *(cut_tail,) * 2,
    *(slip_in,) * 2,
    take_another_rows_values,
    swap_events,
    swap_places,
    swap_seals,
    delete_events,
    delete_an_event_and_close_ranks,
    delete_places,
    delete_seals,
    delete_everything,
    replace_by_copy,
    double_a_row,
    renumber,
    replace_signature,
    sign_anew,
    replay_old_head,
    rebuild_the_chain,
    wait_again,
    wait_for_nothing,
    wait_no_more,
)
