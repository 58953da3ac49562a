"""What each message or event of WeChat changes here, and what is answered to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from backend.callbacks.envelope import Happening
from backend.kernel.db import Work
from backend.kernel.settings import Settings
from backend.messages import commands, consents, deliveries, replies

Change = Callable[[Work, Settings, Happening], None]


def answer(settings: Settings, happening: Happening) -> str | None:
    """The words to answer with, or None for silence. The same happening always gets the same words."""
    if happening.appid != settings.wechat_oa_appid:
        return None
    if happening.name == "text":
        return replies.to_text(happening.fields.get("Content", ""))
    if happening.name == "CLICK":
        return replies.to_key(happening.fields.get("EventKey", ""))
    if happening.name == "subscribe":
        return replies.WELCOME
    return replies.HELP if "MsgId" in happening.fields else None


def apply(work: Work, settings: Settings, happening: Happening) -> None:
    """Does what a happening changes; nothing for one that only asks for words."""
    change = CHANGES.get(happening.name)
    if change is not None:
        change(work, settings, happening)


def _subscribed(work: Work, _settings: Settings, happening: Happening) -> None:
    commands.followed(work, openid=happening.sender)


def _unsubscribed(work: Work, _settings: Settings, happening: Happening) -> None:
    commands.unfollowed(work, openid=happening.sender)


def _asked(work: Work, settings: Settings, happening: Happening) -> None:
    for card, row in _cards(settings, happening):
        accepted = row.get("SubscribeStatusString") == "accept"
        consents.told_by_wechat(work, openid=happening.sender, card=card, accepted=accepted)


def _changed(work: Work, settings: Settings, happening: Happening) -> None:
    for card, row in _cards(settings, happening):
        if row.get("SubscribeStatusString") == "reject":
            consents.withdrawn(work, openid=happening.sender, card=card)


def _card_arrived(work: Work, settings: Settings, happening: Happening) -> None:
    for card, row in _cards(settings, happening):
        code = row.get("ErrorCode", "0")
        deliveries.reported(
            work,
            via="subscribe",
            openid=happening.sender,
            reference=row.get("MsgID", ""),
            card=card,
            error=None if code == "0" else code,
        )


def _template_arrived(work: Work, _settings: Settings, happening: Happening) -> None:
    status = happening.fields.get("Status", "")
    deliveries.reported(
        work,
        via="template",
        openid=happening.sender,
        reference=happening.fields.get("MsgID", ""),
        card=None,
        error=None if status == "success" else status[:40],
    )


def _cards(settings: Settings, happening: Happening) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The rows about cards of ours; other templates of the account are not this system's."""
    codes = {template_id: card for card, template_id in settings.wechat_subscribe_templates.items()}
    for row in happening.rows:
        card = codes.get(row.get("TemplateId", ""))
        if card is not None:
            yield card, row


CHANGES: Mapping[str, Change] = {
    "subscribe": _subscribed,
    "unsubscribe": _unsubscribed,
    "subscribe_msg_popup_event": _asked,
    "subscribe_msg_change_event": _changed,
    "subscribe_msg_sent_event": _card_arrived,
    "TEMPLATESENDJOBFINISH": _template_arrived,
}
