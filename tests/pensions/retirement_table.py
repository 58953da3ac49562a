"""The tables of the decision of 2024-09-13 on raising the retirement age, as data.

全国人民代表大会常务委员会关于实施渐进式延迟法定退休年龄的决定, annexes 1 to 3 (延迟法定退休年龄对照表):
https://www.npc.gov.cn/npc/c2/kgfb/202409/t20240913_439534.html

Written out by hand, cell by cell, in the layout of the annexes; nothing is computed but the months within
a cell. A cell has the new age, and the month in which those retire who were born in its first month; each
later birth month of the cell retires one month later. Held against cells that others published from the
annexes: men born 1965-05 retire in 2025-07, 1965-12 in 2026-03, 1976-08 at 62 years and 11 months; women
of 55 born 1971-04 in 2026-08 at 55 years and 4 months; women of 50 born 1984-10 at 54 years and 11
months; 1976-12, 1981-12 and 1984-12 retire in 2039-12 all.
"""

from __future__ import annotations

from datetime import date

# Born      January to April     May to August        September to December
MALE_60 = """
1965        60岁1个月  2025-02   60岁2个月  2025-07   60岁3个月  2025-12
1966        60岁4个月  2026-05   60岁5个月  2026-10   60岁6个月  2027-03
1967        60岁7个月  2027-08   60岁8个月  2028-01   60岁9个月  2028-06
1968        60岁10个月 2028-11   60岁11个月 2029-04   61岁       2029-09
1969        61岁1个月  2030-02   61岁2个月  2030-07   61岁3个月  2030-12
1970        61岁4个月  2031-05   61岁5个月  2031-10   61岁6个月  2032-03
1971        61岁7个月  2032-08   61岁8个月  2033-01   61岁9个月  2033-06
1972        61岁10个月 2033-11   61岁11个月 2034-04   62岁       2034-09
1973        62岁1个月  2035-02   62岁2个月  2035-07   62岁3个月  2035-12
1974        62岁4个月  2036-05   62岁5个月  2036-10   62岁6个月  2037-03
1975        62岁7个月  2037-08   62岁8个月  2038-01   62岁9个月  2038-06
1976        62岁10个月 2038-11   62岁11个月 2039-04   63岁       2039-09
"""

FEMALE_55 = """
1970        55岁1个月  2025-02   55岁2个月  2025-07   55岁3个月  2025-12
1971        55岁4个月  2026-05   55岁5个月  2026-10   55岁6个月  2027-03
1972        55岁7个月  2027-08   55岁8个月  2028-01   55岁9个月  2028-06
1973        55岁10个月 2028-11   55岁11个月 2029-04   56岁       2029-09
1974        56岁1个月  2030-02   56岁2个月  2030-07   56岁3个月  2030-12
1975        56岁4个月  2031-05   56岁5个月  2031-10   56岁6个月  2032-03
1976        56岁7个月  2032-08   56岁8个月  2033-01   56岁9个月  2033-06
1977        56岁10个月 2033-11   56岁11个月 2034-04   57岁       2034-09
1978        57岁1个月  2035-02   57岁2个月  2035-07   57岁3个月  2035-12
1979        57岁4个月  2036-05   57岁5个月  2036-10   57岁6个月  2037-03
1980        57岁7个月  2037-08   57岁8个月  2038-01   57岁9个月  2038-06
1981        57岁10个月 2038-11   57岁11个月 2039-04   58岁       2039-09
"""

# Born  from January        March             May               July               September          November
FEMALE_50 = """
1975    50岁1个月 2025-02   50岁2个月 2025-05   50岁3个月 2025-08   50岁4个月 2025-11   50岁5个月 2026-02   50岁6个月 2026-05
1976    50岁7个月 2026-08   50岁8个月 2026-11   50岁9个月 2027-02   50岁10个月 2027-05  50岁11个月 2027-08  51岁 2027-11
1977    51岁1个月 2028-02   51岁2个月 2028-05   51岁3个月 2028-08   51岁4个月 2028-11   51岁5个月 2029-02   51岁6个月 2029-05
1978    51岁7个月 2029-08   51岁8个月 2029-11   51岁9个月 2030-02   51岁10个月 2030-05  51岁11个月 2030-08  52岁 2030-11
1979    52岁1个月 2031-02   52岁2个月 2031-05   52岁3个月 2031-08   52岁4个月 2031-11   52岁5个月 2032-02   52岁6个月 2032-05
1980    52岁7个月 2032-08   52岁8个月 2032-11   52岁9个月 2033-02   52岁10个月 2033-05  52岁11个月 2033-08  53岁 2033-11
1981    53岁1个月 2034-02   53岁2个月 2034-05   53岁3个月 2034-08   53岁4个月 2034-11   53岁5个月 2035-02   53岁6个月 2035-05
1982    53岁7个月 2035-08   53岁8个月 2035-11   53岁9个月 2036-02   53岁10个月 2036-05  53岁11个月 2036-08  54岁 2036-11
1983    54岁1个月 2037-02   54岁2个月 2037-05   54岁3个月 2037-08   54岁4个月 2037-11   54岁5个月 2038-02   54岁6个月 2038-05
1984    54岁7个月 2038-08   54岁8个月 2038-11   54岁9个月 2039-02   54岁10个月 2039-05  54岁11个月 2039-08  55岁 2039-11
"""  # noqa: E501

Row = tuple[int, date]
"""Age in months, month of retirement."""


def rows(table: str) -> dict[date, Row]:
    """What a table says of every birth month in it."""
    found: dict[date, Row] = {}
    for line in table.strip().splitlines():
        year, *cells = line.split()
        wide = 12 // (len(cells) // 2)
        for number, (age, month) in enumerate(zip(cells[::2], cells[1::2], strict=True)):
            first = date.fromisoformat(f"{month}-01")
            for later in range(wide):
                born = date(int(year), number * wide + later + 1, 1)
                found[born] = (_months(age), _later(first, later))
    return found


def _months(age: str) -> int:
    years, _, months = age.removesuffix("个月").partition("岁")
    return int(years) * 12 + int(months or 0)


def _later(month: date, count: int) -> date:
    for _ in range(count):
        month = date(month.year + 1, 1, 1) if month.month == 12 else date(month.year, month.month + 1, 1)
    return month
