"""The bureau as a WSGI application that forgets: whatever is tried finds the world as it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.support.fakes import Codes
from tests.system.world import World

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class Stage:
    """Forgets before every request or, with `each_request` off, when told to.

    Limits, used codes and changed rows of one request hide nothing from the next, and a request that failed
    fails again when it is repeated.
    """

    def __init__(self, world: World) -> None:
        self.each_request = True
        self._world = world
        self._scene: Any = None
        outside = world.outside
        self._given: list[tuple[Codes, dict[str, object]]] = [
            (codes, dict(codes.known))
            for codes in (outside.miniprogram, outside.official_account, outside.phone_button)
        ]
        world.remember()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        if self.each_request:
            self.forget()
        return self._world.app(environ, start_response)

    def forget(self) -> None:
        """Makes everything as it was when the stage was set."""
        self.close()
        self._world.recall()
        for codes, known in self._given:
            codes.known.clear()
            codes.known.update(known)
        self._scene = self._world.connection.begin_nested()

    def close(self) -> None:
        """Undoes what was done since."""
        if self._scene is not None and self._scene.is_active:
            self._scene.rollback()
        self._scene = None
