"""Tencent Cloud's SendSms (API 3.0): checks the signature, composes the text, keeps each number's limits."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import time
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from backend.sandbox import catalogue, crypto
from backend.sandbox.catalogue import Template
from backend.sandbox.config import SmsAccount
from backend.sandbox.world import World, the_world

ALGORITHM = "TC3-HMAC-SHA256"
CLOCK_SKEW_SECONDS = 300
MOST_NUMBERS = 200
NUMBER = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")
# The limits that this account's console has set for codes to one number: seconds, messages, error code.
CODE_LIMITS = (
    (30, 1, "LimitExceeded.PhoneNumberThirtySecondLimit"),
    (3600, 5, "LimitExceeded.PhoneNumberOneHourLimit"),
    (86400, 10, "LimitExceeded.PhoneNumberDailyLimit"),
)
TOO_MANY = "the number of SMS messages sent to a single mobile number {} exceeds the upper limit"
WORDS = {
    "AuthFailure.InvalidAuthorization": "Authorization 请求头的格式不正确。",
    "AuthFailure.SecretIdNotFound": "密钥不存在。",
    "AuthFailure.SignatureExpire": "签名过期：时间戳和服务器时间相差不得超过五分钟。",
    "AuthFailure.SignatureFailure": "The provided credentials could not be validated. "
    "Please check your signature is correct.",
    "FailedOperation.JsonParseFail": "json parse fail",
    "FailedOperation.PhoneNumberInBlacklist": "the number is in the blacklist",
    "FailedOperation.SignatureIncorrectOrUnapproved": "signature is incorrect or unapproved",
    "FailedOperation.TemplateIncorrectOrUnapproved": "template is incorrect or unapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "request content does not match the "
    "template content",
    "InvalidParameterValue.IncorrectPhoneNumber": "incorrect phone number",
    "InvalidParameterValue.SdkAppIdNotExist": "sdkappid not exist",
    "InvalidParameterValue.TemplateParameterFormatError": "verification code template parameter format error",
    "LimitExceeded.PhoneNumberCountLimit": "the number of phone numbers exceeds the limit",
    "LimitExceeded.PhoneNumberDailyLimit": TOO_MANY.format("per day"),
    "LimitExceeded.PhoneNumberOneHourLimit": TOO_MANY.format("in one hour"),
    "LimitExceeded.PhoneNumberThirtySecondLimit": TOO_MANY.format("within 30 seconds"),
    "MissingParameter": "缺少参数。",
    "MissingParameter.EmptyPhoneNumberSet": "the phone number set is empty",
    "NoSuchVersion": "接口版本不存在。",
    "InvalidAction": "接口不存在。",
}

routes = Blueprint("sms", __name__)


class Refused(Exception):
    """The whole call fails with this code."""


@routes.post("/")
def send_sms() -> Response:
    """One text to up to 200 numbers; each number has its own outcome in SendStatusSet."""
    world = the_world()
    try:
        _authenticate(world)
        body = _body()
        numbers = body.get("PhoneNumberSet")
        if not isinstance(numbers, list) or not numbers:
            raise Refused("MissingParameter.EmptyPhoneNumberSet")
        if len(numbers) > MOST_NUMBERS:
            raise Refused("LimitExceeded.PhoneNumberCountLimit")
    except Refused as refusal:
        return failed(str(refusal))
    with world.store.write() as db:
        template = catalogue.find(db, body.get("TemplateId"), "sms")
        problem = _problem(world.config.sms, body, template)
        statuses = []
        for number in map(str, numbers):
            phone = _plain(number)
            code = problem or _number_problem(world, db, phone, template)
            if not code and template:
                _deliver(world, db, phone, template, body)
            statuses.append(_status(number, code or "Ok", body))
    return _respond({"SendStatusSet": statuses})


def failed(code: str) -> Response:
    """The answer of a fault or refusal: per number for what concerns a message, else for the whole call."""
    if code.startswith(("FailedOperation.", "LimitExceeded.PhoneNumber", "InvalidParameterValue.Incorrect")):
        body = request.get_json(force=True, silent=True) or {}
        numbers = body.get("PhoneNumberSet") or []
        if 0 < len(numbers) <= MOST_NUMBERS:
            return _respond({"SendStatusSet": [_status(str(number), code, body) for number in numbers]})
    return _respond({"Error": {"Code": code, "Message": WORDS.get(code, code)}})


def _authenticate(world: World) -> None:
    account = world.config.sms
    match = re.fullmatch(
        rf"{ALGORITHM} Credential=([^/]+)/(\d{{4}}-\d\d-\d\d)/(\w+)/tc3_request, ?"
        r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
        request.headers.get("Authorization", ""),
    )
    stamp = request.headers.get("X-TC-Timestamp", "")
    if match is None or not stamp.isdigit():
        raise Refused("AuthFailure.InvalidAuthorization")
    secret_id, date, service, names, signature = match.groups()
    if secret_id != account.secret_id:
        raise Refused("AuthFailure.SecretIdNotFound")
    if not _fresh(world, int(stamp)):
        raise Refused("AuthFailure.SignatureExpire")
    signed = names.split(";")
    expected = crypto.tc3_signature(
        secret_key=account.secret_key,
        service=service,
        timestamp=int(stamp),
        headers=[(name, request.headers.get(name, "")) for name in signed],
        body=request.get_data(),
    )
    right_date = date == time.strftime("%Y-%m-%d", time.gmtime(int(stamp)))
    complete = {"content-type", "host"} <= set(signed) and service == "sms"
    if not (right_date and complete and secrets.compare_digest(expected, signature)):
        raise Refused("AuthFailure.SignatureFailure")
    if request.headers.get("X-TC-Action") != "SendSms":
        raise Refused("InvalidAction")
    if request.headers.get("X-TC-Version") != "2021-01-11":
        raise Refused("NoSuchVersion")


def _fresh(world: World, stamp: int) -> bool:
    """By the machine's clock or the world's: a product that travels in time may sign by either."""
    with world.store.read() as db:
        clocks = (time.time(), world.now(db))
    return any(abs(clock - stamp) <= CLOCK_SKEW_SECONDS for clock in clocks)


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Refused("FailedOperation.JsonParseFail") from error
    if not isinstance(body, dict):
        raise Refused("FailedOperation.JsonParseFail")
    if not body.get("SmsSdkAppId") or not body.get("TemplateId"):
        raise Refused("MissingParameter")
    return body


def _problem(account: SmsAccount, body: Mapping[str, Any], template: Template | None) -> str:
    """What is wrong with the message itself, whoever it goes to; "" when nothing is."""
    words = body.get("TemplateParamSet") or []
    if str(body["SmsSdkAppId"]) != account.sdk_app_id:
        return "InvalidParameterValue.SdkAppIdNotExist"
    if body.get("SignName") != account.sign_name:
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    if template is None:
        return "FailedOperation.TemplateIncorrectOrUnapproved"
    if len(words) != len(set(re.findall(r"\{\d+\}", template.body["text"]))):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    digits = all(re.fullmatch(r"\d{0,6}", str(word)) for word in words)
    if template.body["purpose"] == "code" and not digits:
        return "InvalidParameterValue.TemplateParameterFormatError"
    return ""


def _plain(number: str) -> str:
    """The eleven digits of a mainland number in any way of writing it; "" when it is none."""
    match = NUMBER.fullmatch(number)
    return match[1] if match else ""


def _number_problem(world: World, db: sqlite3.Connection, phone: str, template: Template | None) -> str:
    if not phone:
        return "InvalidParameterValue.IncorrectPhoneNumber"
    person = db.execute("SELECT sms_blocked FROM phone WHERE phone = ?", (phone,)).fetchone()
    if person and person["sms_blocked"]:
        return "FailedOperation.PhoneNumberInBlacklist"
    if template and template.body["purpose"] == "code":
        now = world.now(db)
        for seconds, most, code in CODE_LIMITS:
            (count,) = db.execute(
                "SELECT COUNT(*) FROM message WHERE phone = ? AND kind = 'sms' AND at > ?"
                " AND json_extract(body, '$.purpose') = 'code'",
                (phone, now - seconds),
            ).fetchone()
            if count >= most:
                return code
    return ""


def _deliver(
    world: World, db: sqlite3.Connection, phone: str, template: Template, body: Mapping[str, Any]
) -> None:
    words = [str(word) for word in body.get("TemplateParamSet") or []]
    # One pass, so that a word that looks like {2} is not filled in again.
    text = re.sub(r"\{(\d+)\}", lambda slot: words[int(slot[1]) - 1], template.body["text"])
    sender = world.config.sms.sign_name
    world.ensure(db, phone)
    world.show(
        db,
        phone,
        "sms",
        f"【{sender}】{text}",
        body={"template_id": template.id, "purpose": template.body["purpose"], "sender": sender},
    )


def _status(number: str, code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    sent = code == "Ok"
    return {
        "SerialNo": f"5000:{secrets.randbelow(9 * 10**27) + 10**27}" if sent else "",
        "PhoneNumber": number,
        "Fee": 1 if sent else 0,
        "SessionContext": str(body.get("SessionContext", "")),
        "Code": code,
        "Message": "send success" if sent else WORDS.get(code, code),
        "IsoCode": "CN" if sent else "",
    }


def _respond(payload: Mapping[str, Any]) -> Response:
    text = json.dumps({"Response": {**payload, "RequestId": str(uuid.uuid4())}}, ensure_ascii=False)
    return Response(text, content_type="application/json")
