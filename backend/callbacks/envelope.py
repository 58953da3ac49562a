"""WeChat's XML: what came, read without entities or document types, and the reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from backend.kernel.errors import Invalid


class Malformed(Invalid):
    """The body is not what WeChat sends."""

    code = "malformed_callback"
    title = "回调内容格式有误"


@dataclass(frozen=True)
class Happening:
    """One message or event: its fields, and the rows of a list where it carries one."""

    appid: str
    fields: Mapping[str, str] = field(repr=False)
    rows: Sequence[Mapping[str, str]] = field(default=(), repr=False)

    @property
    def sender(self) -> str:
        """The openid of whom it is about."""
        return self.fields["FromUserName"]

    @property
    def name(self) -> str:
        """The name of the event, or the kind of message."""
        return self.fields.get("Event") or self.fields["MsgType"]

    @property
    def facts(self) -> list[str]:
        """What is the same each time WeChat tells this again, and differs between any two happenings.

        WeChat asks to tell messages apart by MsgId and events by sender and time; a second can hold several.
        """
        if "MsgId" in self.fields:
            return [self.appid, self.fields["MsgId"]]
        named = ("FromUserName", "CreateTime", "Event", "EventKey", "MsgID", "Status")
        listed = [row.get(name, "") for row in self.rows for name in ("TemplateId", "MsgID")]
        return [self.appid, *(self.fields.get(name, "") for name in named), *listed]


def encrypted_part(body: bytes) -> str:
    """The sealed message in a posted body; raises Malformed."""
    return _needed(_leaves(_parsed(body)), "Encrypt")


def opened(xml: str, appid: str) -> Happening:
    """The happening in an opened message; raises Malformed."""
    root = _parsed(xml.encode())
    fields = _leaves(root)
    for name in ("FromUserName", "ToUserName", "MsgType", "CreateTime"):
        _needed(fields, name)
    rows = [_leaves(row) for row in root.iterfind("./*/List")]
    return Happening(appid, fields, rows)


def text_reply(happening: Happening, text: str) -> str:
    """The XML that answers a happening with a text."""
    parts = {
        "ToUserName": happening.sender,
        "FromUserName": happening.fields["ToUserName"],
        "CreateTime": happening.fields["CreateTime"],
        "MsgType": "text",
        "Content": text,
    }
    return f"<xml>{''.join(f'<{name}>{_cdata(value)}</{name}>' for name, value in parts.items())}</xml>"


def _parsed(body: bytes) -> Element:
    try:
        return fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Malformed from error


def _leaves(element: Element) -> dict[str, str]:
    return {child.tag: child.text or "" for child in element if len(child) == 0}


def _needed(fields: Mapping[str, str], name: str) -> str:
    if not fields.get(name):
        raise Malformed
    return fields[name]


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
