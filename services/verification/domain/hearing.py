"""How a committee comes together for a case and hears it: invited, without an interest, convened, voting."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import Field

from services.verification.domain.case import ENDED, Case
from services.verification.domain.committee import (
    Invitation,
    Member,
    Panel,
    Reply,
    Vote,
    must_be_composed,
    must_be_distinct,
)
from services.verification.domain.facts import Actor, Conflict
from services.verification.domain.inspection import FieldCriterion, Inspection, must_be_measurable
from shared.errors import Forbidden, Invalid, Refused
from shared.events import verification as published
from shared.events.days import end_of, seoul_date
from shared.events.verification import ReviewStatus
from shared.events.working_days import working_day_after

INVITING: tuple[ReviewStatus, ...] = ("screening", "committee", "appealed")
ANSWERING: tuple[ReviewStatus, ...] = (*INVITING, "inspection", "awaiting_firm")
MOST_INVITATIONS = 100
"""Three times the largest committee."""


class Hearing(Case):
    """A case with the people who are asked to judge it. Who they are and what they say is told in no event."""

    invitations: list[Invitation] = Field(default_factory=list)

    def invite(self, members: Sequence[Member], who: Actor, at: datetime) -> None:
        """Ask people to sit, some of them in the place of others. Who is asked already is not asked twice."""
        self._must_be(*INVITING)
        self._must_be_handled_by(who)
        must_be_distinct(members)
        for member in members:
            self._must_be_eligible(member.person)
        standing = {each.person for each in self.invitations if each.stands}
        new = [member for member in members if member.person not in standing]
        if not new:
            return
        if len(self.invitations) + len(new) > MOST_INVITATIONS:
            raise Refused(
                "committee.invitations_used",
                f"{MOST_INVITATIONS} people are asked at most",
                f"위원 위촉 요청은 최대 {MOST_INVITATIONS}건입니다",
                field="/members",
            )
        answer_by = working_day_after(seoul_date(at), self.rules.invitation_days)
        self.invitations += [Invitation(member=each, invited_at=at, answer_by=answer_by) for each in new]
        outside = sum(each.outside for each in new)
        self._happened("members_invited", at, who)
        self._record(
            published.ReviewMembersInvited(
                at=at, members=len(new), outside_members=outside, answer_by=answer_by, **self._named()
            )
        )

    def answer_invitation(self, reply: Reply, reason: str, who: Actor, at: datetime) -> None:
        """Accept, and so declare that you have no interest in the case; decline; or declare the interest you have."""
        invitation = self._invitation_of(who.person)
        if invitation is None:
            raise Forbidden("committee.not_invited", "nobody asked you to sit", "위원으로 위촉 요청을 받지 않았습니다")
        if invitation.answer == reply:
            return
        self._must_be(*ANSWERING)
        if invitation.answer is not None or at >= end_of(invitation.answer_by):
            raise Refused(
                "committee.invitation_answered",
                f"the invitation ended: {invitation.answer or 'no_answer'}",
                f"위촉 요청이 종료되었습니다({invitation.answer or 'no_answer'})",
            )
        if reply == "conflict":
            if not reason.strip():
                raise Invalid(
                    "committee.conflict_untold",
                    "say which interest you have",
                    "이해충돌의 내용을 적으십시오",
                    field="/reason",
                )
            self.declare_conflict(reason, who, at)
            return
        if reply == "accepted":
            self._must_be_impartial(who)
            self._must_sit_as_named(invitation.member, who)
        invitation.answer, invitation.answered_at = reply, at
        self._happened(f"invitation_{reply}", at, who, reason, inside=True)

    def declare_conflict(self, reason: str, who: Actor, at: datetime) -> None:
        """Step back from the case: from its assignment and from every vote, also those given. It cannot be undone."""
        if any(conflict.person == who.person for conflict in self.conflicts):
            return
        if self.status in ENDED:
            raise Refused("review.ended", "the review has ended", "심사가 종료되었습니다")
        self.conflicts.append(Conflict(person=who.person, reason=reason, at=at))
        if self.officer == who.person:
            self.officer = ""
        invitation = self._invitation_of(who.person)
        if invitation is not None and invitation.stands:
            invitation.answer, invitation.answered_at = "conflict", at
        self._happened("conflict_declared", at, who, reason, inside=True)

    def convene(self, members: Sequence[Member], who: Actor, at: datetime) -> None:
        """Call those together who have accepted. Until it has decided, members may be replaced, but none who voted.

        After an appeal nobody sits again.
        """
        self._must_be(*INVITING)
        self._must_be_handled_by(who)
        must_be_distinct(members)
        for member in members:
            self._must_be_eligible(member.person)
        self._must_have_accepted(members)
        must_be_composed(members, self.rules)
        sitting = self.panels[-1] if self.status == "committee" else None
        if sitting is not None and sitting.members == list(members):
            return
        votes = [] if sitting is None else sitting.votes_kept(members, self._conflicted)
        self.panels.append(Panel(members=list(members), convened_at=at, votes=votes))
        self.status = "committee"
        outside = sum(member.outside for member in members)
        self._happened("committee_convened", at, who)
        self._record(
            published.ReviewCommitteeConvened(at=at, members=len(members), outside_members=outside, **self._named())
        )

    def order_inspection(
        self, place: str, planned_for: date, criteria: Sequence[FieldCriterion], who: Actor, at: datetime
    ) -> None:
        """Have the product tested in the field, by criteria said first, before the committee votes on."""
        self._must_be("committee")
        self._must_be_handled_by(who)
        must_be_measurable(criteria)
        self.inspections.append(
            Inspection(place=place, planned_for=planned_for, ordered_at=at, criteria=list(criteria))
        )
        self.status = "inspection"
        self._happened("inspection_ordered", at, who)
        self._record(published.ReviewInspectionOrdered(at=at, **self._named()))

    def report_inspection(
        self, report: str, measured: Mapping[str, float], who: Actor, at: datetime, *, passed: bool
    ) -> None:
        """Bring the field test's result to the committee."""
        self._must_be("inspection")
        self._must_be_handled_by(who)
        self.inspections[-1].take(report, measured, at, passed=passed)
        self.status = "committee"
        self._happened("inspected", at, who)
        self._record(published.ReviewInspected(at=at, passed=passed, **self._named()))

    def vote(self, vote: Vote, who: Actor) -> None:
        """Vote as a member of the committee that sits now.

        Where the rules have a scoring sheet, its points are the vote's score.
        """
        self._must_be("committee")
        self._must_be_impartial(who)
        panel = self.panels[-1]
        seat = panel.seat_of(who.person)
        self._must_sit_as_named(seat, who)
        total = self.rules.score(vote.points)
        panel.vote(vote if total is None else vote.model_copy(update={"score": total}))

    def involves(self, person: str) -> bool:
        """Return whether this person sits, has sat, or is asked to sit on a committee of this case."""
        asked = any(each.person == person and each.stands for each in self.invitations)
        return asked or any(person == member.person for panel in self.panels for member in panel.members)

    @property
    def _conflicted(self) -> set[str]:
        return {conflict.person for conflict in self.conflicts}

    @property
    def _unanswered(self) -> list[Invitation]:
        return [each for each in self.invitations if each.answer is None] if self.status in ANSWERING else []

    def _ready_to_sit(self) -> list[Member]:
        """Return who has accepted and had no part in a decision that was appealed against."""
        barred = self._sat_before_appeal()
        return [each.member for each in self.invitations if each.answer == "accepted" and each.person not in barred]

    def _let_invitations_lapse(self, at: datetime) -> None:
        """Take silence for a no: others must be asked."""
        lapsed = [each for each in self._unanswered if at >= end_of(each.answer_by)]
        for each in lapsed:
            each.answer, each.answered_at = "no_answer", at
        if lapsed:
            self._happened("invitations_lapsed", at)
            self._record(published.ReviewInvitationsLapsed(at=at, members=len(lapsed), **self._named()))

    def _invitation_of(self, person: str) -> Invitation | None:
        """Return a person's last invitation: who said no may be asked again."""
        return next((each for each in reversed(self.invitations) if each.person == person), None)

    def _must_be_eligible(self, person: str) -> None:
        self._must_not_have_declared(person)
        self._must_not_have_sat_before_appeal(person)
        if person in self.officers:
            raise Refused(
                "committee.member_is_reviewer",
                f"{person} has handled the case and does not judge it",
                f"{person}은(는) 이 심사의 담당자였으므로 위원이 될 수 없습니다",
                field="/members",
            )

    def _must_have_accepted(self, members: Sequence[Member]) -> None:
        accepted = [each.member for each in self.invitations if each.answer == "accepted"]
        for member in members:
            if member not in accepted:
                raise Refused(
                    "committee.not_accepted",
                    f"{member.person} has not accepted this seat: who sits was invited and declared no interest",
                    f"{member.person}은(는) 위촉을 수락하지 않았습니다(이해충돌 없음을 확인하고 수락한 위원만 참여)",
                    field="/members",
                )

    def _must_sit_as_named(self, member: Member, who: Actor) -> None:
        """Who sits from outside does not belong to the institution."""
        if member.outside and self.institution in who.parties:
            raise Refused(
                "committee.not_outside",
                f"{who.person} sits as somebody from outside and belongs to {self.institution}",
                f"{who.person}은(는) 외부 위원으로 지정되었으나 {self.institution} 소속입니다",
            )
