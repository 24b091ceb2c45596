"""Members: people who act for a party, with roles of their own and roles that colleagues lend them for a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, computed_field

from services.catalog.domain.description import Contact
from services.catalog.domain.party import Party
from shared.aggregate import Aggregate
from shared.errors import Forbidden, Invalid, NotFound, Refused
from shared.events.catalog import (
    Delegation,
    MemberChanged,
    MemberDelegated,
    MemberDelegationEnded,
    MemberEnrolled,
    MemberLeft,
    MemberRole,
    MemberState,
    MemberStatus,
    PartyKind,
)

LONGEST_PLACE = timedelta(days=36_525)
LONGEST_DELEGATION = timedelta(days=366)
MOST_LENDERS = 50

Roles = Annotated[
    list[MemberRole],
    AfterValidator(lambda roles: sorted(set(roles))),
    Field(max_length=5, examples=[["signer"]], description="Each once, in any order"),
]


class Place(BaseModel):
    """Where in a party somebody works, with which roles, and until when (none: until they leave)."""

    model_config = ConfigDict(extra="forbid")

    team: str = Field(default="", max_length=100, pattern=r"^$|\S", examples=["구매부"])
    roles: Roles = Field(default_factory=list)
    until: AwareDatetime | None = Field(default=None, examples=["2099-12-31T00:00:00+09:00"])


class Loan(Delegation):
    """Roles that were lent, by whom and when; `ended_at` when they were given or taken back before their time."""

    person: str
    at: AwareDatetime
    ended_at: AwareDatetime | None = None


class Member(Aggregate):
    """A person in a party. Who has left does not come back: they are enrolled anew, as another member.

    Nobody gives roles to themselves. A role that is lent stays its lender's: only own roles are lent on, and they
    count as long as the lender has them.
    """

    kind: ClassVar[str] = "catalog.member"
    personal: ClassVar[frozenset[str]] = frozenset({"contact"})

    party: str
    party_kind: PartyKind
    person: str
    contact: Contact | None
    team: str
    roles: list[MemberRole]
    until: AwareDatetime | None
    loans: list[Loan] = Field(default_factory=list)
    left_at: AwareDatetime | None = None

    @classmethod
    def enrol(
        cls, member_id: str, party: Party, person: str, contact: Contact | None, place: Place, by: str, at: datetime
    ) -> "Member":
        """Return a new member of a confirmed party. Who works for the market's operator is not for the market to say.

        Raise Refused for any other party, and for whoever would enrol themselves.
        """
        if party.party_kind == "operator":
            raise Refused(
                "member.of_operator",
                "the operator's people are named by whoever issues tokens",
                "운영자 소속은 토큰 발급자가 정합니다",
                field="/party",
            )
        if party.status not in {"active", "restricted"}:
            raise Refused(
                "party.not_active",
                f"{party.id} is {party.status}",
                f"{party.id}이(가) 활동 상태가 아닙니다({party.status})",
                field="/party",
            )
        member = cls(
            id=member_id,
            party=party.id,
            party_kind=party.party_kind,
            person=person,
            contact=contact,
            **place.model_dump(),
        )
        member._must_be_anothers(by)
        member._must_end_later(place.until, at)
        member._record(MemberEnrolled(at=at, **member._told(), **place.model_dump()))
        return member

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> MemberStatus:
        """Stored, so that lists can ask for it."""
        return "active" if self.left_at is None else "left"

    def assign(self, place: Place, by: str, at: datetime) -> None:
        """Give the member another team, other roles, another end: what was lent counts by these from now on."""
        self._must_be_anothers(by)
        self._must_be_here()
        if Place(team=self.team, roles=self.roles, until=self.until) == place:
            return
        self._must_end_later(place.until, at)
        self.team, self.roles, self.until = place.team, place.roles, place.until
        self._record(MemberChanged(at=at, **self._told(), **place.model_dump()))

    def borrow(self, lender: "Member", roles: Sequence[MemberRole], until: datetime, at: datetime) -> None:
        """Take roles of a colleague's own for a time; they take the place of what the same colleague lent before."""
        self._must_be_anothers(lender.person)
        self._must_be_here()
        if not lender.public().acts(at) or not {*roles} <= {*lender.roles}:
            raise Refused(
                "member.role_not_held",
                "you can lend only roles of your own",
                "본인의 역할만 위임할 수 있습니다",
                field="/roles",
            )
        known = next((each for each in self.loans if each.lender == lender.id), None)
        if known is not None and known.ended_at is None and (known.roles, known.until) == (roles, until):
            return
        self._must_end_later(until, at, LONGEST_DELEGATION)
        others = [each for each in self.loans if each.lender != lender.id]
        if len(others) >= MOST_LENDERS:
            others = [each for each in others if each.ended_at is None and at < each.until]
        if len(others) >= MOST_LENDERS:
            raise Refused(
                "member.lenders_full",
                f"{MOST_LENDERS} colleagues have lent roles already",
                f"이미 {MOST_LENDERS}명에게서 위임받았습니다",
            )
        self.loans = [*others, Loan(lender=lender.id, person=lender.person, roles=roles, until=until, at=at)]
        self._record(MemberDelegated(at=at, **self._told(), lender=lender.id, roles=roles, until=until))

    def give_back(self, lender: str, by: str, at: datetime) -> None:
        """End what a colleague lent: that colleague does, or who has it. Raise NotFound."""
        loan = next((each for each in self.loans if each.lender == lender), None)
        if loan is None:
            raise NotFound(
                "delegation.unknown",
                f"{lender} has lent nothing here",
                f"{lender}이(가) 위임한 역할이 없습니다",
                field="/lender",
            )
        if by not in {loan.person, self.person}:
            raise Forbidden(
                "delegation.others",
                "it is ended by who lent the roles or who has them",
                "위임한 사람이나 위임받은 사람만 종료할 수 있습니다",
            )
        if loan.ended_at is None:
            self.loans = [each if each is not loan else loan.model_copy(update={"ended_at": at}) for each in self.loans]
            self._record(MemberDelegationEnded(at=at, **self._told(), lender=lender))

    def be_reached_by(self, contact: Contact) -> None:
        """Be reached in another way from now on. No event tells: it is personal."""
        self._must_be_here()
        self.contact = contact

    def erase_contact(self) -> None:
        """Be known by the opaque id alone, also after leaving."""
        self.contact = None

    def leave(self, reason: str, at: datetime) -> None:
        """Act for the party no more."""
        if self.left_at is None:
            self.left_at = at
            self._record(MemberLeft(at=at, **self._told(), reason=reason))

    def claims(self) -> list[str]:
        return [place_of(self.party, self.person)] if self.left_at is None else []

    def taken(self, claim: str) -> Refused:
        return Refused(
            "member.enrolled",
            f"{claim.rpartition(':')[2]} is a member already",
            f"{claim.rpartition(':')[2]}은(는) 이미 구성원입니다",
            field="/person",
        )

    def public(self) -> MemberState:
        lent = [Delegation(**each.model_dump()) for each in self.loans if each.ended_at is None]
        return MemberState(**self.model_dump(exclude={"contact", "loans", "left_at"}), delegations=lent)

    def _told(self) -> dict[str, str]:
        return {"member": self.id, "party": self.party, "person": self.person}

    def _must_be_here(self) -> None:
        if self.left_at is not None:
            raise Refused("member.left", f"{self.id} has left", f"{self.id}은(는) 탈퇴한 구성원입니다")

    def _must_be_anothers(self, by: str) -> None:
        if by == self.person:
            raise Refused(
                "member.own_roles",
                "nobody gives roles to themselves: a colleague does",
                "본인에게 역할을 부여할 수 없습니다. 다른 담당자가 부여해야 합니다",
            )

    def _must_end_later(self, until: datetime | None, at: datetime, longest: timedelta = LONGEST_PLACE) -> None:
        if until is not None and not at < until <= at + longest:
            raise Invalid(
                "member.until_out_of_range",
                f"it ends in the future, within {longest.days} days",
                f"종료일은 지금부터 {longest.days}일 이내의 미래여야 합니다",
                field="/until",
            )


def place_of(party: str, person: str) -> str:
    """Return the claim of a person's one place in a party."""
    return f"member:{party}:{person}"
