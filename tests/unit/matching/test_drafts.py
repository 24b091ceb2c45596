"""A draft under any order of commands, and what two timetables are compared by."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.draft import WAITING, Draft
from services.matching.domain.plan import Score
from services.matching.draft_views import merits_of, moves_between
from services.matching.timetable.day import Day, Place, Request, Timetable
from shared.errors import Refused
from tests.unit.matching.builders import NOON, an_event, said, settled

SCORE = Score(value=1, most_value=1, gaps=0, least_gaps=0)
COMMANDS = st.lists(st.sampled_from(["progress", "finish", "fail", "cancel", "tick", "late tick"]), max_size=6)
MAY = {
    "progress": {"planning": ("planning", ["progressed"])},
    "finish": {"planning": ("ready", ["ready"])},
    "fail": {"planning": ("failed", ["ended"])},
    "cancel": {"planning": ("cancelled", ["ended"]), "ready": ("cancelled", ["ended"]), "cancelled": ("cancelled", [])},
    "tick": dict.fromkeys(("planning", "ready", "failed", "cancelled"), ("", list[str]())),
    "late tick": {"planning": ("failed", ["ended"])} | dict.fromkeys(("ready", "failed", "cancelled"), ("", [])),
}


def a_draft() -> Draft:
    return settled(Draft.begin("drf_1", an_event("scheduling"), "1안", 10.0, NOON))


@given(COMMANDS)
def test_a_draft_does_what_its_table_says_whatever_is_asked_of_it(commands: list[str]) -> None:
    draft, gaps = a_draft(), 100
    for command in commands:
        settled(draft)
        gaps -= 1
        ways: dict[str, Callable[[], None]] = {
            "progress": partial(draft.progress, gaps, 1, NOON),
            "finish": lambda: draft.finish(Timetable({"req_1": Place(1, 1)}), SCORE, NOON),
            "fail": lambda: draft.fail("no_plan", NOON),
            "cancel": lambda: draft.cancel("조건 변경", NOON),
            "tick": lambda: draft.tick(NOON),
            "late tick": lambda: draft.tick(NOON + timedelta(seconds=10) + WAITING),
        }
        carry_out = ways[command]
        before = draft.model_dump()
        if draft.status not in MAY[command]:
            with pytest.raises(Refused, match=r"draft\.not_"):
                carry_out()
            assert draft.model_dump() == before
            continue
        status, names = MAY[command][draft.status]
        expected = status or draft.status
        carry_out()

        assert (draft.status, said(draft)) == (expected, names)
        assert (draft.due() is None) == (draft.status != "planning")


def test_progress_that_is_none_is_not_told() -> None:
    draft = a_draft()

    draft.progress(None, 0, NOON)

    assert said(draft) == []


def test_the_merits_of_a_timetable_are_counted_from_it() -> None:
    wishes = [("a", "x", 3), ("a", "y", 5), ("b", "x", 1), ("b", "z", 9)]
    requests = (Request(f"req_{at}", host, guest, worth, at) for at, (host, guest, worth) in enumerate(wishes))
    day = Day(tuple(requests), slots=4, tables=2)
    timetable = Timetable({"req_0": Place(1, 1), "req_1": Place(4, 1), "req_2": Place(3, 1)})

    merits = merits_of(day, timetable)

    assert (merits.placed, merits.unplaced, merits.priorities, merits.without) == (3, 1, 9, 1)
    assert (merits.gaps, merits.longest, merits.spread) == (2, 1, 1)


def test_only_what_has_another_place_is_a_move() -> None:
    before, after = {"req_1": Place(1, 1), "req_2": Place(2, 1)}, {"req_1": Place(1, 1), "req_3": Place(2, 1)}

    moves = moves_between(before, after, [(f"req_{number}", "pty_f", "pty_i") for number in range(1, 5)])

    assert [(each.request, each.before, each.after) for each in moves] == [
        ("req_2", Place(2, 1), None),
        ("req_3", None, Place(2, 1)),
    ]
