from datetime import timedelta
from typing import Any

import pytest

from services.catalog.domain.description import Contact
from services.catalog.domain.member import LONGEST_DELEGATION, MOST_LENDERS, Member, Place, place_of
from shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.builders import NOON, a_registered_party, an_active_party

DAY = timedelta(days=1)
MONTH = NOON + timedelta(days=30)
BOSS = "prs_boss"


def a_member(person: str = "prs_kim", **place: Any) -> Member:
    party = an_active_party(party_kind="institution")
    contact = Contact(name="김하늘", phone="02-555-0100", mail="sky@example.kr")
    member = Member.enrol(f"mem_{person[4:]}", party, person, contact, Place(**place), BOSS, NOON)
    member.ledger.recorded.clear()
    return member


def names(member: Member) -> list[str]:
    return [event.name.rpartition(".")[2] for event in member.recorded]


def roles(member: Member, lender: Member, days: int = 0) -> set[str]:
    return set(member.public().roles_at(NOON + days * DAY, {lender.id: lender.public()}))


def test_a_member_holds_the_one_place_of_a_person_in_a_party_until_they_leave() -> None:
    member = a_member()
    held = member.claims()

    member.leave("퇴사", NOON)
    member.leave("퇴사", NOON)

    assert held == [place_of(member.party, "prs_kim")]
    assert (member.claims(), member.status, names(member)) == ([], "left", ["left"])
    assert member.taken(held[0]).field == "/person"


def test_no_name_is_in_what_others_are_told() -> None:
    member = a_member(team="구매부", roles=["signer"])
    member.assign(Place(team="계약부"), BOSS, NOON)

    told = [member.public().model_dump_json(), *(event.model_dump_json() for event in member.recorded)]

    assert not any(word in text for text in told for word in ("김하늘", "555-0100", "sky@"))


@pytest.mark.parametrize("kind", ["operator", "sme"])
def test_nobody_is_enrolled_for_the_operator_or_for_a_party_that_was_not_confirmed(kind: str) -> None:
    party = a_registered_party(party_kind=kind)

    with pytest.raises(Refused) as refusal:
        Member.enrol("mem_1", party, "prs_kim", None, Place(), BOSS, NOON)

    assert refusal.value.field == "/party"


def test_nobody_gives_roles_to_themselves() -> None:
    member = a_member()

    with pytest.raises(Refused, match="themselves"):
        member.assign(Place(roles=["chair"]), "prs_kim", NOON)
    with pytest.raises(Refused, match="themselves"):
        Member.enrol("mem_1", an_active_party(), BOSS, None, Place(), BOSS, NOON)
    with pytest.raises(Refused, match="themselves"):
        member.borrow(member, [], MONTH, NOON)


def test_the_same_place_again_is_no_news() -> None:
    member = a_member(team="구매부", roles=["signer", "officer", "signer"])

    member.assign(Place(team="구매부", roles=["officer", "signer"]), BOSS, NOON)
    member.assign(Place(team="계약부", roles=["officer"], until=MONTH), BOSS, NOON)

    assert names(member) == ["changed"]
    assert (member.team, member.roles, member.until) == ("계약부", ["officer"], MONTH)


