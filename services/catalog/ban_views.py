"""How the catalog shows bans, and which of them wait for an operator."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.domain.ban import Ban
from services.catalog.domain.party import Party
from shared.events.days import seoul_date
from shared.events.working_days import working_days


class NextStep(BaseModel):
    """Whose move a ban waits for, which one, and the last day for it in Seoul."""

    owner: Literal["operator"] = "operator"
    step: Literal["decide"] = "decide"
    by: date


class BanView(Ban):
    """A ban; `appeal_by` is the last day for an appeal, `next_step` the decision of one that waits."""

    appeal_by: date
    next_step: NextStep | None = None


class WaitingAppeal(BaseModel):
    """A ban whose appeal waits for an operator, another than `by`, and for how long in Korean working days."""

    ban: BanView
    age_days: int = Field(description="Working days since the appeal")
    overdue: bool


class AppealedParty(BaseModel):
    """A party whose appeals wait."""

    party: str
    title: str
    document_version: int
    appeals: list[WaitingAppeal]

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "party": "pty_5k2qj4",
                "title": "한빛수처리",
                "document_version": 5,
                "appeals": [
                    {
                        "ban": {
                            "reason": "false_documents",
                            "until": "2028-05-31T00:00:00+09:00",
                            "document": "조달청 제재공고 2026-0417",
                            "number": 1,
                            "at": "2026-11-23T01:00:00Z",
                            "by": "prs_operator",
                            "principal": "pty_operator",
                            "appeal": {
                                "text": "제출한 성적서는 원본과 같습니다",
                                "at": "2026-11-24T01:00:00Z",
                                "by": "prs_8kq2",
                                "principal": "pty_5k2qj4",
                                "called": None,
                            },
                            "decisions": [],
                            "ended_at": None,
                            "appeal_by": "2026-12-23",
                            "next_step": {"owner": "operator", "step": "decide", "by": "2026-12-08"},
                        },
                        "age_days": 3,
                        "overdue": False,
                    }
                ],
            }
        }
    )


class AppealQueue(BaseModel):
    """Parties whose appeals wait, what is due first in front; `next` is the cursor of the next page."""

    items: list[AppealedParty]
    next: str | None = None


def ban_views(party: Party) -> list[BanView]:
    waiting = {ban.number: ban.undecided for ban in party.appealed()}
    return [
        BanView(
            **ban.model_dump(),
            appeal_by=ban.last_day_to_appeal,
            next_step=NextStep(by=appeal.decide_by) if (appeal := waiting.get(ban.number)) else None,
        )
        for ban in party.bans
    ]


def appealed_party(party: Party, at: datetime) -> AppealedParty:
    """Return a party with what waits of it now."""
    today = seoul_date(at)
    appeals = [
        WaitingAppeal(
            ban=ban,
            age_days=working_days(seoul_date(ban.appeal.at), today),
            overdue=today > ban.next_step.by,
        )
        for ban in ban_views(party)
        if ban.appeal and ban.next_step
    ]
    return AppealedParty(party=party.id, title=party.title, document_version=party.version, appeals=appeals)
