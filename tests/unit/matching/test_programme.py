"""Talks and awards: when and where they may be, who is on stage, and what that keeps from meeting."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from services.matching.agenda import agenda_of, programme_of
from services.matching.calendars import calendar_of
from services.matching.domain.event import MarketEvent
from services.matching.domain.programme import PlannedPart
from services.matching.domain.room import Room
from services.matching.domain.scheduling import parties_of
from services.matching.handouts import timetable_of
from services.matching.timetable.day import Party
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import FileState
from shared.events.matching import EventStatus
from tests.printed import lines
from tests.unit.matching.builders import FIRM, HOUR, INSTITUTION, NOON, START, a_participation, an_event, said

MINUTE = timedelta(minutes=1)
NAMES = {FIRM: "한빛", INSTITUTION: "한국수자원공사"}


def a_part(**changed: Any) -> PlannedPart:
    part = {
        "part_kind": "future_technology_talk",
        "title": "저전력 분리막의 미래",
        "starts_at": START + 30 * MINUTE,
        "minutes": 40,
        "on_stage": [{"party": FIRM}],
    }
    return PlannedPart.model_validate(part | changed)


def a_file(owner: str = INSTITUTION, **changed: Any) -> FileState:
    file = {"id": "fil_1", "owner": owner, "media_type": "application/pdf", "size": 9, "sha256": "0" * 64}
    return FileState.model_validate(file | {"status": "kept"} | changed)


def with_part(event: MarketEvent, **changed: Any) -> MarketEvent:
    event.plan_part(a_part(**changed), NOON)
    return event


@pytest.mark.parametrize(
    ("changed", "halls", "rule"),
    [
        ({"starts_at": START - 12 * HOUR - MINUTE}, [], "part.not_on_the_day"),
        ({"starts_at": START + 13 * HOUR + 30 * MINUTE, "minutes": 31}, [], "part.not_on_the_day"),
        ({"hall": "강연장"}, [], "part.hall_unknown"),
        ({"hall": ""}, ["전시장"], "part.hall_unknown"),
        ({"hall": "별관"}, ["전시장"], "part.hall_unknown"),
    ],
)
def test_a_part_is_on_the_day_and_in_a_hall_of_its_event(changed: dict[str, Any], halls: list[str], rule: str) -> None:
    event = an_event(halls=[{"name": name, "tables": 3} for name in halls])

    with pytest.raises(Invalid) as refusal:
        a_part(**changed).must_suit(event.plan, NOON)

    assert refusal.value.rule == rule


def test_a_part_is_planned_ahead_before_the_first_meeting_too() -> None:
    plan = an_event().plan
    opening = a_part(starts_at=START - 2 * HOUR)

    opening.must_suit(plan, NOON)
    with pytest.raises(Invalid, match=r"part\.in_the_past"):
        opening.must_suit(plan, opening.starts_at)


def test_who_is_on_stage_takes_part_once_with_an_officer_it_has() -> None:
    firm, waiting = a_participation(), a_participation()
    waiting.withdraw("일정 중복", NOON)

    a_part().must_be_presented([firm], None)
    for absent in (waiting, None):
        with pytest.raises(Refused, match=r"participation\.missing") as missing:
            a_part(on_stage=[{"party": FIRM}, {"party": INSTITUTION}]).must_be_presented([firm, absent], None)
        assert missing.value.field == "/on_stage/1/party"
    with pytest.raises(Invalid, match=r"participation\.officer_unknown") as unknown:
        a_part(on_stage=[{"party": FIRM, "officer": 2}]).must_be_presented([firm], None)
    assert unknown.value.field == "/on_stage/0/officer"
    with pytest.raises(Invalid, match=r"part\.named_twice"):
        a_part(on_stage=[{"party": FIRM}, {"party": FIRM, "officer": 1}]).must_be_presented([firm, firm], None)


def test_a_talk_on_purchasing_policy_has_the_criteria_of_the_buyer_on_stage() -> None:
    both = [a_participation(), a_participation(INSTITUTION, "institution")]
    people = [{"party": FIRM}, {"party": INSTITUTION}]
    talk = a_part(part_kind="purchasing_policy_talk", on_stage=people, document="fil_1")

    talk.must_be_presented(both, a_file())
    a_part(on_stage=people, document="fil_1").must_be_presented(both, a_file(FIRM))
    for document, rule in (
        (None, "missing"),
        (a_file(FIRM), "not_theirs"),
        (a_file("pty_other"), "not_theirs"),
        (a_file(status="removed"), "not_theirs"),
    ):
        with pytest.raises(Invalid, match=rf"part\.document_{rule}") as refusal:
            talk.must_be_presented(both, document)
        assert refusal.value.field == "/document"


def test_a_hall_has_one_part_at_once_and_nobody_is_in_two() -> None:
    event = an_event(halls=[{"name": "전시장", "tables": 3}, {"name": "강연장", "tables": 0}])
    with_part(event, hall="강연장")
    end = a_part().ends_at

    for starts_at in (START, a_part().starts_at, end - MINUTE):
        with pytest.raises(Refused, match=r"part\.hall_taken"):
            with_part(event, hall="강연장", starts_at=starts_at, on_stage=[{"party": INSTITUTION}])
        with pytest.raises(Refused, match=r"part\.party_taken"):
            with_part(event, hall="전시장", starts_at=starts_at)
    with_part(event, hall="전시장", on_stage=[{"party": INSTITUTION}, {"party": FIRM, "officer": 2}])
    with_part(event, hall="강연장", starts_at=end)

    assert [each.number for each in event.parts] == [1, 2, 3]
    assert said(event) == ["part_planned"] * 3


def test_a_part_is_changed_and_withdrawn_until_it_begins_and_keeps_its_number() -> None:
    event = with_part(an_event(), document="fil_1")
    later = a_part().starts_at + 30 * MINUTE

    event.change_part(1, a_part(starts_at=later, document="fil_2"), NOON + HOUR)
    for _ in range(2):
        event.change_part(1, a_part(starts_at=later, minutes=20, document="fil_2"), NOON + HOUR)
    for reason in ("연사 사정", "다시"):
        event.withdraw_part(1, reason, NOON + 2 * HOUR)

    assert said(event) == ["part_planned", "part_changed", "part_changed", "part_withdrawn"]
    assert [each.model_dump()["former_document"] for each in event.recorded] == ["", "fil_1", "", "fil_2"]
    [part] = event.parts
    assert (part.status, part.reason, part.starts_at, part.changes) == ("withdrawn", "연사 사정", later, 3)
    with pytest.raises(Refused, match=r"part\.withdrawn"):
        event.change_part(1, a_part(), NOON)
    with pytest.raises(NotFound, match=r"part\.unknown"):
        event.withdraw_part(2, "연사 사정", NOON)
    with_part(event)
    with pytest.raises(Refused, match=r"part\.begun"):
        event.withdraw_part(2, "연사 사정", a_part().starts_at)


def test_who_takes_part_no_more_leaves_what_has_not_begun_and_what_it_alone_was_in_is_withdrawn() -> None:
    event, both = an_event(), [{"party": FIRM}, {"party": INSTITUTION}]
    for hours, on_stage in enumerate((both, both, [{"party": FIRM}], [{"party": INSTITUTION}])):
        with_part(event, starts_at=START + hours * HOUR, on_stage=on_stage, document="fil_1")

    event.leave_stage(FIRM, START + MINUTE)
    event.leave_stage(FIRM, START + MINUTE)

    assert said(event)[4:] == ["part_changed", "part_withdrawn"]
    assert [[each.party for each in part.on_stage] for part in event.parts[:2]] == [[FIRM, INSTITUTION], [INSTITUTION]]
    assert [(part.status, part.changes) for part in event.parts[1:]] == [
        ("planned", 1),
        ("withdrawn", 1),
        ("planned", 0),
    ]
    assert event.parts[2].reason == "participation_ended"
    assert [part.document for part in event.parts] == ["fil_1"] * 4


def test_a_programme_has_an_end_that_counts_what_was_withdrawn() -> None:
    event = an_event()
    for _ in range(100):
        with_part(event)
        event.withdraw_part(len(event.parts), "연사 사정", NOON)

    with pytest.raises(Refused, match=r"part\.too_many"):
        with_part(event)


@pytest.mark.parametrize(
    ("status", "open_"), [("planned", True), ("running", True), ("closed", False), ("cancelled", False)]
)
def test_the_programme_is_set_until_the_event_is_over(status: EventStatus, open_: bool) -> None:  # noqa: FBT001
    event = an_event(status)

    if open_:
        assert with_part(event).parts
    else:
        with pytest.raises(Refused, match=r"event\.not_planned"):
            with_part(event)


@given(start=st.integers(-60, 150), minutes=st.integers(5, 200))
def test_who_is_on_stage_meets_in_no_slot_that_overlaps_it(start: int, minutes: int) -> None:
    event = with_part(
        an_event("running", rests=[{"after_slot": 2, "minutes": 15}]), minutes=minutes, starts_at=START + start * MINUTE
    )
    firm, host = a_participation(officers=2), a_participation(INSTITUTION, "institution")
    firm.be_absent([4], "출장", NOON, officer=1)
    plan, part = event.plan, event.parts[0]

    overlapped = {
        slot
        for slot in range(1, plan.slots + 1)
        if max(plan.start_of(slot), part.starts_at) < min(plan.end_of(slot), part.ends_at)
    }
    room = Room(event, [firm, host], [], NOON)

    assert event.away(firm) == (frozenset(overlapped | {4}), frozenset())
    assert parties_of(event, [firm, host]) == {FIRM: Party((frozenset(overlapped | {4}), frozenset()))}
    for slot in range(1, plan.slots + 1):
        there = {officer for officer, _ in room.officers((FIRM, INSTITUTION), slot)}
        assert there == ({2} if slot in overlapped | {4} else {1, 2})


def test_what_is_withdrawn_keeps_nobody_from_meeting() -> None:
    event = with_part(an_event())

    event.withdraw_part(1, "연사 사정", NOON)

    assert event.away(a_participation()) == (frozenset(),)
    with_part(event)


def test_the_programme_is_printed_before_the_meetings_by_time_without_the_withdrawn() -> None:
    event = an_event("released", halls=[{"name": "전시장", "tables": 3}, {"name": "강연장", "tables": 0}])
    with_part(event, hall="강연장", on_stage=[{"party": FIRM}, {"party": INSTITUTION}])
    with_part(event, hall="강연장", starts_at=START - HOUR, title="개막 시상", part_kind="award")
    with_part(event, hall="전시장", starts_at=START + 2 * HOUR)
    event.withdraw_part(3, "연사 사정", NOON)

    programme = programme_of(event, NAMES)
    [page] = lines(timetable_of(event, programme + agenda_of(event.plan, [], NAMES), NOON))

    assert page[2:6] == [
        "프로그램",
        "시작 끝 구분 제목 전시장 발표·수상",
        "11:00 11:40 시상 개막 시상 강연장 한빛",
        "12:30 13:10 미래기술 강연 저전력 분리막의 미래 강연장 한빛, 한국수자원공사",
    ]
    event.cancel("태풍", NOON)
    assert programme_of(event, NAMES) == programme_of(an_event(), NAMES) == []


def test_a_talk_on_the_evening_before_stands_in_the_programme_with_its_date() -> None:
    event = with_part(with_part(an_event("released", starts_at=START - 3 * HOUR)), starts_at=START - 15 * HOUR)

    [section] = programme_of(event, NAMES)

    assert section.headings[:3] == ("날짜", "시작", "끝")
    assert [row[:2] for row in section.rows] == [("12월 22일", "21:00"), ("12월 23일", "12:30")]


def test_a_part_stands_in_a_calendar_and_stays_there_as_cancelled() -> None:
    event = with_part(an_event("released"))

    def entry() -> Any:
        [found] = Calendar.from_ical(calendar_of(event, [], NAMES, FIRM)).events
        return found

    planned = entry()
    event.change_part(1, a_part(minutes=20), NOON + HOUR)
    changed = entry()
    event.cancel("태풍", NOON + HOUR)
    cancelled = entry()

    assert str(planned["SUMMARY"]) == "[미래기술 강연] 저전력 분리막의 미래"
    assert "LOCATION" not in planned
    assert (planned["DTSTART"].dt, planned["DTEND"].dt) == (a_part().starts_at, a_part().ends_at)
    assert (changed["DTEND"].dt, changed["DTSTAMP"].dt) == (START + 50 * MINUTE, NOON + HOUR)
    assert planned["UID"] == changed["UID"] == cancelled["UID"] == "evt_1-part-1"
    assert [each["SEQUENCE"] for each in (planned, changed, cancelled)] == [0, 1, 2]
    assert str(cancelled["STATUS"]) == "CANCELLED"
    assert str(cancelled["DESCRIPTION"]).endswith("취소 사유: 태풍")


def test_a_part_stands_in_the_calendar_of_the_officer_on_stage_alone() -> None:
    event = with_part(an_event("released"), on_stage=[{"party": FIRM, "officer": 2}])

    shown = [len(Calendar.from_ical(calendar_of(event, [], NAMES, FIRM, officer)).events) for officer in (0, 1, 2)]

    assert shown == [1, 0, 1]


def test_who_is_no_longer_on_stage_still_has_the_part_in_its_calendar_as_cancelled() -> None:
    event = with_part(an_event("released"), on_stage=[{"party": FIRM}, {"party": INSTITUTION}])
    with_part(event, starts_at=START + 2 * HOUR, on_stage=[{"party": INSTITUTION}])

    def status(party: str) -> list[str]:
        return [str(each["STATUS"]) for each in Calendar.from_ical(calendar_of(event, [], NAMES, party)).events]

    for _ in range(2):
        event.change_part(1, a_part(on_stage=[{"party": INSTITUTION}]), NOON)
    off = Calendar.from_ical(calendar_of(event, [], NAMES, FIRM)).events[0]

    assert (status(FIRM), status(INSTITUTION)) == (["CANCELLED"], ["CONFIRMED", "CONFIRMED"])
    assert (off["SEQUENCE"], str(off["SUMMARY"])) == (1, "[취소] [미래기술 강연] 저전력 분리막의 미래")
    assert str(off["DESCRIPTION"]).endswith("취소 사유: 발표자·수상자 변경")
    event.change_part(1, a_part(), NOON)
    assert (status(FIRM), event.parts[0].left) == (["CONFIRMED"], [INSTITUTION])
