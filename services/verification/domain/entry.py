"""Entry rules: what an institution asks of a product before anybody looks at it. Each is checked by machine."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from services.verification.domain.certificate import last_valid_day
from shared.errors import Refused
from shared.events.catalog import Category, Council, ProductCertificate, ProductFacts
from shared.events.envelope import WHOLE

PARTY = r"^pty_[a-z0-9]{1,40}$"


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is known on the day of a product version that applies to one institution."""

    institution: str
    facts: ProductFacts
    certificates: Collection[ProductCertificate]
    """Those that cover this version."""
    used_before: bool
    """The institution has had a contract for the product."""
    today: date


class _EntryRule(BaseModel, ABC):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def met_by(self, applicant: Applicant) -> str:
        """Return the fact that meets the rule. Raise Refused with the one that does not."""


class FieldRule(_EntryRule):
    """Only products of these categories and councils; an empty list means every one."""

    rule: Literal["field"]
    categories: list[Category] = Field(default_factory=list, max_length=20, examples=[["water"]])
    councils: list[Council] = Field(default_factory=list, max_length=3, examples=[["soc"]])

    def met_by(self, applicant: Applicant) -> str:
        category, council = applicant.facts.category, applicant.facts.council
        if (self.categories and category not in self.categories) or (self.councils and council not in self.councils):
            taken = ", ".join([*self.categories, *self.councils])
            raise Refused(
                "entry.field",
                f"takes {taken}; the product is of {category}, {council}",
                f"신청 분야({category}, {council})가 대상 분야({taken})가 아닙니다",
            )
        return f"{category}, {council}"


class ReadinessRule(_EntryRule):
    """Technology readiness level (TRL, 1-9) at least this."""

    rule: Literal["readiness_level"]
    least: Annotated[int, WHOLE] = Field(ge=1, le=9, examples=[7])

    def met_by(self, applicant: Applicant) -> str:
        level = applicant.facts.readiness_level
        if level < self.least:
            raise Refused(
                "entry.readiness_level",
                f"asks for readiness level {self.least}; the product has {level}",
                f"기술성숙도 {self.least} 이상이어야 합니다(현재 {level})",
            )
        return str(level)


class ProtectionRule(_EntryRule):
    """Intellectual property that stays protected for at least so many years from today."""

    rule: Literal["ip_protection"]
    years: Annotated[int, WHOLE] = Field(ge=1, le=20, examples=[3])

    def met_by(self, applicant: Applicant) -> str:
        ends = applicant.facts.ip_expires_on
        needed = last_valid_day(applicant.today, self.years)
        if ends is None or ends < needed:
            raise Refused(
                "entry.ip_protection",
                f"asks for IP protected until {needed} or longer; the product's {_ends(ends)}",
                f"지식재산권이 {needed}까지 유효해야 합니다(현재 {ends or '없음'})",
            )
        return f"until {ends}"


class CertificatesRule(_EntryRule):
    """At least so many valid certificates of other institutions for this version, of these issuers if any are named."""

    rule: Literal["certificates_held"]
    least: Annotated[int, WHOLE] = Field(default=1, ge=1, le=10, examples=[1])
    issuers: list[Annotated[str, Field(pattern=PARTY)]] = Field(
        default_factory=list, max_length=50, examples=[["pty_lh"]]
    )

    def met_by(self, applicant: Applicant) -> str:
        held = [
            each.number
            for each in applicant.certificates
            if each.valid_until >= applicant.today
            and each.institution != applicant.institution
            and (not self.issuers or each.institution in self.issuers)
        ]
        if len(held) < self.least:
            raise Refused(
                "entry.certificates_held",
                f"asks for {self.least} valid certificates; the product holds {len(held)} that count",
                f"유효한 인증서가 {self.least}건 필요합니다(현재 {len(held)}건)",
            )
        return ", ".join(held)


class NoPriorUseRule(_EntryRule):
    """Never contracted by this institution before: it tries out what is new to it."""

    rule: Literal["no_prior_use"]

    def met_by(self, applicant: Applicant) -> str:
        if applicant.used_before:
            raise Refused(
                "entry.no_prior_use",
                "takes only what it has not used; it has had a contract for the product",
                "해당 기관에서 이미 계약한 적이 있는 제품입니다",
            )
        return "no contract"


EntryRule: TypeAlias = Annotated[
    FieldRule | ReadinessRule | ProtectionRule | CertificatesRule | NoPriorUseRule, Field(discriminator="rule")
]


def _ends(day: date | None) -> str:
    return "is not stated" if day is None else f"ends on {day}"
