"""A release is planned in a process of its own: what if that dies, if two ask for it, or if the service is killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.component.matching.fair import OPERATOR, Fair
from tests.component.shared.reading import until


def workers(fair: Fair) -> list[int]:
    """The service's workers, by the group of processes they share."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            of_ours = os.getpgid(int(folder.name)) == fair.service.pid
            if of_ours and b"services.matching.worker" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


async def no_worker(fair: Fair) -> None:
    """Wait until the kernels are compiled, so that the next worker seen plans."""

    async def none() -> bool:
        return not workers(fair)

    await until(none, patience=120.0)


@asynccontextmanager
async def killed_workers(fair: Fair) -> AsyncIterator[list[int]]:
    """Kill every worker as soon as it is seen."""
    killed: list[int] = []

    async def kill() -> None:
        while True:
            for worker in workers(fair):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                    killed.append(worker)
            await asyncio.sleep(0.02)

    killing = asyncio.create_task(kill())
    yield killed
    killing.cancel()


async def a_day(fair: Fair, *, absent: list[int] | None = None) -> str:
    """An event in scheduling: three firms asked three institutions each; the first firm is absent in some slots."""
    firms, buyers = await fair.parties(3, "sme"), await fair.parties(3, "institution")
    event = await fair.event("requesting", slots=4, tables=3)
    [first, *_] = await fair.present(event, firms + buyers)
    await fair.accepted(event, [(firm, buyer) for firm in firms for buyer in buyers])
    if absent:
        await fair.done(f"/participations/{first}/absences", firms[0], {"slots": absent, "reason": "출장"})
    await fair.bring(event, "scheduling")
    return event


async def told_once(fair: Fair, event: str) -> None:
    """Wait until the release is on Kafka: it is one event, however often the relay says it."""

    async def told() -> bool:
        lines = (await fair.published("matching.event.events", {event}))[event]
        return {each for each in lines if "released" in each} == {"5 matching.event.released"}

    await until(told)


async def test_a_day_with_absences_is_not_released_while_its_worker_dies_and_is_when_asked_again(fair: Fair) -> None:
    event = await a_day(fair, absent=[1])
    await no_worker(fair)

    async with killed_workers(fair) as killed:
        refused = await fair.post(f"/events/{event}/timetable", OPERATOR, key="again")

    assert killed
    assert (refused.status, refused.rule) == (503, "timetable.no_plan")
    assert (await fair.get(f"/events/{event}")).body["status"] == "scheduling"
    released = await fair.released(event)
    assert released.body["score"]["value"] == released.body["score"]["most_value"]
    await told_once(fair, event)


async def test_a_plain_day_is_placed_without_the_worker_that_died(fair: Fair) -> None:
    event = await a_day(fair)
    await no_worker(fair)

    async with killed_workers(fair) as killed:
        released = await fair.post(f"/events/{event}/timetable", OPERATOR)

    assert killed
    assert (released.status, released.body["status"], released.body["score"]) == (200, "released", None)

    async def all_placed() -> bool:
        return bool((await fair.get(f"/events/{event}/ledger")).body["by_status"] == {"placed": 9})

    await until(all_placed)


async def test_of_two_who_release_an_event_at_once_one_does(fair: Fair) -> None:
    event = await a_day(fair, absent=[2])
    await no_worker(fair)

    answers = await asyncio.gather(
        *(fair.post(f"/events/{event}/timetable", OPERATOR, key=key) for key in ("one", "one", "other"))
    )

    one, repeat, other = answers
    winner, loser = (one, other) if one.status == 200 else (other, one)
    assert (winner.status, winner.body["release"]) == (200, 1)
    assert (loser.status, loser.rule) == (409, "event.not_scheduling")
    assert (repeat.status, repeat.rule) == (one.status, one.rule)
    await told_once(fair, event)


async def test_a_service_killed_while_it_plans_releases_nothing_until_asked_again(fair: Fair) -> None:
    event = await a_day(fair, absent=[3])
    await no_worker(fair)
    asked = asyncio.create_task(fair.post(f"/events/{event}/timetable", OPERATOR, key="killed"))

    async def planning() -> bool:
        return bool(workers(fair))

    await until(planning, pause=0.01)
    fair.service.kill()
    await asyncio.gather(asked, return_exceptions=True)
    await asyncio.to_thread(fair.service.restart)

    assert (await fair.get(f"/events/{event}")).body["status"] == "scheduling"
    assert (await fair.released(event, key="killed")).body["release"] == 1


async def test_others_are_answered_while_a_timetable_is_planned(fair: Fair) -> None:
    event = await a_day(fair, absent=[4])
    await no_worker(fair)
    asked = asyncio.create_task(fair.released(event))

    answered = 0
    while not asked.done():
        assert (await fair.get(f"/events/{event}")).status == 200
        answered += bool(workers(fair))
        await asyncio.sleep(0.1)

    await asked
    assert answered > 1
