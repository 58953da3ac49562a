"""个人权益记录单, first edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fpdf.enums import Align

from backend.documents.content import AccountPart, ContributionYear, Statement
from backend.documents.drawing.sheet import Column, Head, Sheet
from backend.documents.drawing.typefaces import NAMED_NOTE, texts_in
from backend.documents.envelope import Envelope

PART_COLUMNS = (
    Column("项目", 34, Align.L),
    Column("期初余额", 24),
    Column("本期记入", 23),
    Column("本期利息", 22),
    Column("本期支付", 22),
    Column("期末余额", 24),
)
YEAR_COLUMNS = (
    Column("年度", 13, Align.C),
    Column("缴费月数", 16, Align.C),
    Column("缴费基数合计", 27),
    Column("个人缴费", 24),
    Column("单位缴费", 24),
    Column("记入个人账户", 26),
    Column("缴费指数", 18, Align.C),
)

STANDING_NOTES = (
    "证件号码的部分字符以“*”代替，以保护个人信息。",
    (
        "本单的全部数据已经数字签名。扫描首页二维码，或登录页脚所示网址，可以核验本单的真伪和状态；"
        "对记录有异议的，请向参保地经办机构申请核查。"
    ),
)


def draw(envelope: Envelope, content: Statement, qr: str) -> Sheet:
    """Draws a statement; `qr` is the text of its QR code."""
    head = Head(
        issuer=content.issuer,
        title="个人权益记录单",
        serial=envelope.serial,
        issued_on=envelope.issued_on,
        verify_at=envelope.verify_at,
        qr=qr,
    )
    sheet = Sheet(head, texts_in(content))
    sheet.subtitle(f"{content.insurance}　{_month(content.from_month)}至{_month(content.until_month)}")
    _holder(sheet, content)
    sheet.section("一、个人账户", "单位：元")
    sheet.table_of(PART_COLUMNS, _parts(content.parts), total=len(content.parts) > 1)
    _months(sheet, content)
    if content.years:
        sheet.section("三、历年缴费记录", "单位：元（月数、指数除外）")
        sheet.table_of(YEAR_COLUMNS, _years(content.years), total=True)
    title = "四、说明" if content.years else "三、说明"
    sheet.closing(title, _notes(sheet, content), specimen=envelope.specimen)
    return sheet


def _holder(sheet: Sheet, content: Statement) -> None:
    holder = content.holder
    sheet.pairs(
        [
            ("姓名", holder.name, "证件号码", holder.id_number),
            ("参保状态", content.status, "个人编号", holder.person_number or "—"),
            ("参保地", content.agency, "数据截至", f"{content.as_of:%Y-%m-%d}"),
        ]
    )


def _parts(parts: Sequence[AccountPart]) -> list[list[str]]:
    def amounts(part: AccountPart) -> tuple[int, ...]:
        return part.opening, part.contributions, part.interest, part.payments, part.closing

    lines = [[part.label, *map(_yuan, amounts(part))] for part in parts]
    if len(parts) > 1:
        sums = (sum(column) for column in zip(*map(amounts, parts), strict=True))
        lines.append(["合计", *map(_yuan, sums)])
    return lines


def _months(sheet: Sheet, content: Statement) -> None:
    months = content.months
    sheet.section("二、缴费年限", "单位：月")
    columns = [
        Column(title, 1, Align.C) for title in ("本期缴费", "累计实际缴费", "视同缴费", "缴费年限合计")
    ]
    counts = (months.in_period, months.paid, months.deemed, months.paid + months.deemed)
    sheet.table_of(columns, [[str(count) for count in counts]], total=False)


def _years(years: Sequence[ContributionYear]) -> list[list[str]]:
    def amounts(row: ContributionYear) -> tuple[int, ...]:
        return row.base, row.own, row.employer, row.credited

    lines = [[str(row.year), str(row.months), *map(_yuan, amounts(row)), row.index or "—"] for row in years]
    sums = (sum(column) for column in zip(*map(amounts, years), strict=True))
    return [*lines, ["合计", str(sum(row.months for row in years)), *map(_yuan, sums), "—"]]


def _notes(sheet: Sheet, content: Statement) -> Iterator[tuple[str, str]]:
    for number, source in enumerate(content.sources, start=1):
        yield f"[{number}]", f"{source.label}：{source.value}。来源：{source.source}。"
    for note in (*content.notes, *([NAMED_NOTE] if sheet.names_code_points else []), *STANDING_NOTES):
        yield "·", note


def _yuan(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def _month(month: str) -> str:
    return f"{month[:4]}年{int(month[5:])}月"
