"""`flask keys`: the encryption keys."""

from __future__ import annotations

import click
from flask import current_app
from sqlalchemy import create_engine

from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.rotation import keys_in_use, rotate
from backend.web.house import house_of

keys = click.Group("keys", help="Encryption keys: make, rotate, retire.")


@keys.command("new")
def new() -> None:
    """Adds a data key and makes it current. Restart the processes, then run `flask keys rotate`."""
    path = house_of(current_app).settings.keyring_path
    keyring = Keyring.load(path).with_new_key()
    keyring.save(path)
    click.echo(f"{keyring.current} is current; restart web and workers, then run: flask keys rotate")


@keys.command("rotate")
@click.option("--batch", default=500, show_default=True, help="Rows per transaction.")
def rotate_all(batch: int) -> None:
    """Encrypts everything anew under the current key, in batches; may be stopped and started again."""
    settings = house_of(current_app).settings
    use_keyring(Keyring.load(settings.keyring_path))
    engine = create_engine(settings.owner_database)
    for table, column, count in rotate(engine, batch=batch):
        click.echo(f"{table}.{column}: {count}")
    engine.dispose()


@keys.command("retire")
@click.argument("name")
def retire(name: str) -> None:
    """Removes a key that nothing is encrypted with any more."""
    settings = house_of(current_app).settings
    engine = create_engine(settings.owner_database)
    used = keys_in_use(engine)
    engine.dispose()
    if name in used:
        raise click.ClickException(f"{name} still encrypts {used[name]} values: run flask keys rotate first")
    try:
        Keyring.load(settings.keyring_path).without_key(name).save(settings.keyring_path)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} is gone")
