"""What every refusal must look like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from backend.kernel.errors import DomainError
from backend.web.problems import HTTP_PROBLEMS, PROBLEM_JSON


def kinds(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """A kind of error and all that are made of it."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from kinds(narrower)


def flaws(
    status: int, headers: Mapping[str, str], content: bytes, *, secrets: Iterable[str] = ()
) -> list[str]:
    """What is wrong with a refusal; `secrets` are what it must not repeat."""
    if not 400 <= status < 500:
        return [f"answered {status}"]
    if headers.get("Content-Type") != PROBLEM_JSON:
        return [f"is {headers.get('Content-Type')}"]
    body = json.loads(content)
    found = []
    codes = {code for code, _ in HTTP_PROBLEMS.values()} | {one.code for one in kinds()}
    if body["code"] not in codes or body["type"] != f"urn:eshebao:problem:{body['code']}":
        found.append(f"an unknown code {body['code']}")
    if body["status"] != status:
        found.append(f"says {body['status']}")
    if body["request_id"] != headers.get("X-Request-Id"):
        found.append("another request id")
    sentences = [body["title"], *(error["message"] for error in body.get("errors", ()))]
    found += [f"not Chinese: {one}" for one in sentences if not re.search("[\u4e00-\u9fff]", one)]
    told = content.decode()
    found += [f"repeats {secret[:40]!r}" for secret in secrets if len(secret) > 1 and secret in told]
    return found
