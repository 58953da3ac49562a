"""What the registry refuses."""

from __future__ import annotations

from backend.kernel.errors import Conflict


class PersonExists(Conflict):
    """An active identifier bears this number."""

    code = "person_exists"
    title = "该证件号码已登记，请先查询已有记录"


class PersonChanged(Conflict):
    """Somebody changed the record since it was read."""

    code = "person_changed"
    title = "资料已被他人修改，请刷新后重新办理"


class PersonMergedAway(Conflict):
    """The record was merged into another one."""

    code = "person_merged"
    title = "该记录已合并到另一条记录，请在保留的记录上办理"


class PersonDead(Conflict):
    """The person is registered as deceased."""

    code = "person_deceased"
    title = "该人员已登记死亡，不能办理此业务"


class AlreadyThere(Conflict):
    """The person is in the care of that agency already."""

    code = "agency_unchanged"
    title = "该人员已由此经办机构管理，无需转移"


class AlreadyLeft(Conflict):
    """The person's insurance was carried to another province before."""

    code = "person_left"
    title = "该人员的社保关系已转出，无需再次办理"


class StillInsured(Conflict):
    """An enrolment runs on."""

    code = "still_insured"
    title = "该人员仍有参保关系未停保，请先办理停保再转出"


class LifeDiffers(Conflict):
    """Of two records to be merged, one says that the person died."""

    code = "merge_life_differs"
    title = "两条记录的生存状态不一致，请先核实更正后再合并"


class EnrolmentOverlaps(Conflict):
    """The person is insured there for some of these months already."""

    code = "enrolment_overlaps"
    title = "所选时段与已有参保记录重叠，请先核对参保记录"


class EnrolmentClosed(Conflict):
    """The enrolment has an end, or never counted."""

    code = "enrolment_closed"
    title = "该参保记录已经停保，请刷新后再试"


class BaseDeclaredAlready(Conflict):
    """A base was declared from this month on."""

    code = "base_declared"
    title = "该月份已申报过缴费基数"
