"""Matching's meetings claim neither their table nor their parties' time."""

from services.matching.domain.meeting import Meeting
from tests.faults.planted.planting import serve_with


def nothing(_: Meeting) -> list[str]:
    return []


serve_with("matching", Meeting, claims=nothing)
