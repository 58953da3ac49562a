"""What the official account answers to words, buttons and new followers: where to find it, never a link."""

from __future__ import annotations

from collections.abc import Mapping

BALANCE = "个人账户和缴费记录：请打开“电子社保”小程序，在“查询”中查看；首次使用请先完成实名绑定。"
CERTIFY = (
    "领取待遇资格认证：请打开“电子社保”小程序，点“资格认证”，按提示拍摄本人面部即可；"
    "也可由家人通过“亲情账户”帮办，或到经办窗口办理。"
)
PAY = (
    "灵活就业缴费：请打开“电子社保”小程序，点“我要缴费”，选择缴费基数和月份后支付；缴费结果可在“查询”中查看。"
)
BIND = (
    "实名绑定：请在“电子社保”小程序“我的”中填写姓名和身份证号码，"
    "用预留手机号、社保卡卡号或经办窗口签发的绑定码核实。"
)
CONTACT = "人工服务：请拨打12333，或到就近的社保经办窗口办理。我们不会索要验证码，也不会在消息中发送链接。"
HELP = (
    "您好，这里是电子社保。您可以回复：\n"
    "“余额”查个人账户和缴费记录\n“认证”办领取待遇资格认证\n“缴费”办灵活就业缴费\n“绑定”了解实名绑定\n“人工”找工作人员"
)
WELCOME = "感谢关注！" + HELP
BY_WORD: tuple[tuple[tuple[str, ...], str], ...] = (
    (("认证", "刷脸", "人脸", "生存"), CERTIFY),
    (("绑定", "实名", "登录", "验证码"), BIND),
    (("余额", "账户", "记录", "查询", "养老金", "待遇"), BALANCE),
    (("缴费", "交费", "参保", "灵活就业", "补缴"), PAY),
    (("人工", "客服", "电话", "投诉", "窗口"), CONTACT),
)
"""Words that say what somebody wants; the first that occurs decides."""
BY_KEY: Mapping[str, str] = {
    "BALANCE": BALANCE,
    "CERTIFY": CERTIFY,
    "PAY": PAY,
    "BIND": BIND,
    "CONTACT": CONTACT,
}
"""Answers to the menu's buttons."""


def to_text(text: str) -> str:
    """The answer to what somebody wrote."""
    return next((reply for words, reply in BY_WORD if any(word in text for word in words)), HELP)


def to_key(key: str) -> str:
    """The answer to a tapped button; phones may still show an older menu than ours."""
    return BY_KEY.get(key, HELP)
