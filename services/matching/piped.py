"""What a worker is sent and what it says, as JSON: apart from whoever starts one, since a worker starts the sooner."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.matching.timetable.day import Day, Place, Plan, Progress, Timetable


@dataclass(frozen=True, slots=True)
class Task:
    """A day to plan, in so many seconds."""

    day: Day
    seconds: float
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Damage:
    """A day to mend from slot `since` on, in so many seconds, with what is standing; who may move as `repair` says."""

    day: Day
    standing: Mapping[str, Place]
    since: int
    seconds: float
    hops: int | None


@dataclass(frozen=True, slots=True)
class Mended:
    """A mended timetable, what its moves cost, and how much any cost at least, as far as is known."""

    timetable: Timetable
    price: int
    bound: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the worker: an improvement, or the plan, or the mended timetable."""

    progress: Progress | None = None
    plan: Plan | None = None
    mended: Mended | None = None


TASK = TypeAdapter(Task)
DAMAGE = TypeAdapter(Damage)
ANSWER = TypeAdapter(Answer)
