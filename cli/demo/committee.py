"""The people who decide on a review: an officer, a chair and a committee of three, one of them from outside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zlib import crc32

from cli.api import Json, Person

EXPERTS = 60
"""Outside experts of the whole market; each belongs to no party."""

Post = Callable[[Person, str, Json], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Committee:
    """Who handles a case, who votes, who decides."""

    officer: Person
    chair: Person
    inside: tuple[Person, ...]
    outside: Person


def committee_of(business_number: str, institution: str, panel: int) -> Committee:
    """Return an institution's first or second panel: nobody is in both."""

    def of_institution(letter: str, *roles: str) -> Person:
        return Person(f"prs_{letter}{business_number}", institution, "institution", roles)

    expert = crc32(business_number.encode()) % (EXPERTS // 2) * 2 + panel
    return Committee(
        officer=of_institution("o", "officer"),
        chair=of_institution(f"c{panel}", "chair"),
        inside=(of_institution(f"v{panel}", "member"), of_institution(f"w{panel}", "member")),
        outside=Person(f"prs_x{expert:03}"),
    )


async def hear(post: Post, committee: Committee, *, approved: bool, inspected: bool) -> None:
    """Convene the committee, have the product tested if so wished, take the votes, and decide with the majority."""
    voters = (*committee.inside, committee.outside)
    members = [{"person": voter.id, "outside": voter is committee.outside} for voter in voters]
    await post(committee.officer, "committee", {"members": members})
    if inspected:
        await post(committee.officer, "inspection", {"place": "대전 실증단지", "planned_for": "2027-01-15"})
        await post(committee.officer, "inspection-report", {"passed": True, "report": "처리 수질이 기준을 만족함"})
    for number, voter in enumerate(voters):
        # one of three votes against the majority: it decides, not unanimity
        vote = approved if number else not approved
        await post(voter, "votes", {"approve": vote, "score": 80 if vote else 40, "comment": "검토 의견"})
    outcome = "approved" if approved else "rejected"
    reasons = [] if approved else ["performance_unproven"]
    await post(committee.chair, "decision", {"outcome": outcome, "reasons": reasons})
