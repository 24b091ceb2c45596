"""What a product was, and when: each turn it took, kept so that the past can be looked up."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime, BaseModel

from shared.errors import Invalid, NotFound
from shared.events.catalog import PUBLIC, ProductStatus


class Turn(BaseModel):
    """From `at` on it had this status and this version was the one to see."""

    at: AwareDatetime
    status: ProductStatus
    version: int


def turned(history: Sequence[Turn], turn: Turn) -> list[Turn]:
    """Return history with one more turn, if it is one. It never runs backwards, though events may be heard late."""
    if not history:
        return [turn]
    last = history[-1]
    if (last.status, last.version) == (turn.status, turn.version):
        return list(history)
    return [*history, turn.model_copy(update={"at": max(last.at, turn.at)})]


def turn_at(history: Sequence[Turn], moment: datetime, now: datetime) -> Turn:
    """Return what was the case at a moment. Raise Invalid for one that is still to come, NotFound before the first.

    A draft is nobody's past: until it is registered it may be rewritten, so what it once said is not kept.
    """
    if moment > now:
        raise Invalid(
            "product.moment_ahead",
            "the moment is still to come",
            "아직 오지 않은 시점입니다",
            field="query/at",
        )
    past = [turn for turn in history if turn.at <= moment]
    if not past or past[-1].status == "draft":
        raise not_seen_then()
    return past[-1]


def public_versions(history: Sequence[Turn]) -> set[int]:
    """Return the versions that anybody could see once. Withdrawal adds none."""
    return {turn.version for turn in history if turn.status in PUBLIC - {"withdrawn"}}


def not_seen_then() -> NotFound:
    return NotFound(
        "product.not_seen_then", "there was nothing to see of it then", "그 시점에는 공개된 내용이 없습니다"
    )
