"""Matching put together."""

from fastapi import FastAPI

from services.matching import (
    calendar_routes,
    draft_routes,
    meeting_routes,
    part_routes,
    participation_routes,
    print_routes,
    release_routes,
    repair_routes,
    request_routes,
    routes,
    series_routes,
)
from services.matching.calendars import CalendarKeys
from services.matching.confirming import Confirming
from services.matching.drafting import Drafting
from services.matching.ground import Matching
from services.matching.policy import POLICY
from services.matching.settings import Settings
from services.matching.solver import Solver
from services.matching.subscribers import subscriptions
from shared.service import build


def create_app(settings: Settings) -> FastAPI:
    """Return matching's app."""
    solver = Solver(settings.plan_seconds, settings.plan_patience_seconds)
    drafting, confirming = Drafting(), Confirming()
    app = build(
        "matching",
        "Events: who takes part, who wants to meet whom, when they meet and what came of it.",
        settings,
        settings.database,
        Matching,
        subscriptions,
        (
            series_routes.series,
            routes.events,
            part_routes.parts,
            print_routes.prints,
            release_routes.releases,
            draft_routes.drafts,
            repair_routes.repairs,
            participation_routes.participations,
            calendar_routes.calendars,
            request_routes.requests,
            meeting_routes.meetings,
        ),
        POLICY,
        [solver, drafting, confirming],
    )
    app.state.solver = solver
    app.state.drafting = drafting
    app.state.confirming = confirming
    app.state.calendar_keys = CalendarKeys(settings.cursor_secret)
    return app
