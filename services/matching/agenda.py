"""An event's timetable as people read it: by party, by table and by hour, with Korean headings and Seoul's times."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.matching.domain.meeting import Meeting
from services.matching.domain.plan import Plan
from shared.events.days import SEOUL
from shared.events.matching import MeetingStatus

STATUS: Mapping[MeetingStatus, str] = {
    "booked": "예약",
    "in_progress": "진행 중",
    "held": "완료",
    "no_show": "불참",
    "reported": "결과 보고",
    "converted": "계약 전환",
    "closed": "종결",
    "cancelled": "취소",
}
WHEN = ("시간대", "시작", "끝")
BY_PARTY = ("참가자", *WHEN, "테이블", "상대", "상태")
BY_TABLE = ("테이블", *WHEN, "기업", "기관", "상태")
BY_HOUR = (*WHEN, "테이블", "기업", "기관", "상태")

Row = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Part:
    """A list of meetings in groups - a party's, a table's, an hour's. The first columns, `named`, say which group."""

    title: str
    headings: Sequence[str]
    named: int
    groups: Sequence[Sequence[Row]]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group]


def agenda_of(
    plan: Plan, meetings: Iterable[Meeting], names: Mapping[str, str], parties: Collection[str] | None = None
) -> list[Part]:
    """Return the meetings that stand in three orders; with `parties` only theirs."""
    standing = [
        each for each in meetings if each.stands and (parties is None or not {*each.parties}.isdisjoint(parties))
    ]
    by_hour = sorted(standing, key=lambda each: (each.slot, each.table))
    by_table = sorted(standing, key=lambda each: (each.table, each.slot))
    tables = [
        [(*_where(plan, table), *_when(each), *_who(each, names)) for each in group]
        for table, group in groupby(by_table, lambda each: each.table)
    ]
    hours = [
        [(*_when(each), *_where(plan, each.table), *_who(each, names)) for each in group]
        for _, group in groupby(by_hour, lambda each: each.slot)
    ]
    sides = _by_party(plan, by_hour, names, parties)
    return [
        Part("참가자별", _headings(plan, BY_PARTY), 1, sides),
        Part("테이블별", _headings(plan, BY_TABLE), 2 if plan.halls else 1, tables),
        Part("시간별", _headings(plan, BY_HOUR), len(WHEN), hours),
    ]


def _headings(plan: Plan, headings: Sequence[str]) -> Sequence[str]:
    """Return the headings, where there are halls with the hall before the table."""
    at = headings.index("테이블")
    return (*headings[:at], "전시장", *headings[at:]) if plan.halls else headings


def hours_of(meeting: Meeting) -> tuple[str, str]:
    """Return when a meeting starts and ends in Seoul."""
    start, end = (f"{each.astimezone(SEOUL):%H:%M}" for each in (meeting.starts_at, meeting.ends_at))
    return start, end


def _by_party(
    plan: Plan, meetings: list[Meeting], names: Mapping[str, str], parties: Collection[str] | None
) -> list[Sequence[Row]]:
    sides = [
        (names.get(one, one), one, names.get(other, other), each)
        for each in meetings
        for party, one, other in zip(each.parties, each.people, each.people[::-1], strict=True)
        if parties is None or party in parties
    ]
    sides.sort(key=lambda side: side[:2])
    return [
        [(name, *_when(each), *_where(plan, each.table), other, STATUS[each.status]) for name, _, other, each in group]
        for _, group in groupby(sides, lambda side: side[1])
    ]


def _where(plan: Plan, table: int) -> Row:
    return (plan.hall_of(table), table) if plan.halls else (table,)


def _when(meeting: Meeting) -> Row:
    return (meeting.slot, *hours_of(meeting))


def _who(meeting: Meeting, names: Mapping[str, str]) -> Row:
    return (*(names.get(person, person) for person in meeting.people), STATUS[meeting.status])
