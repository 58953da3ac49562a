"""From content to a signed file."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from backend.documents import claims, kinds
from backend.documents.envelope import Envelope
from backend.documents.keys import BadSignature, PublicKeys, Signer, UnknownKey
from backend.kernel.crypto import sm3
from backend.kernel.masking import mask_name

_SEAL = re.compile(rb"%e-shebao-seal ([0-9a-f]{8}) ([A-Za-z0-9_-]{86})\n\Z")


@dataclass(frozen=True)
class Issued:
    """A finished document."""

    pdf: bytes
    content_hash: bytes
    key_id: bytes


def issue(envelope: Envelope, signer: Signer) -> Issued:
    """Signs and draws; pure, so that doing it again gives the same file."""
    holder = kinds.read(envelope.kind, envelope.edition, envelope.content).holder
    claim = claims.Claim.about(envelope, mask_name(holder.name), signer.key_id)
    pdf = kinds.draw(envelope, claims.write(claim, signer, envelope.verify_at))
    return Issued(seal(pdf, signer), envelope.hash(), signer.key_id)


def seal(pdf: bytes, signer: Signer) -> bytes:
    """The file with a signature over all its bytes in a comment behind its end, which readers skip."""
    signature = base64.urlsafe_b64encode(signer.sign("file", sm3(pdf))).rstrip(b"=")
    return pdf + b"%e-shebao-seal " + signer.key_id.hex().encode() + b" " + signature + b"\n"


def is_sealed(file: bytes, keys: PublicKeys) -> bool:
    """Whether not one byte of a file was changed since `seal`."""
    found = _SEAL.search(file[-200:])
    if found is None:
        return False
    pdf = file[: len(file) - len(found[0])]
    try:
        signature = base64.urlsafe_b64decode(found[2] + b"==")
        keys.check(bytes.fromhex(found[1].decode()), "file", sm3(pdf), signature)
    except (UnknownKey, BadSignature):
        return False
    return True
