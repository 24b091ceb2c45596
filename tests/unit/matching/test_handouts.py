"""What is printed for a consultation day, read back by another library."""

from services.matching.agenda import BY_HOUR, BY_PARTY, BY_TABLE, agenda_of
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.handouts import signs_of, timetable_of
from services.matching.timetable.day import Day, Place, Timetable
from tests.printed import fonts, lines
from tests.unit.matching.builders import NOON, an_event, settled

BUYER = "pty_kwater"
NAMES = {"pty_1": "한빛", "pty_2": "한빛", BUYER: "한국수자원공사"}


def a_meeting(event: MarketEvent, slot: int, table: int = 1, firm: str = "pty_1", host: str = BUYER) -> Meeting:
    return settled(Meeting.book(f"mtg_{slot}_{table}", event, firm, host, Place(slot, table), NOON))


def test_a_timetable_reads_by_party_by_table_and_by_hour_and_names_each_group_once() -> None:
    event = an_event("released")
    meetings = [a_meeting(event, 3, firm="pty_2"), a_meeting(event, 1), a_meeting(event, 2, 2)]

    [page] = lines(timetable_of(event, agenda_of(event.plan, meetings, NAMES), NOON))

    assert page == [
        "2027년 상반기 기술마켓 상담회",
        "2026년 12월 23일 (수) 12:00~14:00 · 1차 시간표",
        "참가자별",
        " ".join(BY_PARTY),
        "한국수자원공사 1 12:00 12:30 1 한빛 예약",
        "2 12:30 13:00 2 한빛 예약",
        "3 13:00 13:30 1 한빛 예약",
        "한빛 1 12:00 12:30 1 한국수자원공사 예약",
        "2 12:30 13:00 2 한국수자원공사 예약",
        "한빛 3 13:00 13:30 1 한국수자원공사 예약",
        "테이블별",
        " ".join(BY_TABLE),
        "1 1 12:00 12:30 한빛 한국수자원공사 예약",
        "3 13:00 13:30 한빛 한국수자원공사 예약",
        "2 2 12:30 13:00 한빛 한국수자원공사 예약",
        "시간별",
        " ".join(BY_HOUR),
        "1 12:00 12:30 1 한빛 한국수자원공사 예약",
        "2 12:30 13:00 2 한빛 한국수자원공사 예약",
        "3 13:00 13:30 1 한빛 한국수자원공사 예약",
        "2027년 상반기 기술마켓 상담회 · 2026-11-23 12:00 1 / 1",
    ]


def test_where_there_are_halls_each_table_is_in_one_and_so_is_its_sign() -> None:
    event = an_event("released", halls=[{"name": "제1전시장", "tables": 1}, {"name": "별관", "tables": 2}])
    meetings = [a_meeting(event, 1), a_meeting(event, 2, 2, firm="pty_2")]

    [page] = lines(timetable_of(event, agenda_of(event.plan, meetings, NAMES), NOON))
    signs = lines(signs_of(event, meetings, NAMES, NOON))

    assert "전시장 테이블 시간대 시작 끝 기업 기관 상태" in page
    assert "별관 2 2 12:30 13:00 한빛 한국수자원공사 예약" in page
    assert "2 12:30 13:00 별관 2 한빛 한국수자원공사 예약" in page
    assert [next(line for line in sign if "테이블" in line) for sign in signs] == [
        "제1전시장 테이블",
        "별관 테이블",
        "별관 테이블",
    ]


def test_a_release_with_a_name_of_its_own_is_called_by_it() -> None:
    event = an_event("scheduling")
    day = Day((), event.plan.slots, event.plan.tables)
    event.release_timetable(day, Timetable(), [], NOON, title="확정 시간표")

    [page] = lines(timetable_of(event, agenda_of(event.plan, [], NAMES), NOON))

    assert page[1] == "2026년 12월 23일 (수) 12:00~14:00 · 확정 시간표"


