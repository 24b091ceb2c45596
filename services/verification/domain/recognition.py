"""Recognition rules: an institution's word that it adopts another's certificates."""

from datetime import datetime
from typing import ClassVar

from services.verification.domain.facts import Actor
from shared.aggregate import Aggregate
from shared.errors import Invalid, Refused
from shared.events.catalog import Council, PartyState
from shared.events.verification import (
    RecognitionRuleCreated,
    RecognitionRuleState,
    RecognitionRuleStatus,
    RecognitionRuleWithdrawn,
)


class RecognitionRule(Aggregate):
    """`institution` adopts certificates of `accepts`, where category and council match; empty ones match all.

    `declared_by` is a person, and empty where the rule is older than this was kept.
    """

    kind: ClassVar[str] = "verification.recognition_rule"

    institution: str
    accepts: str
    category: str = ""
    council: Council | None = None
    status: RecognitionRuleStatus = "in_force"
    declared_by: str = ""

    @classmethod
    def create(
        cls, rule_id: str, who: Actor, accepts: PartyState, category: str, council: Council | None, at: datetime
    ) -> "RecognitionRule":
        """Return a rule in force. Raise Invalid for a rule about oneself or about somebody who certifies nothing."""
        institution = who.party
        if accepts.id == institution:
            raise Invalid(
                "recognition_rule.own",
                "your own certificates need no rule",
                "자기 기관의 인증서에는 규칙이 필요하지 않습니다",
                field="/accepts",
            )
        if accepts.party_kind != "institution":
            raise Invalid(
                "recognition_rule.no_institution",
                f"{accepts.id} is no institution",
                f"{accepts.id}은(는) 기관이 아닙니다",
                field="/accepts",
            )
        rule = cls(
            id=rule_id,
            institution=institution,
            accepts=accepts.id,
            category=category,
            council=council,
            declared_by=who.person,
        )
        rule._record(
            RecognitionRuleCreated(
                at=at, rule=rule_id, institution=institution, accepts=accepts.id, category=category, council=council
            )
        )
        return rule

    def withdraw(self, at: datetime) -> None:
        """Adopt no more under this rule; what it has led to stays."""
        if self.status == "withdrawn":
            return
        self.status = "withdrawn"
        self._record(RecognitionRuleWithdrawn(at=at, rule=self.id, institution=self.institution, accepts=self.accepts))

    def must_cover(self, institution: str, issuer: str, category: str, council: Council) -> None:
        """Raise Refused unless this institution may adopt a certificate of this issuer in this field now."""
        if not (
            self.status == "in_force"
            and (self.institution, self.accepts) == (institution, issuer)
            and self.category in {"", category}
            and self.council in {None, council}
        ):
            raise Refused(
                "recognition.not_covered",
                "this recognition rule does not cover the certificate",
                "이 인정 규칙이 적용되지 않는 인증서입니다",
                field="/rule",
            )

    def must_be_anothers(self, person: str) -> None:
        """Raise Refused if this person declared it: with one alone for both, nobody else has looked."""
        if person == self.declared_by:
            raise Refused(
                "recognition.own_rule",
                f"{person} declared this rule: somebody else of the institution recognises by it",
                f"{person}은(는) 이 인정 규칙을 등록한 사람입니다. 같은 기관의 다른 담당자가 인정해야 합니다",
                field="/rule",
            )

    def claims(self) -> list[str]:
        """An institution says a thing once."""
        if self.status == "withdrawn":
            return []
        return [f"rule:{self.institution}|{self.accepts}|{self.category}|{self.council or ''}"]

    def taken(self, claim: str) -> Refused:
        return Refused(
            "recognition_rule.duplicate", "such a rule is in force already", f"같은 규칙이 이미 있습니다({claim})"
        )

    def public(self) -> RecognitionRuleState:
        return RecognitionRuleState(**self.model_dump())
