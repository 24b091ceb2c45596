"""The two sides of an event, and who may take part there."""

from typing import Literal

from shared.errors import Refused
from shared.events.catalog import PartyKind, ProductState

Side = Literal["firm", "institution"]

SIDES: dict[PartyKind, Side] = {"sme": "firm", "institution": "institution", "expert_institution": "institution"}


def side_of(kind: PartyKind) -> Side:
    """Return the side a kind of party is on. Raise Refused for one that consults with nobody."""
    if kind not in SIDES:
        raise Refused(
            "participation.kind_not_served",
            f"a party of kind {kind} does not take part in consultations",
            f"{kind} 유형의 당사자는 상담에 참가하지 않습니다",
        )
    return SIDES[kind]


def not_taking_part(party: str, field: str = "") -> Refused:
    return Refused(
        "participation.missing",
        f"{party} has no confirmed place at this event",
        f"{party}은(는) 이 행사의 확정된 참가자가 아닙니다",
        field=field,
    )


def must_face(firm: Side, institution: Side) -> None:
    """Raise Refused unless the two are a firm and an institution."""
    if (firm, institution) != ("firm", "institution"):
        raise Refused(
            "meeting.sides_wrong",
            "a firm meets an institution",
            "상담은 기업과 기관 사이에 이루어집니다",
            field="/firm",
        )


def must_be_offered(product: ProductState, firm: str) -> None:
    """Raise Refused unless the product is listed and this firm's."""
    if product.status != "listed" or product.owner != firm:
        raise Refused(
            "product.not_offered",
            f"{product.id} is not a listed product of {firm}",
            f"{product.id}은(는) {firm}의 등재 제품이 아닙니다",
            field="/product",
        )
