"""Who may sign about what today: checked when a contract is drafted, offered and signed, for facts lapse in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.errors import Invalid, Refused
from shared.events.catalog import PartyState, ProductCertificate, ProductState
from shared.events.days import seoul_date
from shared.events.matching import MeetingState


@dataclass(frozen=True, slots=True)
class Standing:
    """How the two parties and the product of a contract stand, as last heard from the catalog."""

    institution: PartyState
    firm: PartyState
    product: ProductState

    def must_be_active(self, at: datetime) -> None:
        """Raise Refused unless both parties may start something new at this moment."""
        self.institution.must_be_active(at)
        self.firm.must_be_active(at)

    def must_be_seller(self, *, licence: bool) -> None:
        """Raise Invalid unless the firm sells what is its own, or takes a licence on the institution's idle IP."""
        if self.firm.party_kind != "sme":
            raise Invalid(
                "contract.firm_not_sme",
                f"{self.firm.id} is no small firm",
                f"{self.firm.id}은(는) 중소기업이 아닙니다",
                field="/firm",
            )
        idle = self.product.product_kind == "idle_ip"
        if idle and not licence:
            raise Invalid(
                "contract.idle_ip_licence_only",
                "idle IP is licensed, not bought",
                "유휴 지식재산은 기술이전(licence) 계약만 가능합니다",
                field="/contract_kind",
            )
        owner = self.institution.id if idle else self.firm.id
        if self.product.owner != owner:
            raise Invalid(
                "contract.product_of_others",
                f"{self.product.id} does not belong to {owner}",
                f"{self.product.id}은(는) {owner}의 것이 아닙니다",
                field="/product/id",
            )

    def must_be_listed(self, version: int) -> None:
        """Raise Refused unless exactly this version is the one listed now."""
        if self.product.status != "listed" or self.product.version != version:
            raise Refused(
                "contract.version_not_listed",
                f"version {version} is not listed: version {self.product.version} is {self.product.status}",
                f"{version} 버전은 등재되어 있지 않습니다({self.product.version} 버전이 {self.product.status} 상태)",
                field="/product/version",
            )

    def must_be_offered(self) -> None:
        """Raise Refused when the product left the market. A listing taken down for now keeps what is being agreed."""
        if self.product.status == "withdrawn":
            raise Refused(
                "contract.product_withdrawn",
                f"{self.product.id} was withdrawn",
                f"{self.product.id}은(는) 철회된 제품입니다",
            )

    def certificate(self, at: datetime) -> ProductCertificate | None:
        """Return the certificate a new contract rests on; idle IP needs none.

        The institution's own comes before others', then the one that lasts longest. Raise Refused when none is valid.
        """
        if self.product.product_kind == "idle_ip":
            return None
        valid = [each for each in self.product.certificates if each.valid_until >= seoul_date(at)]
        if not valid:
            raise _no_certificate(self.product.certificates)
        return max(valid, key=lambda each: (each.institution == self.institution.id, each.valid_until, each.id))

    def must_still_hold(self, certificate: ProductCertificate | None, at: datetime) -> None:
        """Raise Refused when the certificate of the snapshot has expired, or was revoked or replaced since."""
        if certificate is None:
            return
        held = [each for each in self.product.certificates if each.id == certificate.id]
        if not any(each.valid_until >= seoul_date(at) for each in held):
            raise _no_certificate(held or [certificate])


def must_have_met(meeting: MeetingState, institution: str, firm: str) -> None:
    """Raise Refused unless these two have met there and no contract has come of it yet."""
    if (meeting.institution, meeting.firm) != (institution, firm):
        raise Refused(
            "contract.meeting_of_others",
            f"{meeting.id} was between other parties",
            f"{meeting.id}은(는) 다른 당사자의 상담입니다",
            field="/meeting",
        )
    if meeting.status not in {"held", "reported"}:
        raise Refused(
            "contract.meeting_not_held",
            f"{meeting.id} is {meeting.status}: a contract comes from a meeting that was held",
            f"{meeting.id}은(는) {meeting.status} 상태입니다. 진행된 상담만 계약으로 이어집니다",
            field="/meeting",
        )


def _no_certificate(known: Sequence[ProductCertificate]) -> Refused:
    """Return the refusal that names those which do not count: ended by their date, or revoked before it."""
    told = ", ".join(f"{each.number} ~ {each.valid_until}" for each in known) or "-"
    return Refused(
        "contract.certificate_not_valid",
        f"no certificate for this product version is valid today: expired or revoked: {told}",
        f"오늘 유효한 인증서가 없습니다(만료 또는 취소: {told})",
    )
