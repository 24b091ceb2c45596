"""An independent reading of which meeting is in which slot; nothing in it is shared with what found the slots."""

from collections import Counter
from collections.abc import Iterator, Sequence

from services.matching.timetable.problem import Problem


def faults(problem: Problem, slot_of: Sequence[int]) -> list[str]:
    """Everything wrong with these slots, a sentence each; none means they solve the problem."""
    if len(slot_of) != len(problem.meetings):
        return [f"{len(slot_of)} slots are given for {len(problem.meetings)} meetings"]
    return [*_misplaced(problem, slot_of), *_crowded(problem, slot_of), *_unfair(problem, slot_of)]


def total_gaps(problem: Problem, slot_of: Sequence[int]) -> int:
    """Count every participant's runs of idle slots between two meetings of one half of the day."""
    return sum(gaps_of_each(problem, slot_of))


def gaps_of_each(problem: Problem, slot_of: Sequence[int]) -> list[int]:
    """Walk through each participant's day, slot by slot."""
    busy = {
        (who, slot)
        for meeting, slot in zip(problem.meetings, slot_of, strict=True)
        for who in (meeting.one, meeting.other)
    }
    return [
        _gaps_of(problem, [(who, slot) in busy for slot in range(problem.slots)]) for who in range(problem.participants)
    ]


def _gaps_of(problem: Problem, day: Sequence[bool]) -> int:
    gaps, met, idle = 0, False, False
    for slot, busy in enumerate(day):
        if slot in problem.halves:
            met, idle = False, False
        if busy:
            gaps += met and idle
            met, idle = True, False
        else:
            idle = True
    return gaps


def _misplaced(problem: Problem, slot_of: Sequence[int]) -> Iterator[str]:
    for number, (meeting, slot) in enumerate(zip(problem.meetings, slot_of, strict=True)):
        if slot not in range(problem.slots) or not meeting.slots & (1 << slot):
            yield f"meeting {number} is in slot {slot}, which it may not have"
        for earlier in meeting.after:
            if slot_of[earlier] >= slot:
                yield f"meeting {number} is in slot {slot}, not after meeting {earlier} in {slot_of[earlier]}"


def _crowded(problem: Problem, slot_of: Sequence[int]) -> Iterator[str]:
    met = Counter[tuple[int, int]]()
    held = Counter(slot_of)
    for meeting, slot in zip(problem.meetings, slot_of, strict=True):
        met.update([(meeting.one, slot), (meeting.other, slot)])
    for (who, slot), times in met.items():
        if times > 1:
            yield f"participant {who} meets {times} times in slot {slot}"
    for slot, meetings in held.items():
        if slot in range(problem.slots) and meetings > problem.room(slot):
            yield f"slot {slot} holds {meetings} meetings at {problem.room(slot)} tables"


def _unfair(problem: Problem, slot_of: Sequence[int]) -> Iterator[str]:
    gaps = gaps_of_each(problem, slot_of)
    if problem.fairness is not None and gaps and max(gaps) - min(gaps) > problem.fairness:
        yield f"one participant has {max(gaps)} gaps and another {min(gaps)}"