def test_the_font_is_in_the_document_with_the_letters_that_are_used_and_no_more() -> None:
    event = an_event("released")

    content = timetable_of(event, agenda_of(event.plan, [a_meeting(event, 1)], NAMES), NOON)

    [(name, embedded)] = fonts(content)
    assert name.endswith("+NotoSansKR")
    assert embedded
    assert len(content) < 60_000


def test_a_group_that_goes_on_on_a_new_page_is_named_there_again() -> None:
    event = an_event("released", slots=60)
    meetings = [a_meeting(event, slot) for slot in range(1, 61)]

    first, second, *_ = lines(timetable_of(event, agenda_of(event.plan, meetings, NAMES), NOON))

    assert first[4].startswith("한국수자원공사 1 ")
    assert second[0] == " ".join(BY_PARTY)
    assert second[1].startswith("한국수자원공사 ")
    assert not second[2].startswith("한국수자원공사 ")
    assert "3 / " not in first[-1]


def test_a_name_that_is_too_long_is_cut_and_one_that_breaks_the_line_does_not() -> None:
    event = an_event("released")
    names = {"pty_1": "한\n빛 " + "정밀" * 40, BUYER: "한국수자원공사"}

    [page] = lines(timetable_of(event, agenda_of(event.plan, [a_meeting(event, 1)], names), NOON))

    [row] = [line for line in page if line.startswith("한 빛")]
    assert "…" in row
    assert row.endswith(" 1 12:00 12:30 1 한국수자원공사 예약")


def test_there_is_a_sign_for_every_table_somebody_may_sit_at() -> None:
    event = an_event("released", tables=4)
    event.close_table(Place(1, 2), "정전", NOON)
    event.close_table(Place(3, 3), "정전", NOON)
    meetings = [a_meeting(event, 2), a_meeting(event, 1, firm="pty_2")]

    signs = lines(signs_of(event, meetings, NAMES, NOON))

    assert [page[3] for page in signs] == ["1", "3", "4"]
    assert signs[0][2:-1] == ["테이블", "1", "한국수자원공사", "시간 기업", "12:00 ~ 12:30 한빛", "12:30 ~ 13:00 한빛"]
    assert signs[1][2:-1] == ["테이블", "3", "예정된 상담이 없습니다"]


def test_a_sign_names_both_sides_where_institutions_take_turns() -> None:
    event = an_event("released", tables=1)
    meetings = [a_meeting(event, 1), a_meeting(event, 2, host="pty_lh")]

    [sign] = lines(signs_of(event, meetings, NAMES | {"pty_lh": "한국토지주택공사"}, NOON))

    assert sign[4:-1] == ["시간 기업 기관", "12:00 ~ 12:30 한빛 한국수자원공사", "12:30 ~ 13:00 한빛 한국토지주택공사"]


def test_a_sign_names_the_officers_of_an_institution_who_take_turns() -> None:
    event = an_event("released", tables=1)
    meetings = [
        settled(Meeting.book(f"mtg_{slot}", event, "pty_1", BUYER, Place(slot, 1), NOON, officers=(1, slot)))
        for slot in (1, 2)
    ]
    names = NAMES | {BUYER: "한국수자원공사 담당 1", f"{BUYER}|2": "한국수자원공사 담당 2"}

    [sign] = lines(signs_of(event, meetings, names, NOON))

    assert [line.split()[-1] for line in sign[5:-1]] == ["1", "2"]


def test_a_sign_stays_one_page_however_many_meetings_there_are() -> None:
    event = an_event("released", slots=60, tables=1)

    [sign] = lines(signs_of(event, [a_meeting(event, slot) for slot in range(1, 61)], NAMES, NOON))

    assert len([line for line in sign if line.endswith(" 한빛")]) == 60


def test_a_cancelled_meeting_is_on_no_sign() -> None:
    event = an_event("released", tables=1)
    meeting = a_meeting(event, 1)
    meeting.cancel("일정 중복", NOON)

    [sign] = lines(signs_of(event, [meeting], NAMES, NOON))

    assert "예정된 상담이 없습니다" in sign
