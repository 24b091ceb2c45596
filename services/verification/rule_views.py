"""How rule sets and recognition rules are shown. They are public: who applies may know what is asked."""

from pydantic import BaseModel, ConfigDict

from services.verification.domain.recognition import RecognitionRule
from services.verification.domain.rule_set import RuleSet
from services.verification.domain.rules import EXAMPLE, Rules
from shared.events.verification import RecognitionRuleState, RuleSetState


class RuleSetView(RuleSetState):
    """An institution's rule set with the rules that are in force, which are version `number`."""

    document_version: int
    rules: Rules

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "rls_3f8v1q",
                "institution": "pty_kwater",
                "number": 2,
                "title": "혁신기술 심사 규칙",
                "title_en": "Rules for innovative technology",
                "document_version": 2,
                "rules": EXAMPLE,
            }
        }
    )


class RecognitionRuleView(RecognitionRuleState):
    """A recognition rule."""

    document_version: int

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "rul_6h3w8e",
                "institution": "pty_kwater",
                "accepts": "pty_lh",
                "category": "water",
                "council": None,
                "status": "in_force",
                "document_version": 1,
            }
        }
    )


class RuleSetPage(BaseModel):
    """Rule sets, newest first; `next` is the cursor of the next page."""

    items: list[RuleSetView]
    next: str | None = None


class RecognitionRulePage(BaseModel):
    """Recognition rules, newest first; `next` is the cursor of the next page."""

    items: list[RecognitionRuleView]
    next: str | None = None


def rule_set_view(rule_set: RuleSet) -> RuleSetView:
    return RuleSetView(**rule_set.public().model_dump(), document_version=rule_set.version, rules=rule_set.rules)


def rule_view(rule: RecognitionRule) -> RecognitionRuleView:
    return RecognitionRuleView(**rule.public().model_dump(), document_version=rule.version)
