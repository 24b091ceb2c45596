"""Members over HTTP: load, decide, save. Only their own party and the operator see them."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from services.catalog.domain.description import Contact
from services.catalog.domain.member import Member, Place, Roles, place_of
from services.catalog.ground import Catalog, Owned
from services.catalog.member_views import MemberPage, MemberView, member_view
from services.catalog.routes import Body, Reason
from shared.calls import Call, Changing, Creating, Listing, Reading, answer, listed, shown
from shared.errors import NotFound, Refused
from shared.web import api_router

members = api_router("/v1/members", "members")

PARTY = r"^pty_[a-z0-9]{1,40}$"
MEMBER = r"^mem_[a-z0-9]{1,40}$"
MemberId = Annotated[str, Path(pattern=MEMBER, examples=["mem_3k9d2f"])]


class Enrolment(Place):
    """Who becomes a member of which party, and how they are reached there."""

    party: str = Field(pattern=PARTY, examples=["pty_kwater"])
    person: str = Field(pattern=r"^[a-z]{3}_[A-Za-z0-9_-]{1,60}$", examples=["prs_8kq2"])
    contact: Contact | None = None


class Lending(Body):
    """Which of your own roles, and until when."""

    roles: Annotated[Roles, Field(min_length=1)]
    until: AwareDatetime = Field(examples=["2026-12-31T00:00:00+09:00"])


class GivingBack(Body):
    """The member who lent the roles."""

    lender: str = Field(pattern=MEMBER, examples=["mem_7c1x4p"])


@members.post("", response_model=MemberView, status_code=201)
async def enrol_member(body: Enrolment, call: Creating, catalog: Owned) -> Response:
    """Let a person act for your party, with roles: by Market-Principal, whether or not their token names the party."""
    call.caller.must_act_for(body.party)
    member_id = call.new_id("mem")
    await catalog.members.refuse_repeat(member_id, call.cause)
    party = await catalog.parties.load(body.party)
    place = Place(team=body.team, roles=body.roles, until=body.until)
    member = Member.enrol(member_id, party, body.person, body.contact, place, call.caller.actor, call.at)
    return answer(await catalog.members.create(member, call.cause), 201)


@members.get("", response_model=MemberPage)
async def list_members(
    request: Request,
    call: Reading,
    catalog: Owned,
    page: Listing,
    party: Annotated[str | None, Query(pattern=PARTY, description="Your own, unless you run the market")] = None,
    team: Annotated[str | None, Query(examples=["구매부"])] = None,
) -> MemberPage:
    """List the members of your party, also those who have left, newest first."""
    if not call.caller.is_operator:
        party = party or call.principal
        call.caller.must_act_for(party)
    found = await listed(catalog.members, {"party": party, "team": team}, page, request)
    return MemberPage(items=[member_view(each) for each in found.items], next=found.next)


@members.get("/{member_id}", response_model=MemberView)
async def get_member(member_id: MemberId, request: Request, call: Reading, catalog: Owned) -> Response:
    """Show a member of your party."""
    member = _of_own_party(await catalog.members.load(member_id), call)
    return shown(member_view(member), member.version, request)


@members.post("/{member_id}/place", response_model=MemberView)
async def assign_member(member_id: MemberId, body: Place, call: Changing, catalog: Owned) -> Response:
    """Give a member another team, other roles or another end. Nobody does so for themselves."""
    member = await _changed(member_id, call, catalog)
    member.assign(body, call.caller.actor, call.at)
    return answer(await catalog.members.save(member, call.cause))


@members.post("/{member_id}/delegations", response_model=MemberView)
async def delegate_roles(member_id: MemberId, body: Lending, call: Changing, catalog: Owned) -> Response:
    """Lend roles of your own to a colleague for a time, in place of what you lent them before.

    They count as long as you have them. What your colleague does with them is recorded as done by your colleague.
    """
    member = await _changed(member_id, call, catalog)
    lender = await catalog.members.holding(place_of(member.party, call.caller.actor))
    if lender is None:
        raise Refused(
            "member.not_enrolled",
            "only an enrolled member has roles to lend",
            "등록된 구성원만 역할을 위임할 수 있습니다",
        )
    member.borrow(lender, body.roles, body.until, call.at)
    return answer(await catalog.members.save(member, call.cause))


@members.post("/{member_id}/delegation-end", response_model=MemberView)
async def end_delegation(member_id: MemberId, body: GivingBack, call: Changing, catalog: Owned) -> Response:
    """Give lent roles back, or take them back, before their time."""
    member = await _changed(member_id, call, catalog)
    member.give_back(body.lender, call.caller.actor, call.at)
    return answer(await catalog.members.save(member, call.cause))


@members.post("/{member_id}/departure", response_model=MemberView)
async def remove_member(member_id: MemberId, body: Reason, call: Changing, catalog: Owned) -> Response:
    """Let a member act for your party no more; what they lent to colleagues is over too."""
    member = await _changed(member_id, call, catalog)
    member.leave(body.reason, call.at)
    return answer(await catalog.members.save(member, call.cause))


@members.put("/{member_id}/contact", response_model=MemberView)
async def change_member_contact(member_id: MemberId, body: Contact, call: Changing, catalog: Owned) -> Response:
    """Say how a member is reached; what was said before is forgotten, as by `DELETE`."""
    member = await _changed(member_id, call, catalog)
    member.be_reached_by(body)
    return answer(await catalog.members.forget(member, call.cause))


@members.delete("/{member_id}/contact", response_model=MemberView)
async def erase_member_contact(member_id: MemberId, call: Changing, catalog: Owned) -> Response:
    """Erase how a member is reached, for good: also from what a repeat of an earlier call is answered.

    The person may do so themselves, even after they have left; so may their party and the operator.
    """
    member = await catalog.members.load(member_id, call.cause)
    if call.caller.actor != member.person:
        _of_own_party(member, call)
    member.erase_contact()
    return answer(await catalog.members.forget(member, call.cause))


async def _changed(member_id: str, call: Call, catalog: Catalog) -> Member:
    return _of_own_party(await catalog.members.load(member_id, call.cause), call)


def _of_own_party(member: Member, call: Call) -> Member:
    if member.party != call.principal and not call.caller.is_operator:
        raise NotFound("member.unknown", f"there is no member {member.id}", f"{member.id}을(를) 찾을 수 없습니다")
    return member
