"""The people who decide on a review: an officer, a chair, and a committee as its institution's rules ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zlib import crc32

from cli.api import Json, Person

EXPERTS = 60
"""Outside experts of the whole market; each belongs to no party."""

QUORUM, OUTSIDE_PERCENT = 3, 33
"""The market's own rules."""

LETTERS = "vwyz"

CRITERION: Json = {"code": "removal", "title": "부유물질 제거율", "unit": "%", "least": 95}
"""What a field test has to show."""

Post = Callable[[Person, str, Json], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Committee:
    """Who handles a case, who votes, who decides."""

    officer: Person
    chair: Person
    inside: tuple[Person, ...]
    outside: tuple[Person, ...]
    rules: Json


def committee_of(business_number: str, institution: str, panel: int, rules: Json) -> Committee:
    """Return an institution's first or second panel, as small as its rules allow: nobody is in both."""

    def of_institution(letter: str, *roles: str) -> Person:
        return Person(f"prs_{letter}{business_number}", institution, "institution", roles)

    quorum, percent = rules.get("quorum", QUORUM), rules.get("outside_percent", OUTSIDE_PERCENT)
    outside = -(-quorum * percent // 100)
    first = crc32(business_number.encode()) % (EXPERTS // 2)
    experts = [(first + number) % (EXPERTS // 2) * 2 + panel for number in range(outside)]
    return Committee(
        officer=of_institution("o", "officer"),
        chair=of_institution(f"c{panel}", "chair"),
        inside=tuple(of_institution(f"{letter}{panel}", "member") for letter in LETTERS[: quorum - outside]),
        outside=tuple(Person(f"prs_x{expert:03}") for expert in experts),
        rules=rules,
    )


async def hear(post: Post, committee: Committee, *, approved: bool, inspected: bool) -> None:
    """Bring the committee together, have the product tested if so wished, take the votes, decide with the majority."""
    voters = (*committee.inside, *committee.outside)
    members = [{"person": voter.id, "outside": voter in committee.outside} for voter in voters]
    await post(committee.officer, "invitations", {"members": members})
    for voter in voters:
        await post(voter, "invitation-answer", {"answer": "accepted"})
    await post(committee.officer, "committee", {"members": members})
    if inspected:
        order = {"place": "대전 실증단지", "planned_for": "2027-01-15", "criteria": [CRITERION]}
        await post(committee.officer, "inspection", order)
        found = {"passed": True, "measured": {CRITERION["code"]: 97.4}, "report": "제거율이 기준을 만족함"}
        await post(committee.officer, "inspection-report", found)
    for number, voter in enumerate(voters):
        # one votes against the majority: it decides, not unanimity
        vote = approved if number else not approved
        await post(voter, "votes", {"approve": vote, "comment": "검토 의견"} | _marks(committee.rules, good=vote))
    outcome = "approved" if approved else "rejected"
    reasons = [] if approved else ["performance_unproven"]
    await post(committee.chair, "decision", {"outcome": outcome, "reasons": reasons})


def _marks(rules: Json, *, good: bool) -> Json:
    """Return a member's marks: with one against the others, good ones reach every pass mark and poor ones none."""
    if not (sheet := rules.get("sheet")):
        return {"score": 95 if good else 55}
    return {"points": {line["code"]: -(-line["points"] * (19 if good else 11) // 20) for line in sheet}}
