"""The releases of an event and what meetings did since each: who moved, from where to where, when and why."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping

from pydantic import BaseModel, Field

from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.release import Change, Release
from services.matching.domain.request import Request
from services.matching.timetable.day import Place


class ChangeLine(Change):
    """A change, of what and whose; without a meeting the release gave the request a place that it could not keep."""

    meeting: str = Field(examples=["mtg_2k9fm3"])
    request: str = Field(examples=["req_8s1kd0"])
    firm: str
    institution: str


class ReleaseView(Release):
    """A release, never changed, and what was otherwise from then until the next one, in the order it happened."""

    changes: list[ChangeLine]


class Releases(BaseModel):
    """Every release of an event, the first one first."""

    event: str = Field(examples=["evt_4k2qj4"])
    items: list[ReleaseView]


def releases_of(
    event: MarketEvent,
    meetings: Iterable[Meeting],
    unplaced: Iterable[Request],
    parties: Collection[str] | None = None,
) -> Releases:
    """Tell from the meetings' own records what differs from each release; with `parties` only what is theirs."""
    lines: list[list[ChangeLine]] = [[] for _ in event.releases]
    since = [release.at for release in event.releases]
    released = {each.request: each.place for each in event.placements}
    changes = [*_of_meetings(meetings, released), *_of_requests(event, unplaced, released)]
    for line in sorted(changes, key=lambda each: each.at):
        if parties is None or not {line.firm, line.institution}.isdisjoint(parties):
            # by whatever clock, nothing changes before there is a release
            lines[max(bisect_right(since, line.at) - 1, 0)].append(line)
    items = [
        ReleaseView(**release.model_dump(), changes=changes)
        for release, changes in zip(event.releases, lines, strict=True)
    ]
    return Releases(event=event.id, items=items)


def _of_meetings(meetings: Iterable[Meeting], released: Mapping[str, Place]) -> Iterator[ChangeLine]:
    """What was booked as released is no change."""
    for meeting in meetings:
        for change in meeting.changes:
            before = change.before or released.get(meeting.request)
            if before != change.after:
                yield ChangeLine(
                    at=change.at,
                    before=before,
                    after=change.after,
                    reason=change.reason,
                    meeting=meeting.id,
                    request=meeting.request,
                    firm=meeting.firm,
                    institution=meeting.institution,
                )


def _of_requests(
    event: MarketEvent, unplaced: Iterable[Request], released: Mapping[str, Place]
) -> Iterator[ChangeLine]:
    """What was released and could not be booked."""
    for request in unplaced:
        if request.id in released:
            yield ChangeLine(
                at=event.releases[0].at,
                before=released[request.id],
                after=None,
                reason=request.reason,
                meeting="",
                request=request.id,
                firm=request.firm,
                institution=request.institution,
            )
