"""Rule sets: what each institution asks for, in versions. A review keeps to the version it was applied for under."""

from datetime import datetime
from typing import ClassVar

from services.verification.domain.rules import Rules
from shared.aggregate import Aggregate
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import PartyState
from shared.events.verification import RuleSetPublished, RuleSetState

MOST_VERSIONS = 200
"""A new version every month for sixteen years."""


class RuleSet(Aggregate):
    """An institution's rules. `versions[n - 1]` is version n; the last one is in force for what is submitted now."""

    kind: ClassVar[str] = "verification.rule_set"

    institution: str
    versions: list[Rules]

    @classmethod
    def create(cls, rule_set_id: str, institution: PartyState, rules: Rules, at: datetime) -> "RuleSet":
        """Return an institution's first rules. Raise Invalid if they make no sense or it certifies nothing."""
        if institution.party_kind != "institution":
            raise Invalid(
                "rule_set.no_institution",
                f"{institution.id} is no institution",
                f"{institution.id}은(는) 기관이 아닙니다",
            )
        rules.must_make_sense()
        rule_set = cls(id=rule_set_id, institution=institution.id, versions=[rules])
        rule_set._published(at)
        return rule_set

    @property
    def rules(self) -> Rules:
        return self.versions[-1]

    def publish(self, rules: Rules, at: datetime) -> None:
        """Put other rules in force. Reviews that are under way keep to theirs."""
        rules.must_make_sense()
        if rules == self.rules:
            return
        if len(self.versions) >= MOST_VERSIONS:
            raise Refused(
                "rule_set.full", f"it has {MOST_VERSIONS} versions at most", f"버전은 최대 {MOST_VERSIONS}개입니다"
            )
        self.versions.append(rules)
        self._published(at)

    def at_version(self, number: int) -> Rules:
        """Return version `number`. Raise NotFound."""
        if not 1 <= number <= len(self.versions):
            raise NotFound("rule_set.version_unknown", f"there is no version {number}", f"{number} 버전이 없습니다")
        return self.versions[number - 1]

    def claims(self) -> list[str]:
        """An institution has one rule set."""
        return [rules_of(self.institution)]

    def taken(self, claim: str) -> Refused:
        return Refused(
            "rule_set.exists",
            "the institution has a rule set: publish a new version of it",
            f"이미 심사 규칙이 있습니다({claim}). 새 버전을 게시하십시오",
        )

    def public(self) -> RuleSetState:
        return RuleSetState(
            id=self.id,
            institution=self.institution,
            number=len(self.versions),
            title=self.rules.title,
            title_en=self.rules.title_en,
        )

    def _published(self, at: datetime) -> None:
        self._record(RuleSetPublished(at=at, rule_set=self.id, institution=self.institution, number=len(self.versions)))


def rules_of(institution: str) -> str:
    """Return the claim by which an institution's rule set is found."""
    return f"rules_of:{institution}"
