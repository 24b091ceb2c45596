"""What an institution asks for, as data: entry rules, the scoring sheet, the committee and the deadlines."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.verification.domain.committee import Vote
from services.verification.domain.dossier import Dossier
from services.verification.domain.eligibility import Addressee, check_entry
from services.verification.domain.rule_set import RuleSet
from services.verification.domain.rules import Rules
from shared.errors import Invalid, MarketError, NotFound, Refused
from shared.events.catalog import ProductCertificate, ProductFacts
from shared.events.days import end_of, seoul_date
from shared.events.working_days import working_day_after
from tests.unit.verification.builders import (
    APPROVED,
    CHAIR,
    HOUSING,
    NOON,
    PANEL,
    REJECTED,
    WATER,
    a_firm,
    a_product,
    a_review_in_committee,
    a_screened_review,
    accepted,
    an_addressee,
    an_institution,
    an_officer,
    an_outsider,
    some_rules,
)

SHEET = [
    {"code": "performance", "title": "성능", "title_en": "Performance", "points": 60},
    {"code": "economy", "title": "경제성", "title_en": "Economy", "points": 40},
]
SCORED = some_rules(sheet=SHEET, pass_mark=70)


def held(institution: str, until: date) -> ProductCertificate:
    return ProductCertificate(id="crt_1", number="TM-2025-X-1", institution=institution, version=1, valid_until=until)


@pytest.mark.parametrize(
    ("rule", "changes", "met"),
    [
        ({"rule": "field", "categories": ["water"], "councils": ["soc"]}, {}, True),
        ({"rule": "field", "categories": ["water"]}, {"category": "road"}, False),
        ({"rule": "field", "councils": ["energy", "ict"]}, {}, False),
        ({"rule": "field"}, {}, True),
        ({"rule": "readiness_level", "least": 8}, {}, True),
        ({"rule": "readiness_level", "least": 9}, {}, False),
        ({"rule": "ip_protection", "years": 3}, {"ip_expires_on": date(2029, 11, 22)}, True),
        ({"rule": "ip_protection", "years": 3}, {"ip_expires_on": date(2029, 11, 21)}, False),
        ({"rule": "ip_protection", "years": 1}, {}, False),
        ({"rule": "certificates_held"}, {"certificates": [held(HOUSING, date(2026, 11, 23))]}, True),
        ({"rule": "certificates_held"}, {"certificates": [held(HOUSING, date(2026, 11, 22))]}, False),
        ({"rule": "certificates_held"}, {"certificates": [held(WATER, date(2027, 11, 22))]}, False),
        ({"rule": "certificates_held", "least": 2}, {"certificates": [held(HOUSING, date(2027, 1, 1))]}, False),
        (
            {"rule": "certificates_held", "issuers": ["pty_lh"]},
            {"certificates": [held(HOUSING, date(2027, 1, 1))]},
            False,
        ),
    ],
)
def test_an_entry_rule_is_met_by_a_fact_or_says_why_not(rule: Any, changes: Any, met: bool) -> None:  # noqa: FBT001
    (finding,) = check_entry(a_product(**changes), 1, an_addressee(rules=some_rules(entry=[rule])), NOON)

    assert (finding.rule, finding.met) == (f"entry.{rule['rule']}", met)
    assert bool(finding.fact) is met
    assert bool(finding.en and finding.ko) is not met


@pytest.mark.parametrize("used", [True, False])
def test_an_institution_may_take_only_what_it_has_not_used(used: bool) -> None:  # noqa: FBT001
    rules = some_rules(entry=[{"rule": "no_prior_use"}])

    (finding,) = check_entry(a_product(), 1, an_addressee(rules=rules, used_before=used), NOON)

    assert finding.met is not used


def test_a_proposed_version_is_looked_at_as_it_is_proposed() -> None:
    proposed = ProductFacts(category="road", council="soc", readiness_level=9)
    product = a_product(status="listed", proposed_version=2, proposed=proposed)
    ready = an_addressee(rules=some_rules(entry=[{"rule": "readiness_level", "least": 9}]))

    dossier = Dossier.submit("dos_1", product, 2, a_firm(), [ready], NOON)

    assert (dossier.category, dossier.checks[-1].fact) == ("road", "9")
    with pytest.raises(Refused, match="readiness level 9; the product has 8"):
        Dossier.submit("dos_1", product, 1, a_firm(), [ready], NOON)


def test_a_refused_dossier_names_everything_that_is_not_met_at_once() -> None:
    strict = some_rules(entry=[{"rule": "readiness_level", "least": 9}, {"rule": "ip_protection", "years": 2}])
    picky = some_rules(entry=[{"rule": "field", "categories": ["road"]}])

    addressees = [an_addressee("pty_any"), an_addressee(WATER, strict), an_addressee(HOUSING, picky)]

    with pytest.raises(Refused) as refusal:
        Dossier.submit("dos_1", a_product(), 1, a_firm(), addressees, NOON)

    said = refusal.value
    assert (said.rule, said.field) == ("dossier.entry_rules_unmet", "/institutions/1")
    for part in ("readiness level 9", "is not stated", "takes road"):
        assert part in said.en
    for part in ("기술성숙도 9", "지식재산권", "신청 분야"):
        assert part in said.ko


def test_a_dossier_names_the_rules_it_was_applied_for_under() -> None:
    rule_set = RuleSet.create("rls_1", an_institution(), some_rules(), NOON)
    rule_set.publish(some_rules(quorum=5), NOON)

    dossier = Dossier.submit("dos_1", a_product(), 1, a_firm(), [Addressee(an_institution(), "rev_1", rule_set)], NOON)

    (application,) = dossier.applications
    assert (application.rule_set, application.rule_set_version) == ("rls_1", 2)


def test_rules_are_published_in_versions_that_stay() -> None:
    first, second = some_rules(), some_rules(quorum=7)
    rule_set = RuleSet.create("rls_1", an_institution(), first, NOON)

    rule_set.publish(second, NOON)
    rule_set.publish(second, NOON)

    assert [event.name for event in rule_set.recorded] == ["verification.rule_set.published"] * 2
    assert (rule_set.rules, rule_set.at_version(1), rule_set.public().number) == (second, first, 2)
    with pytest.raises(NotFound):
        rule_set.at_version(3)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sheet": SHEET[:1]}, "rule_set.points"),
        ({"sheet": [SHEET[0], SHEET[1] | {"code": "performance"}]}, "rule_set.criterion_twice"),
        ({"review_days": 60, "longest_days": 50}, "rule_set.longest_days"),
    ],
)
def test_rules_that_make_no_sense_are_not_published(changes: Any, rule: str) -> None:
    rule_set = RuleSet.create("rls_1", an_institution(), some_rules(), NOON)

    with pytest.raises(Invalid) as refusal:
        rule_set.publish(some_rules(**changes), NOON)

    assert refusal.value.rule == rule
    assert len(rule_set.versions) == 1


def test_certificates_of_the_version_shown_say_nothing_of_the_one_proposed() -> None:
    product = a_product(status="listed", proposed_version=2, certificates=[held(HOUSING, date(2027, 1, 1))])
    asking = an_addressee(rules=some_rules(entry=[{"rule": "certificates_held"}]))

    findings = [check_entry(product, version, asking, NOON)[0].met for version in (1, 2)]

    assert findings == [True, False]


@pytest.mark.parametrize(
    "entry",
    [
        {"rule": "field", "categories": ["watr"]},
        {"rule": "certificates_held", "issuers": ["banana"]},
        {"rule": "readiness_level", "least": True},
    ],
)
def test_a_slip_in_a_rule_is_refused(entry: Any) -> None:
    with pytest.raises(ValidationError):
        some_rules(entry=[entry])


@pytest.mark.parametrize("entry", [{"rule": "good_looks"}, {"rule": "readiness_level"}, {"rule": "field", "x": 1}])
def test_there_are_no_other_entry_rules(entry: Any) -> None:
    with pytest.raises(ValidationError):
        some_rules(entry=[entry])


def test_only_an_institution_has_rules() -> None:
    with pytest.raises(Invalid, match="no_institution"):
        RuleSet.create("rls_1", a_firm(), some_rules(), NOON)


def scored(*points: tuple[int, int], rules: Rules = SCORED) -> Any:
    """A review whose three members are all for it, with these points."""
    review = a_review_in_committee(rules=rules)
    for member, (performance, economy) in zip(PANEL, points, strict=True):
        vote = Vote(
            person=member.person,
            approve=True,
            score=None,
            comment="",
            points={"performance": performance, "economy": economy},
            at=NOON,
        )
        review.vote(vote, an_outsider(member.person) if member.outside else an_officer(member.person))
    return review


def test_points_add_up_and_their_mean_has_to_reach_the_pass_mark() -> None:
    review = scored((60, 20), (30, 40), (40, 20))

    review.decide(APPROVED, CHAIR, NOON)

    assert [vote.score for vote in review.panels[-1].votes] == [80, 70, 60]
    assert review.panels[-1].decision.mean_score == 70


def test_what_does_not_reach_the_pass_mark_is_rejected_whatever_the_votes_say() -> None:
    review = scored((60, 20), (30, 40), (40, 19))

    with pytest.raises(Refused, match=r"69\.67 / 70"):
        review.decide(APPROVED, CHAIR, NOON)
    review.decide(REJECTED, CHAIR, NOON)

    assert review.status == "rejected"


@pytest.mark.parametrize(
    ("points", "rule"),
    [
        ({}, "vote.points_incomplete"),
        ({"performance": 50}, "vote.points_incomplete"),
        ({"performance": 50, "economy": 30, "beauty": 1}, "vote.points_incomplete"),
        ({"performance": 61, "economy": 30}, "vote.points_too_many"),
    ],
)
def test_a_vote_gives_every_line_its_points(points: dict[str, int], rule: str) -> None:
    review = a_review_in_committee(rules=SCORED)
    vote = Vote(person="prs_in1", approve=True, score=90, comment="", points=points, at=NOON)

    with pytest.raises(MarketError) as refusal:
        review.vote(vote, an_officer("prs_in1"))

    assert refusal.value.rule == rule
    assert review.panels[-1].votes == []


def test_points_are_given_only_where_there_is_a_sheet() -> None:
    review = a_review_in_committee()

    with pytest.raises(Invalid, match="points_incomplete"):
        review.vote(
            Vote(person="prs_in1", approve=True, score=None, comment="", points={"x": 1}, at=NOON),
            an_officer("prs_in1"),
        )


@pytest.mark.parametrize(
    ("changes", "rule"), [({"quorum": 4}, "committee.quorum"), ({"outside_percent": 50}, "committee.outside_share")]
)
def test_a_committee_is_composed_as_the_rules_have_it(changes: Any, rule: str) -> None:
    review = a_screened_review(some_rules(**changes))
    accepted(review, PANEL)

    with pytest.raises(Refused) as refusal:
        review.convene(PANEL, an_officer(), NOON)

    assert refusal.value.rule == rule


def test_rounds_and_deadlines_are_those_of_the_rules() -> None:
    rules = some_rules(rounds=0, review_days=8, longest_days=20)
    review = a_screened_review(rules)

    assert review.due_on() == working_day_after(seoul_date(NOON), 8)
    assert review.ends_at() == end_of(working_day_after(seoul_date(NOON), 20))
    with pytest.raises(Refused, match="rounds_used"):
        review.ask("?", 5, an_officer(), NOON)