@pytest.mark.parametrize("until", [NOON, NOON - DAY, NOON + timedelta(days=40_000)])
def test_a_place_ends_in_the_future(until: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        a_member(until=until)

    assert refusal.value.field == "/until"


def test_who_has_come_to_the_end_acts_no_more_and_comes_back_by_a_new_end() -> None:
    member = a_member(roles=["signer"], until=MONTH)

    assert (member.public().acts(MONTH - DAY), member.public().acts(MONTH)) == (True, False)
    member.assign(Place(roles=["signer"], until=MONTH + 2 * DAY), BOSS, MONTH)

    assert member.public().acts(MONTH)


def test_lent_roles_count_until_their_time() -> None:
    lender, member = a_member("prs_lee", roles=["signer", "manager"]), a_member(roles=["officer"])

    member.borrow(lender, ["signer"], NOON + 3 * DAY, NOON)
    member.borrow(lender, ["signer"], NOON + 3 * DAY, NOON)

    assert names(member) == ["delegated"]
    assert [roles(member, lender, days) for days in (0, 2, 3)] == [
        {"officer", "signer"},
        {"officer", "signer"},
        {"officer"},
    ]


def test_lent_roles_are_over_when_their_lender_loses_them() -> None:
    lender, member = a_member("prs_lee", roles=["signer"]), a_member()
    member.borrow(lender, ["signer"], MONTH, NOON)

    lender.assign(Place(roles=["officer"]), BOSS, NOON)
    changed = roles(member, lender)
    lender.assign(Place(roles=["signer"]), BOSS, NOON)
    again = roles(member, lender)
    lender.leave("퇴사", NOON)

    assert (changed, again, roles(member, lender)) == (set(), {"signer"}, set())


def test_only_own_roles_are_lent_and_none_that_were_borrowed() -> None:
    lender, between, member = a_member("prs_lee", roles=["signer"]), a_member("prs_han"), a_member()
    between.borrow(lender, ["signer"], MONTH, NOON)

    with pytest.raises(Refused, match="roles of your own") as refusal:
        member.borrow(between, ["signer"], MONTH, NOON)

    assert refusal.value.field == "/roles"
    lender.leave("퇴사", NOON)
    with pytest.raises(Refused, match="roles of your own"):
        member.borrow(lender, ["signer"], MONTH, NOON)


@pytest.mark.parametrize("until", [NOON, NOON + LONGEST_DELEGATION + DAY])
def test_roles_are_lent_for_a_year_at_most(until: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        a_member().borrow(a_member("prs_lee", roles=["signer"]), ["signer"], until, NOON)

    assert refusal.value.field == "/until"


def test_who_lent_or_who_has_a_role_ends_the_loan_and_nobody_else() -> None:
    lender, member = a_member("prs_lee", roles=["signer"]), a_member()
    member.borrow(lender, ["signer"], MONTH, NOON)

    with pytest.raises(NotFound):
        member.give_back("mem_other", "prs_lee", NOON)
    with pytest.raises(Forbidden):
        member.give_back(lender.id, "prs_other", NOON)
    member.give_back(lender.id, "prs_lee", NOON)
    member.give_back(lender.id, "prs_kim", NOON)

    assert names(member) == ["delegated", "delegation_ended"]
    assert (roles(member, lender), member.loans[0].ended_at) == (set(), NOON)
    member.borrow(lender, ["signer"], MONTH, NOON)
    assert roles(member, lender) == {"signer"}


def test_who_has_left_gets_no_roles() -> None:
    member = a_member()
    member.leave("퇴사", NOON)

    with pytest.raises(Refused, match="has left"):
        member.assign(Place(), BOSS, NOON)
    with pytest.raises(Refused, match="has left"):
        member.borrow(a_member("prs_lee", roles=["signer"]), ["signer"], MONTH, NOON)


def test_loans_that_are_over_make_room_for_new_ones() -> None:
    member = a_member()
    lenders = [a_member(f"prs_{number}", roles=["signer"]) for number in range(MOST_LENDERS + 1)]
    for lender in lenders[:-1]:
        member.borrow(lender, ["signer"], MONTH, NOON)

    with pytest.raises(Refused) as refusal:
        member.borrow(lenders[-1], ["signer"], MONTH, NOON)
    member.give_back(lenders[0].id, "prs_kim", NOON)
    member.borrow(lenders[-1], ["signer"], MONTH, NOON)

    assert refusal.value.rule == "member.lenders_full"
    assert {each.lender for each in member.loans} == {each.id for each in lenders[1:]}


def test_how_a_member_is_reached_changes_while_they_are_here_and_is_erased_even_afterwards() -> None:
    member = a_member()
    member.be_reached_by(Contact(name="박나래", phone="", mail="narae@example.kr"))
    member.leave("퇴사", NOON)

    with pytest.raises(Refused, match="left"):
        member.be_reached_by(Contact(name="김하늘", phone="", mail=""))
    member.erase_contact()

    assert (member.contact, names(member)) == (None, ["left"])
