"""The two sides of an event, and who may take part there."""

from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import Invalid, Refused
from shared.events.catalog import PartyKind, ProductState

Side = Literal["firm", "institution"]

SIDES: dict[PartyKind, Side] = {"sme": "firm", "institution": "institution", "expert_institution": "institution"}
KOREAN: dict[PartyKind, str] = {"sme": "기업", "institution": "기관", "expert_institution": "전문기관"}


class MayAsk(BaseModel):
    """A kind of party that may ask parties of another kind, of the other side, to meet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requester: PartyKind = Field(examples=["sme"])
    target: PartyKind = Field(examples=["expert_institution"])


EVERYBODY = tuple(MayAsk(requester=one, target=other) for one in SIDES for other in SIDES if SIDES[one] != SIDES[other])
"""Each side asks the other."""


def must_cross(matrix: Collection[MayAsk]) -> None:
    """Raise Invalid where somebody is to ask their own side, or a kind that consults with nobody."""
    if wrong := [each for each in matrix if each not in EVERYBODY]:
        raise Invalid(
            "event.asks_wrong",
            f"{wrong[0].requester} cannot ask {wrong[0].target}: a firm meets an institution",
            "상담은 기업과 기관 사이에 이루어집니다. "
            f"{wrong[0].requester}에서 {wrong[0].target}(으)로 신청하도록 둘 수 없습니다",
            field="/may_ask",
        )


def must_be_let_ask(matrix: Collection[MayAsk], requester: PartyKind, target: PartyKind) -> None:
    """Raise Refused where this kind of party does not ask that one."""
    if MayAsk(requester=requester, target=target) not in matrix:
        raise Refused(
            "request.not_let_ask",
            f"at this event {requester} does not ask {target}",
            f"이 행사에서는 {KOREAN[requester]}이 {KOREAN[target]}에 상담을 신청할 수 없습니다",
            field="/target",
        )


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
