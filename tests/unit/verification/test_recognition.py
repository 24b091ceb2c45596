import pytest

from services.verification.domain.recognition import RecognitionRule
from shared.errors import Invalid, Refused
from tests.unit.verification.builders import HOUSING, NOON, WATER, a_firm, a_rule, an_institution, an_officer, names

MANAGER = an_officer("prs_manager")


def test_a_rule_is_in_force_until_it_is_withdrawn() -> None:
    rule = RecognitionRule.create("rul_1", MANAGER, an_institution(HOUSING), "", None, NOON)
    rule.must_cover(WATER, HOUSING, "road", "soc")
    assert rule.claims() == ["rule:pty_water|pty_housing||"]

    rule.withdraw(NOON)
    rule.withdraw(NOON)

    with pytest.raises(Refused, match="not_covered"):
        rule.must_cover(WATER, HOUSING, "road", "soc")
    assert rule.claims() == []
    assert rule.public().status == "withdrawn"
    assert names(rule) == ["verification.recognition_rule.created", "verification.recognition_rule.withdrawn"]


def test_a_rule_is_about_another_institution() -> None:
    with pytest.raises(Invalid, match="own"):
        RecognitionRule.create("rul_1", MANAGER, an_institution(WATER), "", None, NOON)
    with pytest.raises(Invalid, match="no_institution"):
        RecognitionRule.create("rul_1", MANAGER, a_firm(), "", None, NOON)


def test_who_declared_a_rule_leaves_it_to_others_to_recognise_by_it() -> None:
    rule = RecognitionRule.create("rul_1", MANAGER, an_institution(HOUSING), "", None, NOON)

    rule.must_be_anothers("prs_colleague")

    with pytest.raises(Refused, match="own_rule"):
        rule.must_be_anothers("prs_manager")
    assert "prs_" not in rule.public().model_dump_json() + rule.recorded[0].model_dump_json()


def test_a_rule_from_before_people_were_kept_is_anybodys() -> None:
    a_rule().must_be_anothers("prs_manager")


def test_the_same_rule_twice_is_refused_by_its_claim() -> None:
    assert "recognition_rule.duplicate" in str(a_rule().taken("rule:x"))
