"""Clerks who register people over HTTP and repeat with the same key until they are told that it is done."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import requests

from backend.kernel.errors import Unavailable
from tests.chaos.place import Place
from tests.support.people import id_number, make_agency
from tests.support.staff import make_staff

PEOPLE = "/api/admin/v1/people"
DONE, SIGNED_OUT, UNAVAILABLE, NO_ANSWER = 201, 401, 503, 0
AGAIN_AFTER_SECONDS = 0.1
GIVE_UP_SECONDS = 90


@dataclass
class Clerks:
    """A few clerks at work; `answers` counts every status that they were given."""

    place: Place
    answers: Counter[int] = field(default_factory=Counter)
    registered: dict[str, str] = field(default_factory=dict)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        with self.place.house.database.work() as work:
            self.agency_id = make_agency(work, "460100", under="46")
            member = make_staff(work, roles=["clerk"], username=f"clerk{uuid4().hex[:8]}")
        self.staff_id: UUID = member.staff_id
        self.token = ""
        self.sign_in()

    def sign_in(self) -> None:
        """A session for all of them."""
        sessions = self.place.house.sessions
        self.token = sessions.open("staff", self.staff_id, label="test", address="127.0.0.1")

    def register(self, count: int, *, clerks: int = 4) -> Callable[[], None]:
        """Begins to register `count` people; gives a function that waits until all are acknowledged."""
        pool = ThreadPoolExecutor(clerks)
        futures: list[Future[None]] = [pool.submit(self._register, id_number()) for _ in range(count)]

        def wait() -> None:
            pool.shutdown()
            for future in futures:
                future.result()

        return wait

    def _register(self, number: str) -> None:
        key = str(uuid4())
        answer = self._until_done(number, key)
        assert self._until_done(number, key).content == answer.content
        with self._writing:
            self.registered[number] = answer.json()["person_id"]

    def _until_done(self, number: str, key: str) -> requests.Response:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                answer = self._once(number, key)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self._count(NO_ANSWER)
            else:
                self._count(answer.status_code)
                if answer.status_code == DONE:
                    return answer
                assert answer.status_code in (SIGNED_OUT, UNAVAILABLE), answer.text
                if answer.status_code == SIGNED_OUT:
                    self._sign_in_again()
                else:
                    assert int(answer.headers["Retry-After"]) > 0
            assert time.monotonic() < deadline, self.answers
            time.sleep(AGAIN_AFTER_SECONDS)

    def _once(self, number: str, key: str) -> requests.Response:
        person = {"name": "王秀英", "id_number": number, "category": "flexible"}
        return self.place.ask(
            "POST",
            PEOPLE,
            self.token,
            json={**person, "agency_id": str(self.agency_id)},
            headers={"Idempotency-Key": key},
        )

    def _count(self, status: int) -> None:
        with self._writing:
            self.answers[status] += 1

    def _sign_in_again(self) -> None:
        with suppress(Unavailable):  # the next round tries again
            self.sign_in()
