"""The documents matching owns, and what it knows of others."""

from collections.abc import Sequence
from typing import Any

from services.matching.domain.draft import Draft
from services.matching.domain.event import MarketEvent
from services.matching.domain.meeting import Meeting
from services.matching.domain.participation import Participation
from services.matching.domain.repair import Repair
from services.matching.domain.request import Request
from services.matching.domain.series import Series
from services.matching.draft_views import draft_view
from services.matching.repair_views import repair_view
from services.matching.request_views import request_view
from services.matching.series_views import series_view
from services.matching.views import event_view, meeting_view, participation_view
from shared.copies import Copies
from shared.events.catalog import FileState, PartyState, ProductState
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Store


class Matching:
    """Series, events, drafts, repairs, participations, requests, meetings; copies of what they name."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self.series = Store(database, Series, series_view, relay)
        self.events = Store(database, MarketEvent, event_view, relay)
        self.drafts = Store(database, Draft, draft_view, relay)
        self.repairs = Store(database, Repair, repair_view, relay)
        self.participations = Store(database, Participation, participation_view, relay)
        self.requests = Store(database, Request, request_view, relay)
        self.meetings = Store(database, Meeting, meeting_view, relay)
        self.parties = Copies(database, PartyState)
        self.products = Copies(database, ProductState)
        self.files = Copies(database, FileState)

    @property
    def stores(self) -> Sequence[Store[Any]]:
        return (self.series, self.events, self.drafts, self.repairs, self.participations, self.requests, self.meetings)

    @property
    def copies(self) -> Sequence[Copies[Any]]:
        return (self.parties, self.products, self.files)

    async def prepare(self) -> None:
        await self.series.prepare()
        await self.events.prepare(["status"], ["edition.series", "edition.year"])
        await self.drafts.prepare(["event"])
        await self.repairs.prepare(["trouble.event"])
        await self.participations.prepare(["event", "status"], ["event", "side"], ["party"])
        await self.requests.prepare(
            ["event", "status"], ["event", "firm"], ["event", "institution"], ["requester"], ["target"]
        )
        await self.meetings.prepare(
            ["event", "slot"], ["event", "firm"], ["event", "institution"], ["firm"], ["institution"]
        )
