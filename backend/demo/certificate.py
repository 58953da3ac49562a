"""A certificate of the demo, so that phones of the local network get https, and with it their camera."""

from __future__ import annotations

import trustme

from backend.kernel.local import TlsFiles


def make_certificate(files: TlsFiles, names: tuple[str, ...]) -> None:
    """Issues a certificate for `names` (hosts or addresses) by the authority in `files`, made the first time.

    The authority stays the same from start to start, so that a phone has to trust it only once.
    """
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _authority(files)
    issued = authority.issue_cert(*names)
    issued.private_key_pem.write_to_path(files.key)
    files.key.chmod(0o600)
    files.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))


def _authority(files: TlsFiles) -> trustme.CA:
    if files.authority.exists() and files.authority_key.exists():
        return trustme.CA.from_pem(files.authority.read_bytes(), files.authority_key.read_bytes())
    made = trustme.CA(organization_name="e-Shebao demo")
    made.private_key_pem.write_to_path(files.authority_key)
    files.authority_key.chmod(0o600)
    made.cert_pem.write_to_path(files.authority)
    return made
