"""What fits on a card, and how a delivery may go on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.messages.commands import written
from backend.messages.rules import LONGEST, TRANSITIONS, DoesNotFit, fit
from backend.messages.templates import CARDS, TEMPLATES
from tests.sandbox.support import ROOT

PARAMS = {"time": "2026年12月31日 23:59", "name": "*****························", "channel": "微信公众号"}


@pytest.mark.parametrize("code", TEMPLATES)
def test_every_template_fits_its_card_with_the_longest_of_names(code: str) -> None:
    template = TEMPLATES[code]
    fields = template.on_card(PARAMS)
    assert list(fields) == list(template.card.fields)
    assert template.render(PARAMS)
    assert template.card.code in CARDS


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_card_needs_no_more_than_the_text(code: str) -> None:
    template = TEMPLATES[code]
    in_text = {name for _, name, *_ in Formatter().parse(template.text) if name}
    on_card = {name for line in template.fields for _, name, *_ in Formatter().parse(line) if name}
    assert on_card <= in_text | {"time"}


@pytest.mark.parametrize("code", TEMPLATES)
def test_every_field_obeys_the_published_rules(code: str) -> None:
    rules = {
        "thing": r"[^\r\n]{1,20}",
        "phrase": r"[\u4e00-\u9fff]{1,5}",
        "time": r"\d{4}年\d{1,2}月\d{1,2}日 \d{2}:\d{2}",
    }
    for field, value in TEMPLATES[code].on_card(PARAMS).items():
        assert re.fullmatch(rules[field.rstrip("0123456789")], value), (field, value)


@given(st.sampled_from(["thing1", "name2", "const3"]), st.text(min_size=1))
def test_long_texts_are_shortened_and_say_so(field: str, text: str) -> None:
    most = LONGEST[field[:-1]]
    try:
        line = fit(field, text)
    except DoesNotFit:
        assert not text.strip()
        return
    assert 1 <= len(line) <= most
    assert "\n" not in line
    assert line.endswith("…") or line == re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize(
    ("field", "text"),
    [("phrase2", "六个汉字以上"), ("phrase2", "ok"), ("thing1", "  "), ("character_string1", "x" * 33)],
)
def test_what_cannot_be_shortened_is_refused(field: str, text: str) -> None:
    with pytest.raises(DoesNotFit) as refused:
        fit(field, text)
    assert text.strip() == "" or text not in str(refused.value)


def test_every_state_is_reached_and_ends() -> None:
    reached = {"waiting"}
    while more := {after for state in reached for after in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(TRANSITIONS)
    assert not TRANSITIONS["failed"]
    assert "sending" not in TRANSITIONS["unknown"], "what may have arrived is never sent again"


def test_times_are_those_of_shanghai() -> None:
    assert written(datetime(2026, 12, 31, 16, 5, tzinfo=UTC)) == "2027年1月1日 00:05"


def test_the_sandbox_knows_every_card_that_the_settings_name() -> None:
    catalogue = (ROOT / "backend/sandbox/catalogue.py").read_text()
    assert "demo-mini-result" in catalogue
    assert "demo-oa-result" in catalogue
