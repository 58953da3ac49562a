"""Hashing of passwords: argon2id."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that looks like something else on paper."""
ONE_TIME_GROUPS, ONE_TIME_GROUP = 4, 4


class Passwords:
    """Makes and compares hashes. A hash tells its own parameters, so that they can be raised at any time.

    The parameters are the second recommendation of RFC 9106 4: 64 MiB of memory, 3 passes, 4 lanes; about
    0.15 s on a small server. `cheap` is for tests only.
    """

    def __init__(self, *, cheap: bool = False) -> None:
        self.parameters: Parameters = CHEAPEST if cheap else RFC_9106_LOW_MEMORY
        self._hasher = PasswordHasher.from_parameters(self.parameters)

    def hash(self, password: str) -> str:
        """The hash of a password, salted."""
        return self._hasher.hash(_one_spelling(password))

    def verify(self, hashed: str, password: str) -> bool:
        """Whether a password has this hash."""
        try:
            return self._hasher.verify(hashed, _one_spelling(password))
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    @cached_property
    def of_nobody(self) -> str:
        """A hash that no password has, to compare with where there is no account: the work shall be alike."""
        return self.hash(secrets.token_urlsafe())


def one_time_password() -> str:
    """A random password of 79 bits that can be read out and typed: `k7qm-x2vd-9trf-hw4c`."""
    groups = (
        "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(ONE_TIME_GROUP))
        for _ in range(ONE_TIME_GROUPS)
    )
    return "-".join(groups)


def _one_spelling(password: str) -> str:
    """Keyboards write the same letter as different characters (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
