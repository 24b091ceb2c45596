"""An event's timetable as people read it: by party, by table and by hour, with Korean headings and Seoul's times."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.plan import Plan
from services.matching.domain.seating import person_of
from shared.events.days import SEOUL
from shared.events.matching import EventPart, MeetingStatus, PartKind

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
KIND: Mapping[PartKind, str] = {
    "future_technology_talk": "미래기술 강연",
    "purchasing_policy_talk": "구매정책 설명회",
    "award": "시상",
}
WHEN = ("시간대", "시작", "끝")
BY_PARTY = ("참가자", *WHEN, "테이블", "상대", "상태")
BY_TABLE = ("테이블", *WHEN, "기업", "기관", "상태")
BY_HOUR = (*WHEN, "테이블", "기업", "기관", "상태")
PROGRAMME = ("시작", "끝", "구분", "제목", "발표·수상")

Row = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Section:
    """A list in groups - the meetings of a party, a table, an hour. The first columns, `named`, say which group."""

    title: str
    headings: Sequence[str]
    named: int
    groups: Sequence[Sequence[Row]]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group]


def agenda_of(
    plan: Plan, meetings: Iterable[Meeting], names: Mapping[str, str], parties: Collection[str] | None = None
) -> list[Section]:
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
        Section("참가자별", _headings(plan, BY_PARTY), 1, sides),
        Section("테이블별", _headings(plan, BY_TABLE), 2 if plan.halls else 1, tables),
        Section("시간별", _headings(plan, BY_HOUR), len(WHEN), hours),
    ]


def programme_of(event: MarketEvent, names: Mapping[str, str]) -> list[Section]:
    """Return the talks and awards that take place, by time; nothing where there are none.

    Each has its date where one of them is on another day than the meetings.
    """
    parts = [] if event.status == "cancelled" else [each for each in event.parts if each.status == "planned"]
    planned = sorted(parts, key=lambda each: each.starts_at)
    halls, dates = event.plan.halls, [_date(each.starts_at) for each in planned]
    dated = {*dates} - {_date(event.plan.starts_at)}
    headings = (*PROGRAMME[:4], "전시장", *PROGRAMME[4:]) if halls else PROGRAMME
    headings = ("날짜", *headings) if dated else headings
    rows = [
        (
            *((date,) if dated else ()),
            *hours_of(each),
            KIND[each.part_kind],
            each.title,
            *((each.hall,) if halls else ()),
            ", ".join(on_stage(each, names)),
        )
        for date, each in zip(dates, planned, strict=True)
    ]
    return [Section("프로그램", headings, 0, [[row] for row in rows])] if rows else []


def on_stage(part: EventPart, names: Mapping[str, str]) -> list[str]:
    """Return what those are called who speak or are honoured."""
    people = [person_of(each.party, each.officer) for each in part.on_stage]
    return [names.get(person, person) for person in people]


def _headings(plan: Plan, headings: Sequence[str]) -> Sequence[str]:
    """Return the headings, where there are halls with the hall before the table."""
    at = headings.index("테이블")
    return (*headings[:at], "전시장", *headings[at:]) if plan.halls else headings


def _date(moment: datetime) -> str:
    day = moment.astimezone(SEOUL)
    return f"{day.month}월 {day.day}일"


def hours_of(timed: Meeting | EventPart) -> tuple[str, str]:
    """Return when a meeting, or a talk or an award, starts and ends in Seoul."""
    start, end = (f"{each.astimezone(SEOUL):%H:%M}" for each in (timed.starts_at, timed.ends_at))
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
