import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.dzn import Day, DznError, Meeting, Session, parse

DATA = Path(__file__).parents[2] / "data"
SMALL = (DATA / "small.dzn").read_text(encoding="utf-8")
CATALAN = (DATA / "small_catalan.dzn").read_text(encoding="utf-8")
FINISHED = (DATA / "small_finished.dzn").read_text(encoding="utf-8")


def test_a_day_is_read_with_english_names() -> None:
    day = parse(SMALL)

    assert (day.participants, day.tables, day.slots, day.morning_slots) == (6, 2, 5, 3)
    assert len(day.meetings) == 7
    assert day.meetings[1] == Meeting(1, 5, Session.MORNING, fixed=2)
    assert day.meetings[5] == Meeting(3, 6, Session.EITHER, after=frozenset({4, 5}))


def test_a_day_is_read_with_catalan_names() -> None:
    assert parse(CATALAN) == Day(
        participants=4,
        tables=1,
        slots=4,
        morning_slots=2,
        meetings=(
            Meeting(1, 3, Session.MORNING),
            Meeting(2, 3, Session.AFTERNOON),
            Meeting(2, 4, Session.EITHER, fixed=4),
        ),
        forbidden=(frozenset(), frozenset({1}), frozenset(), frozenset()),
    )


def test_a_finished_day_is_read_with_its_slots_fixed() -> None:
    day = parse(FINISHED)

    assert [(it.one, it.other, it.fixed) for it in day.meetings] == [(1, 2, 1), (1, 3, 2)]


def test_the_zero_that_fills_forbidden_is_no_slot() -> None:
    none, fifth, first = frozenset[int](), frozenset({5}), frozenset({1})

    assert parse(SMALL).forbidden == (none, fifth, none, first, none, none)


def test_a_second_definition_as_a_list_leaves_the_number_of_morning_slots() -> None:
    assert SMALL.count("nMorningSlots") == 2
    assert parse(SMALL).morning_slots == 3


@pytest.mark.parametrize("text", [SMALL, CATALAN, FINISHED], ids=["english", "catalan", "finished"])
def test_a_day_cut_short_anywhere_is_refused(text: str) -> None:
    last_needed = text.rindex(";", 0, text.rfind("nMorningSlots = [") if text == SMALL else None)

    for end in range(last_needed + 1):
        with pytest.raises(DznError):
            parse(text[:end])


@given(st.integers(0, len(SMALL)), st.text("0123456789[]{}|,;=%-ab \n\u0663\u00e9", max_size=4))
def test_a_damaged_day_is_read_or_refused(at: int, damage: str) -> None:
    with suppress(DznError):
        parse(SMALL[:at] + damage + SMALL[at + len(damage) :])


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("nTables = 2;", "nTables = 2", "line 5, nTables: expected ;, found nTotalSlots"),
        ("nTables = 2;", "nTables = ;", "line 4, nTables: expected [, found ;"),
        ("nTables = 2;", "nTables = 0;", "line 4, nTables: expected 1 to 999999, found 0"),
        ("nTables = 2;", "nTables = {2};", "line 4, nTables: expected [, found {"),
        ("nTables = 2;", "nTables = [2];", "line 4, nTables: expected a number, found a list"),
        ("nTables = 2;", "", "line 25, nTables: expected a number of this name, found no such"),
        ("nTables = 2;", "nTables = 2; nTables = 3;", "expected one definition, found a second"),
        ("nTables = 2;", "= 2;", "line 4, nMeetings: expected the name of a field, found ="),
        ("nMeetings = 7;", "nMeetings = 8;", "requested: expected 8 of them, found 7"),
        ("|1, 5, 1,", "|1, 5, 4,", "requested: expected two participants and 1 to 3, found [1, 5"),
        ("|1, 5, 1,", "|1, 7, 1,", "line 8, requested: expected 1 to 6, found 7"),
        ("|1, 5, 1,", "|1, 1, 1,", "requested: expected two participants"),
        ("|1, 5, 1,", "|1, 5,", "requested: expected 3 numbers, found 2"),
        ("|1, 5, 1,", "|1, 5 1,", "line 9, requested: expected ,, found 1"),
        ("|1, 5, 1,", "|1, 5, 1234567,", "line 9, requested: expected a number of at most six"),
        ("{0,5}", "{0,6}", "forbidden: expected 0 to 5, found 6"),
        ("{4,5}", "{4,8}", "precedences: expected 0 to 7, found 8"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_field(right: str, wrong: str, said: str) -> None:
    with pytest.raises(DznError, match=re.escape(said)):
        parse(SMALL.replace(right, wrong))
