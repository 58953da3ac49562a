"""Where WeChat tells us what happened at the official account and the mini-program. Not part of the API.

WeChat waits five seconds and then tells again, up to three times: what a happening changes is done once, and
whoever waits for words gets the same ones each time.
"""

from __future__ import annotations

import hashlib
import json

import structlog
from flask import Blueprint, Response, request
from redis.exceptions import RedisError
from sqlalchemy import text

from backend.callbacks import happenings, wechat_pay
from backend.callbacks.envelope import Happening, Malformed, encrypted_part, opened, text_reply
from backend.kernel import inbox
from backend.kernel.crypto import keyring
from backend.messages.ports import CallbackSeal, ForgedCallback
from backend.web.access import PUBLIC, open_to
from backend.web.house import House, house

log = structlog.get_logger()
MOST_BYTES = 64 * 1024
MOST_ECHOED = 128
REMEMBERED_SECONDS = 900  # longer than a signature counts, in both directions
PATIENCE = text("SELECT set_config('statement_timeout', '2s', true), set_config('lock_timeout', '2s', true)")
blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")


@open_to(PUBLIC)
def _verify() -> Response:
    """WeChat checks the address: answers what it sent, if it was WeChat."""
    _seal().check(*_signature("signature"))
    return _plain(request.args.get("echostr", "")[:MOST_ECHOED])


@open_to(PUBLIC)
def _hear() -> Response:
    """WeChat tells something; only sealed messages count, since no signature covers a plain body."""
    place = house()
    request.max_content_length = MOST_BYTES
    _seal().check(*_signature("signature"))
    signature, timestamp, nonce = _signature("msg_signature")
    _refuse_spent(place, signature)
    letter = _seal().open(encrypted_part(request.get_data()), signature, timestamp, nonce)
    happening = opened(letter.xml, letter.appid)
    _take(place, happening, letter.xml)
    answer = _answer(place, happening)
    _spend(place, signature)
    return answer


def _answer(place: House, happening: Happening) -> Response:
    words = happenings.answer(place.settings, happening)
    if words is None:
        return _plain("success")
    sealed = _seal().seal(text_reply(happening, words), happening.appid)
    return Response(sealed, content_type="text/xml; charset=utf-8")


def _take(place: House, happening: Happening, xml: str) -> None:
    facts = json.dumps(happening.facts)
    event_id = keyring().digest("wechat_event", facts).hex()
    with place.database.work() as work:
        work.session.execute(PATIENCE)
        if inbox.take(work, provider="wechat", event_id=event_id, body=xml):
            happenings.apply(work, place.settings, happening)
        else:
            log.info("wechat told this before", event_name=happening.name)


def _signature(name: str) -> tuple[str, str, str]:
    values = [request.args.get(one, "") for one in (name, "timestamp", "nonce")]
    if not all(values):
        raise Malformed
    return values[0], values[1], values[2]


def _refuse_spent(place: House, signature: str) -> None:
    """A signature counts once. Redis may forget it: then the inbox still takes each happening once."""
    try:
        spent = place.redis.exists(_key(signature))
    except RedisError:
        log.warning("spent signatures are not known: redis does not answer")
        return
    if spent:
        raise ForgedCallback


def _spend(place: House, signature: str) -> None:
    """Only once an answer is made: when we stumbled before, WeChat may tell again in the very same words."""
    try:
        place.redis.set(_key(signature), 1, ex=REMEMBERED_SECONDS)
    except RedisError:
        log.warning("spent signatures are not kept: redis does not answer")


def _key(signature: str) -> str:
    return f"callback:{hashlib.sha256(signature.encode()).hexdigest()[:40]}"


def _seal() -> CallbackSeal:
    return house().ports.get(CallbackSeal)


def _plain(words: str) -> Response:
    return Response(words, content_type="text/plain; charset=utf-8")


blueprint.add_url_rule("/wechat", "verify", _verify, methods=["GET"])
blueprint.add_url_rule("/wechat", "hear", _hear, methods=["POST"])
blueprint.add_url_rule("/wechat-pay", "hear_notice", wechat_pay.hear_notice, methods=["POST"])
