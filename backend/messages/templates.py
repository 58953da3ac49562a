"""Every message there is: its Chinese words and the card that carries it. None holds a link.

People are told that we never send links, so that they can distrust every message that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.messages.rules import fit


@dataclass(frozen=True)
class Card:
    """A card that WeChat has approved for both accounts, with the same fields; its ids are settings."""

    code: str
    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """One kind of message. `{name}` in `text` and `fields` stands for a param; `{time}` is always there.

    `important` ones go by SMS where WeChat carries them nowhere; those to be told `everywhere` go every way,
    because somebody else may be acting in the person's name.
    """

    code: str
    title: str
    text: str
    card: Card
    fields: tuple[str, ...]
    important: bool = False
    everywhere: bool = False

    def render(self, params: Mapping[str, str]) -> str:
        """The message in words."""
        return self.text.format(**params)

    def on_card(self, params: Mapping[str, str]) -> dict[str, str]:
        """The fields of the card, each short enough for WeChat; raises DoesNotFit."""
        lines = zip(self.card.fields, self.fields, strict=True)
        return {field: fit(field, line.format(**params)) for field, line in lines}


RESULT = Card("result", "业务办理结果通知", ("thing1", "phrase2", "time3", "thing4"))
CARDS = {card.code: card for card in (RESULT,)}
NOT_ME = "如非本人操作请拨打12333"

_ALL = (
    Template(
        "channel_bound",
        "账号绑定提醒",
        "您的社保信息已于{time}绑定到新的登录方式（{channel}）。如非本人操作，"
        "请立即在“登录方式”中解除绑定，并拨打12333。",
        RESULT,
        ("社保账号绑定", "已绑定", "{time}", NOT_ME),
        important=True,
        everywhere=True,
    ),
    Template(
        "phone_changed",
        "预留手机号变更提醒",
        "您在社保经办机构登记的手机号已于{time}变更。如非本人申请，请立即拨打12333或到经办窗口核实。",
        RESULT,
        ("预留手机号变更", "已变更", "{time}", NOT_ME),
        important=True,
        everywhere=True,
    ),
    Template(
        "bank_card_changed",
        "待遇银行卡变更提醒",
        "您领取社保待遇的银行卡已于{time}变更。如非本人申请，请立即拨打12333或到经办窗口核实。",
        RESULT,
        ("待遇发放银行卡变更", "已变更", "{time}", NOT_ME),
        important=True,
        everywhere=True,
    ),
    Template(
        "family_asked",
        "亲情账户申请",
        "{name}于{time}申请帮您办理社保业务。请先与本人核实，再在“亲情账户”中同意或拒绝；不认识的请直接拒绝。",
        RESULT,
        ("亲情账户帮办申请", "待您处理", "{time}", "请先与{name}本人核实"),
        important=True,
    ),
    Template(
        "family_agreed",
        "亲情账户已授权",
        "{name}已于{time}同意您帮办社保业务，可在“亲情账户”中查看。",
        RESULT,
        ("亲情账户帮办授权", "已同意", "{time}", "可在亲情账户中查看"),
    ),
    Template(
        "family_granted",
        "亲情账户授权提醒",
        "您已于{time}授权{name}帮您办理社保业务。如非您本人同意，请立即在“亲情账户”中结束授权，并拨打12333。",
        RESULT,
        ("亲情账户帮办授权", "已授权", "{time}", NOT_ME),
        important=True,
    ),
    Template(
        "family_refused",
        "亲情账户申请未通过",
        "您帮{name}办理社保业务的申请未获同意（{time}）。",
        RESULT,
        ("亲情账户帮办申请", "未同意", "{time}", "如有疑问请与家人联系"),
    ),
    Template(
        "family_ended",
        "亲情账户授权已结束",
        "您与{name}之间的亲情账户授权或申请已于{time}结束。",
        RESULT,
        ("亲情账户帮办授权", "已结束", "{time}", "如需继续请重新申请"),
    ),
    Template(
        "family_expired",
        "亲情账户授权已到期",
        "您帮{name}办理社保业务的授权或申请已到期（{time}），如需继续请重新申请。",
        RESULT,
        ("亲情账户帮办授权", "已到期", "{time}", "如需继续请重新申请"),
    ),
)
TEMPLATES = {template.code: template for template in _ALL}
