import pytest

from services.verification.domain.committee import Member, Ruling, Vote
from shared.errors import Forbidden, MarketError, Refused
from tests.unit.verification.builders import (
    APPROVED,
    CHAIR,
    DEFERRED,
    NOON,
    OTHER_PANEL,
    PANEL,
    REJECTED,
    a_review_in_committee,
    a_screened_review,
    an_officer,
    names,
    votes,
)

FIVE = [PANEL[2], OTHER_PANEL[2], PANEL[0], PANEL[1], OTHER_PANEL[0]]


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        (PANEL[1:], "committee.quorum"),
        ([*PANEL, OTHER_PANEL[0]], "committee.outside_share"),
        ([*PANEL, PANEL[2]], "committee.member_twice"),
    ],
)
def test_a_committee_is_large_enough_and_partly_from_outside(members: list[Member], rule: str) -> None:
    review = a_screened_review()

    with pytest.raises(MarketError) as refusal:
        review.convene(members, an_officer(), NOON)

    assert refusal.value.rule == rule
    assert review.status == "screening"


def test_convening_the_same_people_again_changes_nothing_and_others_replace_them() -> None:
    review = a_review_in_committee()

    review.convene(PANEL, an_officer(), NOON)
    assert (len(review.panels), names(review)) == (1, [])

    review.convene(OTHER_PANEL, an_officer(), NOON)
    assert len(review.panels) == 2
    with pytest.raises(Forbidden, match="not_member"):
        review.vote(_vote("prs_in1"), an_officer("prs_in1"))


def test_a_vote_is_given_once_by_a_member() -> None:
    review = a_review_in_committee()

    review.vote(_vote("prs_in1"), an_officer("prs_in1"))
    review.vote(_vote("prs_in1"), an_officer("prs_in1"))
    with pytest.raises(Refused, match="voted"):
        review.vote(_vote("prs_in1", approve=False), an_officer("prs_in1"))
    with pytest.raises(Forbidden, match="not_member"):
        review.vote(_vote("prs_chair"), CHAIR)

    assert len(review.panels[-1].votes) == 1


@pytest.mark.parametrize(
    ("cast", "ruling"),
    [((True, True, True, True), APPROVED), ((True, True, False, False), REJECTED), ((), DEFERRED)],
)
def test_the_chair_decides_with_the_majority(cast: tuple[bool, ...], ruling: Ruling) -> None:
    review = a_review_in_committee(FIVE)
    votes(review, *cast)

    review.decide(ruling, CHAIR, NOON)

    assert review.status == ("screening" if ruling is DEFERRED else ruling.outcome)
    decision = review.panels[-1].decision
    assert decision is not None
    assert (decision.votes_for, decision.votes_against) == (cast.count(True), cast.count(False))


@pytest.mark.parametrize(
    ("cast", "ruling", "rule"),
    [
        ((True, True), APPROVED, "committee.quorum"),
        ((True, True, False, False), APPROVED, "committee.against_majority"),
        ((True, True, True), REJECTED, "committee.against_majority"),
        ((False, False, False), Ruling(outcome="rejected"), "decision.reasons_missing"),
    ],
)
def test_the_chair_decides_nothing_else(cast: tuple[bool, ...], ruling: Ruling, rule: str) -> None:
    review = a_review_in_committee(FIVE)
    votes(review, *cast)

    with pytest.raises(MarketError) as refusal:
        review.decide(ruling, CHAIR, NOON)

    assert refusal.value.rule == rule
    assert (review.status, review.panels[-1].decision) == ("committee", None)


def test_votes_of_insiders_alone_decide_nothing() -> None:
    review = a_review_in_committee(FIVE[::-1])
    votes(review, True, True, True)

    with pytest.raises(Refused, match="outside_share"):
        review.decide(APPROVED, CHAIR, NOON)


def _vote(person: str, *, approve: bool = True) -> Vote:
    return Vote(person=person, approve=approve, score=80, comment="", at=NOON)
