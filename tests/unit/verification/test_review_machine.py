"""Reviews against a plain model: whatever is tried in whatever order, only what the model allows happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.verification.domain.case import AT_THE_INSTITUTION, ENDED
from services.verification.domain.committee import Member, Reply, Ruling, Vote
from services.verification.domain.facts import Actor
from services.verification.domain.hearing import ANSWERING, INVITING
from services.verification.domain.rules import COMMON, Rules
from shared.errors import MarketError
from shared.events.days import seoul_date
from shared.events.working_days import is_working_day, working_day_after
from tests.unit.verification.builders import FIRM, NOON, OWNER, WATER, an_opened_review, names, some_rules

INSIDE = ["prs_a", "prs_b", "prs_c", "prs_d", "prs_e", "prs_f", "prs_g", "prs_h"]
OUTSIDE = ["prs_x", "prs_y", "prs_z"]
OF_THE_FIRM = "prs_f"
STRICT = some_rules(
    sheet=[
        {"code": "performance", "title": "성능", "points": 60},
        {"code": "economy", "title": "경제성", "points": 40},
    ],
    pass_mark=75,
    outside_percent=50,
    rounds=1,
    review_days=10,
    longest_days=40,
    appeal_days=5,
)
GOOD, POOR = {"performance": 55, "economy": 30}, {"performance": 30, "economy": 20}
PEOPLE = st.sampled_from([*INSIDE, *OUTSIDE])
OFFICERS = st.sampled_from(INSIDE)


def person(name: str) -> Actor:
    if name in OUTSIDE:
        return Actor(name, "", frozenset())
    return Actor(name, WATER, frozenset({WATER, FIRM} if name == OF_THE_FIRM else {WATER}))


def seats(people: set[str]) -> list[Member]:
    return [Member(person=each, outside=each in OUTSIDE) for each in sorted(people)]


class ReviewLife(RuleBasedStateMachine):
    """The model: plain words, sets and counters, no clock of turns and no panels."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = COMMON
        self.review = an_opened_review()
        self.shown = self.review.public()
        self.now = NOON
        self.status = "opened"
        self.officer = ""
        self.officers: set[str] = set()
        self.declared: set[str] = set()
        self.rounds = 0
        self.until: date | None = None
        self.rests_until: date | None = None
        self.asked_until: dict[str, date] = {}
        self.accepted: set[str] = set()
        self.members: set[str] = set()
        self.votes: dict[str, bool] = {}
        self.sat: set[str] = set()
        self.seated: set[str] = set()
        self.barred: set[str] = set()
        self.appealed = False
        self.institution_days = 0
        self.ends = 0

    @initialize(rules=st.sampled_from([COMMON, STRICT]), steps=st.integers(0, 8), days=st.integers(0, 3))
    def it_has_come_some_way(self, rules: Rules, steps: int, days: int) -> None:
        """Chance alone seldom gets as far as an appeal."""
        self.asked = rules
        self.review = an_opened_review(rules=rules)
        self.shown = self.review.public()
        way: list[Callable[[], None]] = [
            lambda: self.assign("prs_a", "prs_a"),
            lambda: self.a_committee_is_convened("prs_a", {"prs_b", "prs_c"}, {"prs_x"}),
            lambda: self.all_vote(approve=False),
            lambda: self.decide("prs_d", "rejected", reasons=True),
            self.appeal,
            lambda: self.a_committee_is_convened("prs_a", {"prs_e", "prs_g"}, {"prs_y"}),
            lambda: self.all_vote(approve=False),
            lambda: self.decide("prs_h", "rejected", reasons=True),
        ]
        for step in way[:steps]:
            step()
            self.time_passes(days)
            self.nobody_sees_a_change_without_an_event_and_the_end_is_told_once()

    @contextmanager
    def allowed(self, *, when: bool) -> Iterator[None]:
        """Hold the body to the model: it goes through if and only if the model says so; a refusal changes nothing."""
        before, told = self.review.model_dump(), names(self.review)
        try:
            yield
        except MarketError as refusal:
            assert not when, refusal  # noqa: PT017  refused or not is what the model is asked
            assert self.review.model_dump() == before
            assert names(self.review) == told
        else:
            assert when

    def impartial(self, *who: str) -> bool:
        return not self.declared.intersection(who) and OF_THE_FIRM not in who[:1]

    @property
    def today(self) -> date:
        return seoul_date(self.now)

    @rule(days=st.sampled_from([1, 3, 8, 20, 60]))
    def time_passes(self, days: int) -> None:
        for _ in range(days):
            self.now += timedelta(days=1)
            over = self.until is not None and self.today > self.until
            if self.status in AT_THE_INSTITUTION:
                over = self.institution_days >= self.asked.longest_days
                self.institution_days += is_working_day(self.today)
            if self.status in ANSWERING:
                self.asked_until = {who: last for who, last in self.asked_until.items() if self.today <= last}
            self.review.tick(self.now)
            if over:
                self.end()
            if self.status == "deferred" and self.rests_until and self.today > self.rests_until:
                self.status = "screening"

    def end(self) -> None:
        self.status, self.until = "final", None
        self.ends += 1

    @rule(who=OFFICERS, officer=OFFICERS)
    def assign(self, who: str, officer: str) -> None:
        judges = officer in self.asked_until or officer in self.accepted | self.seated
        free = officer == self.officer or not judges
        good = self.status in AT_THE_INSTITUTION and self.impartial(who, officer) and free
        with self.allowed(when=good):
            self.review.assign(officer, person(who), self.now)
        if good:
            self.officer = officer
            self.officers.add(officer)
            self.status = "screening" if self.status == "opened" else self.status

    @precondition(lambda self: not self.declared)
    @rule(who=PEOPLE)
    def declare_conflict(self, who: str) -> None:
        good = self.status not in ENDED
        with self.allowed(when=good or who in self.declared):
            self.review.declare_conflict("주주", person(who), self.now)
        if good:
            self.declared.add(who)
            self.asked_until.pop(who, None)
            self.accepted.discard(who)
            self.officer = "" if who == self.officer else self.officer

    @rule(who=OFFICERS, days=st.integers(1, 10))
    def ask(self, who: str, days: int) -> None:
        good = self.handled(who, "screening") and self.rounds < self.asked.rounds
        with self.allowed(when=good):
            self.review.ask("?", days, person(who), self.now)
        if good:
            self.rounds += 1
            self.status, self.until = "awaiting_firm", working_day_after(self.today, days)

    @rule()
    def answer(self) -> None:
        good = self.status == "awaiting_firm"
        with self.allowed(when=good):
            self.review.answer("!", OWNER, self.now)
        if good:
            self.status, self.until = "screening", None

    @precondition(lambda self: self.status == "screening" and self.officer != "")
    @rule(rounds=st.integers(1, COMMON.rounds + 1), days=st.integers(0, 2))
    def rounds_of_questions(self, rounds: int, days: int) -> None:
        for _ in range(rounds):
            self.ask(self.officer, 5)
            self.time_passes(days)
            self.nobody_sees_a_change_without_an_event_and_the_end_is_told_once()
            self.answer()
            self.nobody_sees_a_change_without_an_event_and_the_end_is_told_once()

    @rule(who=OFFICERS, people=st.sets(PEOPLE, min_size=1, max_size=4))
    def invite(self, who: str, people: set[str]) -> None:
        good = self.handled(who, *INVITING) and self.may_judge(people)
        with self.allowed(when=good):
            self.review.invite(seats(people), person(who), self.now)
        if good:
            last = working_day_after(self.today, self.asked.invitation_days)
            self.asked_until |= dict.fromkeys(people - self.asked_until.keys() - self.accepted, last)

    @precondition(lambda self: self.asked_until)
    @rule(data=st.data(), reply=st.sampled_from(["accepted", "declined"]))
    def answer_invitation(self, data: st.DataObject, reply: Reply) -> None:
        self.reply(data.draw(st.sampled_from(sorted(self.asked_until))), reply)

    def reply(self, who: str, reply: Reply) -> None:
        good = self.status in ANSWERING and (reply == "declined" or self.impartial(who))
        with self.allowed(when=good):
            self.review.answer_invitation(reply, "", person(who), self.now)
        if good:
            del self.asked_until[who]
            self.accepted |= {who} if reply == "accepted" else set()

    @rule(who=OFFICERS, insiders=st.sets(OFFICERS, max_size=4), outsiders=st.sets(st.sampled_from(OUTSIDE)))
    def convene(self, who: str, insiders: set[str], outsiders: set[str]) -> None:
        people = insiders | outsiders
        good = (
            self.handled(who, *INVITING)
            and self.may_judge(people)
            and people <= self.accepted
            and self.composed(people)
            and (self.status != "committee" or self.votes.keys() - self.declared <= people)
        )
        with self.allowed(when=good):
            self.review.convene(seats(people), person(who), self.now)
        if good and not (self.status == "committee" and people == self.members):
            kept = self.votes if self.status == "committee" else {}
            self.votes = {who: vote for who, vote in kept.items() if who not in self.declared}
            self.status, self.members = "committee", people
            self.sat |= people
            self.seated |= people

    def may_judge(self, people: set[str]) -> bool:
        return not people & (self.declared | self.barred | self.officers)

    def a_committee_is_convened(self, who: str, insiders: set[str], outsiders: set[str]) -> None:
        self.invite(who, insiders | outsiders)
        for each in sorted(self.asked_until.keys() & (insiders | outsiders)):
            self.reply(each, "accepted")
        self.convene(who, insiders, outsiders)

    @rule(who=PEOPLE, approve=st.booleans())
    def vote(self, who: str, approve: bool) -> None:  # noqa: FBT001
        good = (
            self.status == "committee"
            and who in self.members
            and self.impartial(who)
            and self.votes.get(who, approve) == approve
        )
        with self.allowed(when=good):
            self.review.vote(self.ballot(who, approve=approve), person(who))
        if good:
            self.votes[who] = approve

    def ballot(self, who: str, *, approve: bool) -> Vote:
        """Who is for it gives good points, so that the mark fails only where many are against it."""
        points = (GOOD if approve else POOR) if self.asked.sheet else {}
        return Vote(person=who, approve=approve, score=None, comment="", points=points, at=self.now)

    def result(self, votes: dict[str, bool]) -> str:
        marks = [sum((GOOD if vote else POOR).values()) for vote in votes.values()]
        passed = not self.asked.sheet or sum(marks) >= self.asked.pass_mark * len(marks)
        return "approved" if sum(votes.values()) * 2 > len(votes) and passed else "rejected"

    @precondition(lambda self: self.status in {"screening", "appealed"})
    @rule(insiders=st.sets(OFFICERS, min_size=2, max_size=3), outsiders=st.sets(st.sampled_from(OUTSIDE), min_size=2))
    def a_good_committee_is_convened(self, insiders: set[str], outsiders: set[str]) -> None:
        self.a_committee_is_convened(self.officer or "prs_a", insiders, outsiders)

    @precondition(lambda self: self.status == "committee")
    @rule(approve=st.booleans())
    def all_vote(self, approve: bool) -> None:  # noqa: FBT001
        for who in sorted(self.members):
            self.vote(who, approve)

    @rule(
        chair=OFFICERS,
        outcome=st.sampled_from(["approved", "rejected", "deferred"]),
        reasons=st.booleans(),
        rests=st.sampled_from([None, 0, 4, 90]),
    )
    def decide(self, chair: str, outcome: str, reasons: bool, rests: int | None = None) -> None:  # noqa: FBT001
        counted = {who: vote for who, vote in self.votes.items() if who not in self.declared}
        good = (
            self.status == "committee"
            and self.impartial(chair)
            and chair not in self.officers | self.barred
            and (outcome == "deferred" or (self.composed(set(counted)) and outcome == self.result(counted)))
            and (outcome == "approved" or reasons)
            and (rests is None or (outcome == "deferred" and rests > 0))
        )
        until = None if rests is None else self.today + timedelta(days=rests)
        fields = {"outcome": outcome, "reasons": ["unsafe"] if reasons else [], "until": until and until.isoformat()}
        ruling = Ruling.model_validate(fields)
        with self.allowed(when=good):
            self.review.decide(ruling, person(chair), self.now)
        if good:
            self.sat.add(chair)
            self.decided(outcome)
            if until:
                self.status, self.rests_until = "deferred", until

    @precondition(lambda self: self.status == "committee")
    @rule(chair=OFFICERS)
    def the_chair_follows_the_votes(self, chair: str) -> None:
        counted = {who: vote for who, vote in self.votes.items() if who not in self.declared}
        self.decide(chair, self.result(counted), reasons=True)

    @precondition(lambda self: self.status == "committee" and bool(self.officers - {self.officer}))
    @rule(data=st.data())
    def a_former_officer_wants_to_decide(self, data: st.DataObject) -> None:
        self.decide(data.draw(st.sampled_from(sorted(self.officers - {self.officer}))), "deferred", reasons=True)

    def decided(self, outcome: str) -> None:
        self.status = {"deferred": "screening"}.get(outcome, outcome)
        if outcome == "rejected" and self.appealed:
            self.end()
        elif outcome == "rejected":
            self.until = working_day_after(self.today, self.asked.appeal_days)

    @rule()
    def appeal(self) -> None:
        good = self.status == "rejected"
        with self.allowed(when=good):
            self.review.appeal("!", OWNER, self.now)
        if good:
            self.status, self.until, self.appealed = "appealed", None, True
            self.barred, self.institution_days = set(self.sat), 0

    @rule(who=OFFICERS)
    def order_inspection(self, who: str) -> None:
        self.moves(who, "committee", "inspection", self.do_order)

    @rule(who=OFFICERS)
    def report_inspection(self, who: str) -> None:
        self.moves(who, "inspection", "committee", self.do_report)

    def do_order(self, who: Actor, at: datetime) -> None:
        self.review.order_inspection("대전", date(2027, 1, 4), [], who, at)

    def do_report(self, who: Actor, at: datetime) -> None:
        self.review.report_inspection("만족", {}, who, at, passed=True)

    def moves(self, who: str, before: str, after: str, command: Callable[[Actor, datetime], None]) -> None:
        good = self.handled(who, before)
        with self.allowed(when=good):
            command(person(who), self.now)
        if good:
            self.status = after

    @rule()
    def certify(self) -> None:
        good = self.status in {"approved", "certified"}
        with self.allowed(when=good):
            self.review.certify("crt_1", self.now)
        if self.status == "approved":
            self.status = "certified"
            self.ends += 1

    def handled(self, who: str, *statuses: str) -> bool:
        return self.status in statuses and self.officer != "" and self.impartial(who)

    def composed(self, people: set[str]) -> bool:
        outside = len(people.intersection(OUTSIDE))
        return len(people) >= self.asked.quorum and outside * 100 >= len(people) * self.asked.outside_percent

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        assert (self.review.status, self.review.officer) == (self.status, self.officer)
        if self.status not in ENDED:
            assert self.review.days_at_institution(self.now) == self.institution_days

    @invariant()
    def somebody_or_the_clock_has_the_next_step(self) -> None:
        turn, due = self.review.turn, self.review.due()
        assert (turn is None) is (self.status in ENDED)
        assert (turn is None) is (due is None) is (self.review.next_step is None)

    @invariant()
    def nobody_sees_a_change_without_an_event_and_the_end_is_told_once(self) -> None:
        heard = names(self.review)
        assert heard or self.review.public() == self.shown
        self.shown = self.review.public()
        self.ends -= heard.count("verification.review.ended")
        assert self.ends == 0
        self.review.recorded.clear()


TestReviewLife = ReviewLife.TestCase
TestReviewLife.settings = settings(max_examples=250, stateful_step_count=30)
