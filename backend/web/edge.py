"""The one way to publish an operation: its access, what it reads and answers, its errors, its transaction.

    @blp.read("/people/<uuid:person_id>", access=BOUND, answer=PersonAnswer)
    def person(call: Call, person_id: UUID): ...

    @blp.write("POST", "/binding", access=CITIZEN, body=BindingBody, answer=ChannelAnswer, status=201)
    def bind(call: Call, body: dict): ...

A write begins, does, stores the answer under its idempotency key, commits, and only then answers. An
operation that must call an outside system is published with `steps`: it opens its own transactions around the
call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Literal

import flask_smorest
import marshmallow as ma
import msgspec
from flask import Response, g, request

from backend.kernel import idempotency
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import DomainError, FieldError, Invalid
from backend.web import documentation, examples
from backend.web.access import Access, open_to
from backend.web.house import House, house
from backend.web.parsing import Schema, StrictParser
from backend.web.problems import PROBLEM_JSON, domain_problem
from backend.web.reading import reading
from backend.web.sessions import Session

KeyRule = Literal["required", "optional", "none"]
View = Callable[..., Any]
KEY_HEADER = "Idempotency-Key"
DEVICE_HEADER = "X-Device-Id"
REPLAYED = "Made by the client before the first send; the same key replays the same answer."
BEGUN_ONCE = "Made by the client before the first send; trying again goes on with what the first try began."
FILE = {"type": "string", "format": "binary"}
KEY_PATTERN = r"^[A-Za-z0-9_-]{8,64}$"


@dataclass(frozen=True)
class Call:
    """What a view is given: the house, the caller, and, but for `steps`, the open unit of work."""

    house: House
    actor: Actor
    session: Session | None
    open_work: Work | None

    @property
    def work(self) -> Work:
        """The unit of work; raises RuntimeError in an operation published with `steps`."""
        if self.open_work is None:
            raise RuntimeError("this operation opens its own units of work")
        return self.open_work


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose operations all go through `read`, `write` or `steps`."""

    ARGUMENTS_PARSER = StrictParser()

    def read(
        self,
        rule: str,
        *,
        access: Access,
        answer: type[ma.Schema] | ma.Schema | None = None,
        query: type[ma.Schema] | None = None,
        audited: bool = False,
        media_type: str | None = None,
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Publishes a GET. `audited` reads leave an audit row, and so run in a transaction of their own.

        A view that gives a file returns a `Response`, and says of which `media_type`.
        """

        def publish(view: View) -> View:
            @wraps(view)
            def run(*args: Any, **kwargs: Any) -> Response:
                place = house()
                with place.database.work() if audited else reading() as work:
                    result = view(Call(place, g.actor, g.session, work), *args, **kwargs)
                    return _response(result, answer, 200)

            vars(run)["reads"] = not audited
            return self._publish(
                "GET", rule, run, access, None, query, answer, 200, [], errors, media_type=media_type
            )

        return publish

    def write(
        self,
        method: Literal["POST", "PUT", "PATCH", "DELETE"],
        rule: str,
        *,
        access: Access,
        body: type[ma.Schema] | None = None,
        answer: type[ma.Schema] | ma.Schema | None = None,
        status: int = 200,
        key: KeyRule = "optional",
        device: bool = False,
        media_type: str | None = None,
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Publishes a write: one transaction, committed before the answer goes out.

        `device` says that the command counts by device, so that the client must name it. A view that gives a
        file returns a `Response`, says of which `media_type`, and takes no key.
        """

        def publish(view: View) -> View:
            @wraps(view)
            def run(*args: Any, **kwargs: Any) -> Response:
                place = house()
                given = _idempotency_key(key)
                with place.database.work() as work:
                    call = Call(place, g.actor, g.session, work)
                    if given is None:
                        return _response(view(call, *args, **kwargs), answer, status)
                    return _once(call, given, lambda: _response(view(call, *args, **kwargs), answer, status))

            headers = _headers(key, device)
            return self._publish(
                method, rule, run, access, body, None, answer, status, headers, errors, media_type=media_type
            )

        return publish

    def steps(
        self,
        method: Literal["POST", "PUT", "PATCH", "DELETE"],
        rule: str,
        *,
        access: Access,
        body: type[ma.Schema] | None = None,
        answer: type[ma.Schema] | ma.Schema | None = None,
        status: int = 200,
        key: KeyRule = "none",
        device: bool = False,
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Publishes an operation that calls an outside system between units of work of its own.

        What it answers would be stale when it is asked for again, so it is not kept. One that wants a `key`
        finds by itself what an earlier try began.
        """

        def publish(view: View) -> View:
            @wraps(view)
            def run(*args: Any, **kwargs: Any) -> Response:
                _idempotency_key(key)
                result = view(Call(house(), g.actor, g.session, None), *args, **kwargs)
                return _response(result, answer, status)

            headers = _headers(key, device, purpose=BEGUN_ONCE)
            return self._publish(method, rule, run, access, body, None, answer, status, headers, errors)

        return publish

    def _publish(
        self,
        method: str,
        rule: str,
        run: View,
        access: Access,
        body: type[ma.Schema] | None,
        query: type[ma.Schema] | None,
        answer: type[ma.Schema] | ma.Schema | None,
        status: int,
        headers: list[dict[str, Any]],
        errors: tuple[int, ...],
        media_type: str | None = None,
    ) -> View:
        told = self.response(status, FILE if media_type else answer, content_type=media_type)(run)
        for code in sorted({*_errors(access, rule, body or method != "GET", query, headers), *errors}):
            told = self.alt_response(code, response=documentation.problem_name(code))(told)
        told = self.doc(**self._documentation(run, access, method, headers))(told)
        vars(run)["_apidoc"] = vars(told)["_apidoc"]  # what else these decorators add is a call each
        published = run
        if body:
            read = body()
            needed = any(field.required for field in read.fields.values())
            published = self.arguments(read, required=needed, example=examples.of_schema(read))(published)
        elif method != "GET":
            published = _without_body(published)
        if query:
            published = self.arguments(query, location="query")(published)
        self.route(rule, methods=[method])(open_to(access)(published))
        return published

    def _documentation(
        self, run: View, access: Access, method: str, headers: list[dict[str, Any]]
    ) -> dict[str, Any]:
        room = self.name.replace("-", "_")
        found: dict[str, Any] = {
            "operationId": room if run.__name__ == room else f"{room}_{run.__name__}",
            "security": documentation.security(access, method),
        }
        if access.function:
            found["x-permission"] = access.function
        if headers:
            found["parameters"] = headers
        return found


def _without_body(view: View) -> View:
    """Refuses what would be ignored, lest it look accepted."""

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Response:
        Blueprint.ARGUMENTS_PARSER.parse(Schema, location="json")
        return view(*args, **kwargs)

    return run


def _once(call: Call, key: str, answer: Callable[[], Response]) -> Response:
    begun = idempotency.begin(
        call.work,
        principal=f"{call.actor.kind}:{call.actor.id}",
        operation=f"{request.method} {request.endpoint}",
        key=key,
        body_hash=_body_hash(),
    )
    if isinstance(begun, idempotency.SavedAnswer):
        kind = "application/json" if begun.status < 400 else PROBLEM_JSON
        return Response(begun.body, begun.status, content_type=kind, headers={"Idempotency-Replayed": "true"})
    try:
        response = answer()
    except DomainError as error:
        if not error.keeps_effects:
            raise
        response = domain_problem(error)
    idempotency.finish(call.work, begun, status=response.status_code, body=response.get_data(as_text=True))
    return response


def _idempotency_key(rule: KeyRule) -> str | None:
    given = request.headers.get(KEY_HEADER) if rule != "none" else None
    if given is None:
        if rule == "required":
            raise Invalid(fields=(FieldError(KEY_HEADER, "缺少请求编号，请刷新页面后重试"),))
        return None
    if not (8 <= len(given) <= 64 and given.replace("-", "").replace("_", "").isalnum() and given.isascii()):
        raise Invalid(fields=(FieldError(KEY_HEADER, "请求编号应为 8 到 64 位字母、数字、- 或 _"),))
    return given


def _body_hash() -> bytes:
    """Keyed, since what somebody typed could be guessed from a plain hash of it."""
    body = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return keyring().digest("idempotency_body", body)


def _response(result: Any, answer: type[ma.Schema] | ma.Schema | None, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if answer is None:
        return Response(status=status)
    dumped = _made(answer).dump(result)
    return Response(msgspec.json.encode(dumped), status, content_type="application/json")


@cache
def _made(answer: type[ma.Schema] | ma.Schema) -> ma.Schema:
    """A schema, made once: making one copies all its fields."""
    return answer() if isinstance(answer, type) else answer


def _errors(
    access: Access, rule: str, body: object, query: object, headers: list[dict[str, Any]]
) -> set[int]:
    found = {503}
    if access.who != "public":
        found |= {401, 403}
    if "<" in rule:
        found |= {404}
    if body:
        found |= {413, 415}
    if body or query:
        found |= {400}
    if body or query or headers:
        found |= {422}
    if any(header["name"] == KEY_HEADER for header in headers):
        found |= {409, 413}
    return found


def _headers(key: KeyRule, device: bool, purpose: str = REPLAYED) -> list[dict[str, Any]]:
    found = []
    if key != "none":
        found.append(_header(KEY_HEADER, purpose, KEY_PATTERN, required=key == "required"))
    if device:
        purpose = "Made by the client once and kept; attempts are counted by it."
        found.append(_header(DEVICE_HEADER, purpose, KEY_PATTERN, required=True))
    return found


def _header(name: str, description: str, pattern: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", "pattern": pattern, "example": examples.UUID_EXAMPLE},
    }
