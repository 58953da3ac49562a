"""`flask documents`: public keys, and verification without a network or a database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from backend.documents import kinds, queries
from backend.documents.claims import Claim
from backend.documents.keys import PublicKeys
from backend.documents.verification import NotGenuine, verify_file, verify_qr

documents = click.Group("documents", help="Official documents: public keys, verification.")
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@documents.command("keys")
def keys() -> None:
    """Prints the public keys as JSON, for whoever verifies documents off line."""
    click.echo(queries.public_keys().export(), nl=False)


@documents.command("verify")
@click.argument("file", type=FILE, required=False)
@click.option("--qr", help="Text of a QR code: alone, or to be that of FILE.")
@click.option("--keys", "keys_file", type=FILE, help="Public keys; default: those of this installation.")
def verify(file: Path | None, qr: str | None, keys_file: Path | None) -> None:
    """Checks a PDF, a QR code, or both; ends with code 1 when either is not as it was issued."""
    if file is None and qr is None:
        raise click.UsageError("give a FILE, or --qr TEXT, or both")
    try:
        keys = PublicKeys.parse(keys_file.read_text()) if keys_file else queries.public_keys()
    except ValueError as error:
        raise click.UsageError(f"{keys_file}: {error}") from error
    try:
        claims = [verify_file(file.read_bytes(), keys)] if file else []
        claims += [verify_qr(qr, keys)] if qr else []
        if len(set(claims)) > 1:
            raise NotGenuine("二维码是真的，但属于另一份文件。")
    except NotGenuine as refused:
        click.echo(f"核验未通过：{refused.detail}")
        sys.exit(1)
    click.echo(_told(claims[0], whole=file is not None))


def _told(claim: Claim, *, whole: bool) -> str:
    about = f"{kinds.label(claim.kind)}，编号 {claim.serial}，姓名 {claim.holder}，出具日期 {claim.issued_on}"
    scope = (
        "文件自签发后没有任何改动。"
        if whole
        else "二维码由本机构签发；只核对了二维码，纸面内容请与电子原件比对。"
    )
    return f"核验通过：{about}。\n{scope}\n是否已作废，请联网扫描二维码查询。"
