from datetime import timedelta

import pytest

from services.verification.domain.committee import Member, Reply, Ruling, Vote
from services.verification.domain.facts import Actor
from services.verification.domain.hearing import MOST_INVITATIONS
from shared.errors import Forbidden, MarketError, Refused
from shared.events.days import end_of
from shared.events.verification import ReviewMembersInvited
from tests.unit.verification.builders import (
    APPROVED,
    CHAIR,
    DEFERRED,
    FIRM,
    NOON,
    OTHER_PANEL,
    PANEL,
    REJECTED,
    a_review_in_committee,
    a_screened_review,
    accepted,
    an_officer,
    an_outsider,
    day,
    names,
    votes,
)

FIVE = [PANEL[2], OTHER_PANEL[2], PANEL[0], PANEL[1], OTHER_PANEL[0]]


NEW = Member(person="prs_new")


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        (PANEL[1:], "committee.quorum"),
        ([*PANEL, OTHER_PANEL[0]], "committee.outside_share"),
        ([*PANEL, PANEL[2]], "committee.member_twice"),
        ([*PANEL[:2], OTHER_PANEL[2], NEW], "committee.not_accepted"),
        ([PANEL[0], Member(person="prs_in2", outside=True), PANEL[2]], "committee.not_accepted"),
    ],
)
def test_a_committee_is_large_enough_and_partly_from_outside_and_has_accepted(members: list[Member], rule: str) -> None:
    review = a_screened_review()
    accepted(review, FIVE)
    review.invite([NEW], an_officer(), NOON)
    review.recorded.clear()

    with pytest.raises(MarketError) as refusal:
        review.convene(members, an_officer(), NOON)

    assert refusal.value.rule == rule
    assert (review.status, names(review)) == ("screening", [])


def test_who_is_invited_accepts_declines_has_an_interest_or_does_not_answer_in_time() -> None:
    review = a_screened_review()
    review.invite(FIVE, an_officer(), NOON)
    review.invite(FIVE, an_officer(), day(1))
    invited = review.recorded.copy()
    last = review.invitations[0].answer_by

    review.answer_invitation("accepted", "", an_outsider(), NOON)
    review.answer_invitation("declined", "출장", an_outsider("prs_out2"), NOON)
    review.answer_invitation("conflict", "자문 계약", an_officer("prs_in1"), NOON)
    review.answer_invitation("accepted", "", an_officer("prs_in2"), NOON)
    review.answer_invitation("accepted", "", an_officer("prs_in2"), NOON)
    assert review.due() == end_of(last)
    review.tick(end_of(last) - timedelta(seconds=1))
    review.tick(end_of(last))
    review.tick(end_of(last))

    (told,) = invited
    assert isinstance(told, ReviewMembersInvited)
    assert (told.members, told.outside_members, told.answer_by) == (5, 2, last)
    assert [each.answer for each in review.invitations] == ["accepted", "declined", "conflict", "accepted", "no_answer"]
    assert names(review) == ["verification.review.members_invited", "verification.review.invitations_lapsed"]
    assert "prs_" not in "".join(event.model_dump_json() for event in review.recorded)
    assert [conflict.person for conflict in review.conflicts] == ["prs_in1"]


@pytest.mark.parametrize(
    ("who", "reply", "rule"),
    [
        (an_officer("prs_stranger"), "accepted", "committee.not_invited"),
        (an_officer("prs_in1", FIRM), "accepted", "review.conflict_of_interest"),
        (an_officer("prs_out"), "accepted", "committee.not_outside"),
        (an_officer("prs_in1"), "conflict", "committee.conflict_untold"),
    ],
)
def test_an_invitation_is_answered_by_who_may_sit_as_it_says(who: Actor, reply: Reply, rule: str) -> None:
    review = a_screened_review()
    review.invite(PANEL, an_officer(), NOON)

    with pytest.raises(MarketError) as refusal:
        review.answer_invitation(reply, " ", who, NOON)

    assert refusal.value.rule == rule
    assert [each.answer for each in review.invitations] == [None, None, None]


def test_an_answer_stands_and_is_given_in_time() -> None:
    review = a_screened_review()
    review.invite(PANEL, an_officer(), NOON)
    review.answer_invitation("declined", "", an_officer("prs_in1"), NOON)

    with pytest.raises(Refused, match="invitation_answered"):
        review.answer_invitation("accepted", "", an_officer("prs_in1"), NOON)
    with pytest.raises(Refused, match="invitation_answered"):
        review.answer_invitation("accepted", "", an_officer("prs_in2"), end_of(review.invitations[1].answer_by))
    review.invite([PANEL[0]], an_officer(), NOON)
    review.answer_invitation("accepted", "", an_officer("prs_in1"), NOON)

    assert review.invitations[-1].answer == "accepted"


def test_nobody_answers_an_invitation_to_a_case_that_is_decided() -> None:
    review = a_screened_review()
    accepted(review, PANEL)
    review.invite([NEW], an_officer(), NOON)
    review.convene(PANEL, an_officer(), NOON)
    votes(review, True, True, True)
    review.decide(APPROVED, CHAIR, NOON)

    with pytest.raises(Refused, match="not_screening"):
        review.answer_invitation("accepted", "", an_officer(NEW.person), NOON)
    review.tick(end_of(review.invitations[-1].answer_by))
    assert review.invitations[-1].answer is None


def test_who_handles_the_case_is_not_asked_to_judge_it_nor_the_other_way_round() -> None:
    review = a_screened_review()
    review.invite(PANEL, an_officer(), NOON)

    with pytest.raises(Refused, match="member_is_reviewer"):
        review.invite([Member(person="prs_officer")], an_officer(), NOON)
    with pytest.raises(Refused, match="officer_on_committee"):
        review.assign("prs_in1", an_officer(), NOON)


def test_so_many_people_are_asked_and_no_more() -> None:
    review = a_screened_review()
    review.invite([Member(person=f"prs_{number}") for number in range(MOST_INVITATIONS)], an_officer(), NOON)

    with pytest.raises(Refused, match="invitations_used"):
        review.invite([NEW], an_officer(), NOON)


def test_a_member_with_an_interest_is_replaced_and_the_others_votes_stay() -> None:
    review = a_review_in_committee()
    votes(review, True, True)
    review.declare_conflict("자문 계약", an_officer("prs_in1"), NOON)
    accepted(review, [NEW])

    with pytest.raises(Refused, match="conflict_of_interest"):
        review.convene([*PANEL, NEW], an_officer(), NOON)
    review.convene([NEW, *PANEL[1:]], an_officer(), NOON)

    assert [vote.person for vote in review.panels[-1].votes] == ["prs_in2"]
    assert review.invitations[0].answer == "conflict"


def test_convening_the_same_people_again_changes_nothing_and_who_has_not_voted_may_be_replaced() -> None:
    review = a_review_in_committee()
    accepted(review, OTHER_PANEL)
    review.recorded.clear()

    review.convene(PANEL, an_officer(), NOON)
    assert (len(review.panels), names(review)) == (1, [])

    votes(review, True)
    with pytest.raises(Refused, match="voter_left_out"):
        review.convene(OTHER_PANEL, an_officer(), NOON)
    review.convene([PANEL[0], OTHER_PANEL[0], OTHER_PANEL[2]], an_officer(), NOON)
    assert len(review.panels) == 2
    with pytest.raises(Forbidden, match="not_member"):
        review.vote(_vote("prs_in2"), an_officer("prs_in2"))


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
        ((), Ruling(outcome="deferred"), "decision.reasons_missing"),
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
