"""What happens in the story: sign-ins, the counter, phones, family, and everything that people do wrong."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pyotp

from backend.kernel.actor import system
from backend.people import commands as people
from backend.worklist import commands as worklist
from backend.worklist import kinds
from tests.support.accounts import book, run_of
from tests.support.people import id_number, make_agency
from tests.support.staff import Member, make_staff
from tests.system.seed import REVIEW
from tests.system.story import CITIZENS, STAFF, Human, Story

KEY = "Idempotency-Key"
ROLES = {
    "system": "system_administrator",
    "security": "security_administrator",
    "audit": "audit_administrator",
    "clerk": "clerk",
    "supervisor": "supervisor",
}


def tell(story: Story) -> None:
    """The whole story."""
    staff = _staff_sign_in(story)
    _accounts(story, staff)
    her = story.human("her", "欧阳锦瑟", date(1961, 4, 5))
    his = story.human("him", "慕容听雪", date(1988, 7, 9))
    twin = story.human("twin", "欧阳锦色", date(1961, 4, 6))
    for human in (her, his, twin):
        _registered(story, staff["clerk"], human)
    _corrected(story, staff["clerk"], her)
    _cards(story, staff, her)
    _worked(story, staff["clerk"], her)
    _searched(story, staff["clerk"], her)
    _signed_in(story, her, staff["clerk"])
    _signed_in_elsewhere(story, his, staff["clerk"])
    _family(story, her, his, staff["clerk"])
    _documents(story, her, his)
    _merged(story, staff, twin, her)
    _callbacks(story, her)
    _malformed(story, staff["clerk"], her)
    _watched(story, staff, her)
    _left(story, her, his, staff)


def _staff_sign_in(story: Story) -> dict[str, Human]:
    with story.house.database.work() as work:
        agency_id = make_agency(work, "4601", under="46")
        story.agency_id = str(agency_id)
        members = {
            who: make_staff(work, roles=[role], agency_id=agency_id, username=f"{who}.one", name="工号甲")
            for who, role in ROLES.items()
        }
    for who, member in members.items():
        story.needles.plant(f"TOTP secret of {who}", member.secret)
    story.needles.plant("password of all", next(iter(members.values())).password)
    return {who: _at_work(story, who, member) for who, member in members.items()}


def _at_work(story: Story, who: str, member: Member) -> Human:
    human = Human(who)
    right = {"username": member.username, "password": member.password}
    wrong = story.needles.plant(f"wrong password of {who}", f"Wrong-{who}-Anemone-77")
    code = story.needles.plant(f"dynamic code of {who}", story.dynamic_code(member.secret))
    story.refused(human, f"POST {STAFF}/session", {**right, "password": wrong, "totp": code})
    story.refused(human, f"POST {STAFF}/session", {**right, "username": wrong, "totp": code})
    told = story.done(human, f"POST {STAFF}/session", {**right, "totp": code})
    story.hold(human, told["token"])
    return human


def _accounts(story: Story, staff: dict[str, Human]) -> None:
    system_admin, newcomer = staff["system"], Human("newcomer")
    made = story.done(
        system_admin,
        f"POST {STAFF}/staff",
        {"username": "new.comer", "name": "工号乙", "agency_id": story.agency_id},
    )
    once = story.needles.plant("one-time password", made["one_time_password"])
    secret = story.needles.plant("TOTP secret of newcomer", pyotp.parse_uri(made["otpauth_uri"]).secret)
    told = story.done(
        newcomer,
        f"POST {STAFF}/session",
        {"username": "new.comer", "password": once, "totp": story.dynamic_code(secret), "keep": "cookie"},
    )
    assert told["token"] is None
    cookies = {one.split("=")[0]: one.split("=")[1].split(";")[0] for one in story.cookies()}
    story.needles.plant("session cookie of newcomer", cookies["staff_session"])
    newcomer.headers |= {"Cookie": f"staff_session={cookies['staff_session']}", "X-CSRF-Token": told["csrf"]}
    weak = story.needles.plant("weak password of newcomer", "newcomer-Password1")
    good = story.needles.plant("own password of newcomer", "Marmalade-Kettle-4471")
    story.refused(newcomer, f"PUT {STAFF}/me/password", {"current_password": good, "password": good})
    story.refused(newcomer, f"PUT {STAFF}/me/password", {"current_password": once, "password": weak})
    story.done(newcomer, f"PUT {STAFF}/me/password", {"current_password": once, "password": good})
    reset = story.done(system_admin, f"POST {STAFF}/staff/{made['staff_id']}/reset-password")
    story.needles.plant("second one-time password", reset["one_time_password"])
    reset = story.done(staff["security"], f"POST {STAFF}/staff/{made['staff_id']}/reset-totp")
    story.needles.plant("second TOTP secret", pyotp.parse_uri(reset["otpauth_uri"]).secret)


def _registered(story: Story, clerk: Human, human: Human) -> None:
    body = {
        "name": human.name,
        "id_number": human.id_number,
        "phone": human.phone,
        "address": human.address,
        "agency_id": story.agency_id,
        "category": "resident_pensioner",
    }
    wrong = human.id_number[:-1] + ("0" if human.id_number[-1] != "0" else "1")
    story.needles.plant(f"mistyped number of {human.who}", wrong)
    story.refused(clerk, f"POST {STAFF}/people", {**body, "id_number": wrong})
    story.refused(clerk, f"POST {STAFF}/people", {**body, "name": f"{human.name}7"})
    key = {KEY: f"register-{human.id_number}"}
    human.person_id = story.done(clerk, f"POST {STAFF}/people", body, headers=key)["person_id"]
    story.done(clerk, f"POST {STAFF}/people", body, headers=key)
    story.refused(clerk, f"POST {STAFF}/people", {**body, "address": "另一处"}, headers=key)
    story.refused(clerk, f"POST {STAFF}/people", body)


def _corrected(story: Story, clerk: Human, her: Human) -> None:
    path = f"{STAFF}/people/{her.person_id}"
    former, number = her.name, id_number(born=date(1961, 4, 5))
    story.needles.values["former number of her"] = her.id_number
    story.needles.values["id_number of her"] = number
    story.refused(clerk, f"PATCH {path}", {"version": 99, "name": "司徒无名氏"})
    story.done(clerk, f"PATCH {path}", {"version": 1, "name": "欧阳锦琴", "id_number": number})
    story.done(clerk, f"PATCH {path}", {"version": 2, "name": former, "address": her.address + "乙"})
    story.needles.plant("other name of her", "欧阳锦琴")
    story.needles.plant("refused name", "司徒无名氏")
    story.needles.plant("other phone of her", "19876540999")
    her.id_number = number
    story.done(clerk, f"PUT {path}/phone", {"version": 3, "phone": "19876540999"})
    story.done(clerk, f"PUT {path}/phone", {"version": 4, "phone": her.phone})
    story.done(clerk, f"POST {path}/open", {"purpose": f"核对{her.id_number}，电话{her.phone}"})


def _cards(story: Story, staff: dict[str, Human], her: Human) -> None:
    body = {
        "bank": f"农业银行{her.card}",
        "number": her.card,
        "note": f"旧卡丢失，新卡{her.card}，请致电{her.phone}",
    }
    path = f"{STAFF}/people/{her.person_id}/card-changes"
    story.refused(staff["clerk"], f"POST {path}", {**body, "number": her.card[:-1] + "x"})
    first = story.done(staff["clerk"], f"POST {path}", body)["approval_id"]
    story.refused(staff["clerk"], f"POST {path}", body)
    refusal = {"reason": f"与{her.card}不符，已电话{her.phone}核实"}
    story.done(staff["supervisor"], f"POST {STAFF}/approvals/{first}/reject", refusal)
    second = story.done(staff["clerk"], f"POST {path}", body)["approval_id"]
    story.refused(staff["clerk"], f"POST {STAFF}/approvals/{second}/approve")
    story.done(staff["supervisor"], f"GET {STAFF}/approvals/{second}")
    story.done(staff["supervisor"], f"POST {STAFF}/approvals/{second}/approve")
    story.done(staff["supervisor"], f"GET {STAFF}/approvals")
    story.done(staff["supervisor"], f"GET {STAFF}/tasks")
    story.wait(minutes=1)


def _worked(story: Story, clerk: Human, her: Human) -> None:
    """Ordinary work, as rooms to come will have it, ends with what somebody typed."""
    kinds.register(REVIEW)
    with story.house.database.work() as work:
        opened = worklist.open_task(
            work,
            by=system("test"),
            kind=REVIEW.name,
            agency_id=UUID(story.agency_id),
            object_id=UUID(her.person_id),
            due_at=work.clock.now(),
        )
    story.done(clerk, f"POST {STAFF}/tasks/{opened}/claim", {"version": 1})
    story.done(clerk, f"POST {STAFF}/tasks/{opened}/finish", {"outcome": f"已致电{her.phone}"})


def _searched(story: Story, clerk: Human, her: Human) -> None:
    stranger = story.human("stranger", "百里孤烟", date(1950, 1, 2))
    for human in (her, stranger):
        for kind in ("name", "id_number", "phone", "card"):
            story.done(clerk, f"POST {STAFF}/people/search", {kind: getattr(human, kind)})
    story.refused(clerk, f"POST {STAFF}/people/search", {"name": her.name, "phone": her.phone})
    story.refused(clerk, f"POST {STAFF}/people/search", {"phone": her.id_number})
    story.refused(clerk, f"POST {STAFF}/people/search", {"name": her.phone})


def _counter_code(story: Story, clerk: Human, human: Human) -> str:
    code = story.done(clerk, f"POST {STAFF}/people/{human.person_id}/binding-codes")["code"]
    story.needles.plant(f"counter code without dash of {human.who}", code.replace("-", ""))
    return story.needles.plant(f"counter code of {human.who}", code)


def _signed_in(story: Story, her: Human, clerk: Human) -> None:
    """Through the mini-program, after everything that can go wrong."""
    her.headers = {"X-Device-Id": her.phone + "-phone", "X-Request-Id": her.id_number}
    story.refused(
        her, f"POST {CITIZENS}/sign-in/miniprogram", {"code": story.needles.plant("no code", "nocode0001")}
    )
    told = story.done(
        her,
        f"POST {CITIZENS}/sign-in/miniprogram",
        {"code": story.sandbox_code(her, "wx-login"), "label": f"{her.phone}的手机"},
    )
    story.hold(her, told["token"])
    story.done(her, f"POST {CITIZENS}/phone/wechat", {"code": story.sandbox_code(her, "phone-code")})
    typed = {"name": her.name, "id_number": her.id_number}
    counter_code = _counter_code(story, clerk, her)
    wrong = story.human("impostor", "独孤求实", date(1972, 2, 3))
    for body in (
        {**typed, "name": wrong.name, "proof": "phone"},
        {**typed, "id_number": wrong.id_number, "proof": "phone"},
        {**typed, "proof": "card", "card": wrong.card},
        {
            **typed,
            "proof": "counter_code",
            "counter_code": story.needles.plant("wrong counter code", "ACDEF-GHJKM"),
        },
        {**typed, "proof": "card", "card": her.card + "1"},
        {**typed, "proof": "phone", "card": her.card},
    ):
        story.refused(her, f"POST {CITIZENS}/binding", body)
    bound = {**typed, "proof": "counter_code", "counter_code": counter_code}
    story.done(her, f"POST {CITIZENS}/binding", bound, headers={KEY: f"bind-{her.id_number}"})
    story.refused(her, f"POST {CITIZENS}/binding", bound)
    story.done(her, f"POST {CITIZENS}/consents", {"template": "result", "accepted": True})
    story.wait(minutes=2)


def _signed_in_elsewhere(story: Story, his: Human, clerk: Human) -> None:
    """By SMS on one device, and through the official account on another."""
    his.headers = {"X-Device-Id": "device-of-his-own"}
    story.done(his, f"POST {CITIZENS}/sign-in/phone/codes", {"phone": his.phone})
    story.refused(his, f"POST {CITIZENS}/sign-in/phone/codes", {"phone": his.phone})
    code = story.sms_code(his)
    wrong = story.needles.plant("wrong sms code", f"{(int(code) + 1) % 10**6:06d}")
    story.refused(his, f"POST {CITIZENS}/sign-in/phone", {"phone": his.phone, "code": wrong})
    told = story.done(his, f"POST {CITIZENS}/sign-in/phone", {"phone": his.phone, "code": code})
    story.hold(his, told["token"])
    typed = {"name": his.name, "id_number": his.id_number}
    story.done(his, f"POST {CITIZENS}/binding", {**typed, "proof": "phone"})
    story.wait(minutes=2)
    other = Human("him", phone=his.phone, headers={"X-Device-Id": "another-device"})
    began = story.done(other, f"POST {CITIZENS}/sign-in/official-account/start", {"return_to": "/m/"})
    state = began["authorize_url"].partition("state=")[2].partition("&")[0].partition("#")[0]
    body = {"code": story.sandbox_code(his, "oauth-code"), "state": state}
    told = story.done(
        other, f"POST {CITIZENS}/sign-in/official-account", body, headers={"Cookie": f"oa_state={state}"}
    )
    story.hold(other, told["token"])
    code = _counter_code(story, clerk, his)
    bound = {**typed, "proof": "counter_code", "counter_code": code}
    story.done(other, f"POST {CITIZENS}/binding", bound)
    story.wait(minutes=2)


def _family(story: Story, her: Human, his: Human, clerk: Human) -> None:
    terms = {"relation": "parent", "scopes": ["look"], "until": "2027-06-30"}
    nobody = story.human("nobody", "诸葛无痕", date(1944, 4, 4))
    asked = story.done(
        his, f"POST {CITIZENS}/family", {"name": her.name, "id_number": her.id_number, **terms}
    )
    story.done(his, f"POST {CITIZENS}/family", {"name": nobody.name, "id_number": nobody.id_number, **terms})
    story.refused(his, f"POST {CITIZENS}/family", {"name": his.name, "id_number": his.id_number, **terms})
    story.refused(his, f"POST {CITIZENS}/family", {"name": her.name, "id_number": her.id_number, **terms})
    story.refused(his, f"GET {CITIZENS}/people/{her.person_id}")
    story.done(clerk, f"GET {STAFF}/people/{her.person_id}/delegations")
    story.done(her, f"POST {CITIZENS}/family/{asked['delegation_id']}/agree")
    for human in (her, his):
        for path in ("me", "family", "sessions", "channels", "messages", "consents"):
            story.done(human, f"GET {CITIZENS}/{path}")
        for path in ("", "/enrolments", "/access-log"):
            story.done(human, f"GET {CITIZENS}/people/{her.person_id}{path}")
    story.refused(her, f"GET {CITIZENS}/people/{his.person_id}")
    story.wait(minutes=2)


def _documents(story: Story, her: Human, his: Human) -> None:
    """A statement of a year, made by the worker, and verified by somebody with another one in hand."""
    with story.house.database.work() as work:
        book(work, UUID(her.person_id), *run_of(date(2025, 1, 1), 3))
    path = f"{CITIZENS}/people/{her.person_id}"
    made = story.done(her, f"POST {path}/statements", {"year": 2025})
    story.wait(minutes=2)
    for human in (her, his):
        for wanted in ("accounts", "contribution-months", "contribution-months.xlsx", "contribution-years"):
            story.done(human, f"GET {path}/{wanted}")
        story.done(human, f"GET {path}/documents")
        story.done(human, f"GET {CITIZENS}/documents/{made['document_id']}")
        story.done(human, f"GET {CITIZENS}/documents/{made['document_id']}.pdf")
    forged = {"qr": f"https://shebao.example/verify#{her.id_number}"}
    story.refused(Human("nobody"), f"POST {CITIZENS}/documents/verifications", forged)


def _merged(story: Story, staff: dict[str, Human], twin: Human, her: Human) -> None:
    body = {"into_id": her.person_id, "note": f"{twin.id_number}与{her.id_number}系一人"}
    path = f"{STAFF}/people/{twin.person_id}/merge"
    approval_id = story.done(staff["supervisor"], f"POST {path}", body)["approval_id"]
    with story.house.database.work() as work:
        checker = make_staff(
            work, roles=["supervisor"], agency_id=UUID(story.agency_id), username="checker.one"
        )
    story.needles.plant("TOTP secret of checker", checker.secret)
    other = _at_work(story, "checker", checker)
    story.done(other, f"GET {STAFF}/approvals/{approval_id}")
    story.done(other, f"POST {STAFF}/approvals/{approval_id}/approve")
    story.wait(minutes=2)


def _callbacks(story: Story, her: Human) -> None:
    story.callback(her, MsgType="event", Event="subscribe")
    said = f"我是{her.name}，身份证{her.id_number}，电话{her.phone}，卡号{her.card}"
    story.callback(her, MsgType="text", Content=said, MsgId="1001")
    story.callback(her, MsgType="text", Content=said, MsgId="1001")
    story.callback(her, MsgType="event", Event="CLICK", EventKey="BALANCE")
    story.wait(minutes=2)


def _malformed(story: Story, clerk: Human, her: Human) -> None:
    """Personal data where none belong."""
    post = f"POST {STAFF}/people"
    secret = {"name": her.name, "id_number": her.id_number, "phone": her.phone, "card": her.card}
    story.refused(
        clerk, post, data=json.dumps(secret, ensure_ascii=False)[:-1], content_type="application/json"
    )
    story.refused(clerk, post, data=json.dumps(secret), content_type="text/plain")
    story.refused(clerk, post, data=secret)
    story.refused(clerk, post, list(secret.values()))
    story.refused(clerk, post, {value: key for key, value in secret.items()})
    story.refused(clerk, post, {"name": secret})
    story.refused(clerk, post, {"name": her.name * 60, "agency_id": her.id_number, "category": her.phone})
    story.refused(clerk, post, secret, query_string=secret)
    story.refused(clerk, f"GET {STAFF}/staff", query_string={"username": her.name, her.phone: her.card})
    story.refused(clerk, f"GET {STAFF}/approvals", query_string={"cursor": her.id_number})
    story.refused(clerk, f"GET {STAFF}/approvals", query_string={"state": her.name, "kind": her.phone})
    story.refused(clerk, f"POST {STAFF}/people/{her.id_number}/open", {"purpose": her.name})
    story.refused(clerk, f"DELETE {STAFF}/people/{her.name}")
    story.refused(clerk, f"DELETE {STAFF}/sessions/{her.id_number}")
    story.refused(Human("nobody", headers={"Authorization": f"Bearer {her.phone}"}), f"GET {STAFF}/me")
    story.refused(
        Human("nobody"), f"POST {STAFF}/session", {"username": her.phone, "password": her.card, "totp": "1"}
    )
    story.refused(her, f"GET {CITIZENS}/js-config", query_string={"url": f"https://{her.phone}.example/"})
    story.done(clerk, f"GET {STAFF}/approvals", query_string={"kind": her.phone})


def _watched(story: Story, staff: dict[str, Human], her: Human) -> None:
    """The audit administrator reads the trail, and opens what was changed."""
    events = story.done(staff["audit"], f"GET {STAFF}/audit/events", query_string={"limit": 100})["items"]
    for action in ("person.registered", "person.corrected", "bank_card.changed", "person.merged"):
        event_id = next(one["audit_event_id"] for one in events if one["action"] == action)
        story.done(staff["audit"], f"GET {STAFF}/audit/events/{event_id}")
    story.done(staff["audit"], f"GET {STAFF}/audit/events", query_string={"subject_id": her.person_id})
    story.done(staff["audit"], f"GET {STAFF}/audit/seals")
    story.done(staff["system"], f"GET {STAFF}/jobs", query_string={"state": "waiting"})
    story.done(staff["system"], f"GET {STAFF}/staff")


def _left(story: Story, her: Human, his: Human, staff: dict[str, Human]) -> None:
    channels: Any = story.done(his, f"GET {CITIZENS}/channels")["items"]
    story.done(staff["clerk"], f"GET {STAFF}/people/{his.person_id}/channels")
    story.done(his, f"DELETE {CITIZENS}/channels/{channels[-1]['channel_id']}")
    story.done(her, f"DELETE {CITIZENS}/binding")
    with story.house.database.work() as work:
        people.set_bank_card(
            work,
            by=system("test"),
            person_id=his.person_id,
            bank="中国银行",
            number=his.card,  # type: ignore[arg-type]
        )
    story.done(staff["clerk"], f"POST {STAFF}/people/{his.person_id}/decease", {"died_on": "2026-11-01"})
    story.wait(minutes=2)
