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

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

import flask_smorest
import marshmallow as ma
import msgspec
from flask import Response, g, request

from backend.kernel import idempotency
from backend.kernel.actor import Actor
from backend.kernel.crypto import sm3
from backend.kernel.db import Work
from backend.kernel.errors import DomainError, FieldError, Invalid
from backend.web.access import Access, open_to
from backend.web.house import House, house
from backend.web.parsing import StrictParser
from backend.web.problems import PROBLEM_JSON, Problem, domain_problem
from backend.web.sessions import Session

KeyRule = Literal["required", "optional", "none"]
View = Callable[..., Any]
KEY_HEADER = "Idempotency-Key"
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
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Publishes a GET. `audited` reads leave an audit row, and so run in a transaction of their own."""

        def publish(view: View) -> View:
            @wraps(view)
            def run(*args: Any, **kwargs: Any) -> Response:
                place = house()
                opened = place.database.work() if audited else place.database.reading()
                with opened as work:
                    result = view(Call(place, g.actor, g.session, work), *args, **kwargs)
                    return _response(result, answer, 200)

            return self._publish("GET", rule, run, access, None, query, answer, 200, "none", errors)

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
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Publishes a write: one transaction, committed before the answer goes out."""

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

            return self._publish(method, rule, run, access, body, None, answer, status, key, errors)

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
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Publishes an operation that calls an outside system between units of work of its own."""

        def publish(view: View) -> View:
            @wraps(view)
            def run(*args: Any, **kwargs: Any) -> Response:
                result = view(Call(house(), g.actor, g.session, None), *args, **kwargs)
                return _response(result, answer, status)

            return self._publish(method, rule, run, access, body, None, answer, status, "none", errors)

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
        key: KeyRule,
        errors: tuple[int, ...],
    ) -> View:
        published = self.response(status, answer)(run)
        for code in sorted({*_errors(access, rule, body or query, key, method), *errors}):
            published = self.alt_response(code, schema=Problem, content_type=PROBLEM_JSON)(published)
        if body:
            published = self.arguments(body)(published)
        if query:
            published = self.arguments(query, location="query")(published)
        published = self.doc(**_documentation(access, key))(published)
        self.route(rule, methods=[method])(open_to(access)(published))
        return published


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
    body = json.dumps(request.get_json(silent=True), sort_keys=True, ensure_ascii=False)
    return sm3(f"{request.method} {request.full_path}\n{body}".encode())


def _response(result: Any, answer: type[ma.Schema] | ma.Schema | None, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if answer is None:
        return Response(status=status)
    schema = answer() if isinstance(answer, type) else answer
    return Response(msgspec.json.encode(schema.dump(result)), status, content_type="application/json")


def _errors(access: Access, rule: str, arguments: object, key: KeyRule, method: str) -> set[int]:
    found = {503}
    if access.who != "public":
        found |= {401, 403}
    if "<" in rule:
        found |= {404}
    if arguments:
        found |= {400, 422}
        if method != "GET":
            found |= {413, 415}
    if key != "none":
        found |= {409, 422}
    return found


def _documentation(access: Access, key: KeyRule) -> dict[str, Any]:
    kind = access.session_kind
    security: list[dict[str, list[str]]] = (
        [] if access.who == "public" else [{f"{kind}_token": []}, {f"{kind}_cookie": [], "csrf": []}]
    )
    found: dict[str, Any] = {"security": security}
    if access.function:
        found["x-permission"] = access.function
    if key != "none":
        header = {
            "name": KEY_HEADER,
            "in": "header",
            "required": key == "required",
            "description": "Made by the client before the first send; the same key replays the same answer.",
            "schema": {"type": "string", "pattern": KEY_PATTERN},
        }
        found["parameters"] = [header]
    return found
