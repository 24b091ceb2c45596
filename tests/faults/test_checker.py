"""The checker on facts made by hand: a sound market, and the same with one thing wrong."""

from dataclasses import replace
from typing import Any

from tests.faults.checker import bars_missed, violations_of
from tests.faults.facts import Copied, Facts, Heard, Remembered, Stored
from tests.faults.history import Attempt, Command, commands_of

PRODUCT = "prd_1"
CONTRACT = "ctr_1"


def an_attempt(key: str, number: int = 1, at: float = 0.0, **told: Any) -> Attempt:
    answer: dict[str, Any] = {"status": 200, "etag": '"1"', "position": f"{PRODUCT}:1", "answer": "a"} | told
    path = "/v1/products"
    return Attempt(key, f"{key}-{number}", "prs_1", "pty_1", "POST", path, "", "gateway", at, at + 1, **answer)


def stored_key(attempt: Attempt) -> str:
    return Command(attempt.key, (attempt,)).stored_key


def an_event(number: int, cause: str, subject: str = PRODUCT, name: str = "catalog.product.drafted") -> Heard:
    return Heard("catalog.product", name, subject, number, cause, cause, {"at": "now"}, number)


def a_state(number: int, subject: str = PRODUCT) -> Heard:
    return Heard("catalog.product", "catalog.product.state", subject, number, "", "", {"id": subject}, number)


FIRST = an_attempt("k1")
SECOND = an_attempt("k2", at=2.0, etag='"2"', position=f"{PRODUCT}:2")
DOCUMENT = Stored(
    kind="catalog.product",
    id=PRODUCT,
    version=2,
    sequence=2,
    waiting=0,
    remembered=(Remembered(stored_key(FIRST), 1, 1), Remembered(stored_key(SECOND), 2, 2)),
    forgetful=False,
    state={},
    public={"id": PRODUCT},
)
ROW = Copied("gateway", "catalog.product", PRODUCT, 2, {"id": PRODUCT})


def a_sound_market(*more: Attempt, **changed: Any) -> Facts:
    sound: dict[str, Any] = {
        "commands": commands_of([FIRST, SECOND, *more]),
        "events": [an_event(1, "k1-1"), an_event(2, "k2-1")],
        "states": [a_state(1), a_state(2)],
        "stored": [DOCUMENT],
        "copied": [ROW],
        "copied_kinds": [("gateway", "catalog.product")],
    }
    return Facts(**sound | changed)


def found(facts: Facts) -> set[str]:
    return {each.check for each in violations_of(facts)}


def test_a_sound_market_has_no_violations() -> None:
    assert violations_of(a_sound_market()) == []


def test_further_copies_are_no_violation() -> None:
    events = [an_event(1, "k1-1"), an_event(2, "k2-1"), an_event(1, "k1-1"), an_event(2, "k2-1")]

    assert violations_of(a_sound_market(events=events)) == []


def test_a_repeat_with_the_same_answer_is_no_violation() -> None:
    again = replace(FIRST, request_id="k1-2", start=9.0, end=10.0, replayed=True)

    assert violations_of(a_sound_market(again)) == []


def test_a_command_nobody_answered_may_have_done_nothing() -> None:
    assert violations_of(a_sound_market(an_attempt("k3", status=0, etag="", position=""))) == []


def test_an_acknowledged_command_without_event_is_lost() -> None:
    assert {"acknowledged", "numbered"} <= found(a_sound_market(events=[an_event(1, "k1-1")]))


def test_an_acknowledged_command_without_document_is_lost() -> None:
    assert "acknowledged" in found(a_sound_market(stored=[]))


def test_an_acknowledged_command_its_document_does_not_remember_is_lost() -> None:
    forgot = replace(DOCUMENT, remembered=DOCUMENT.remembered[:1])

    assert "acknowledged" in found(a_sound_market(stored=[forgot]))


def test_a_full_memory_may_have_dropped_a_command() -> None:
    full = replace(DOCUMENT, remembered=DOCUMENT.remembered[1:], forgetful=True)

    assert violations_of(a_sound_market(stored=[full])) == []


def test_two_attempts_that_both_took_effect_are_found() -> None:
    again = replace(FIRST, request_id="k1-2")

    assert "one effect" in found(a_sound_market(again, events=[an_event(1, "k1-1"), an_event(2, "k1-2")]))


def test_a_key_remembered_twice_is_found() -> None:
    twice = replace(DOCUMENT, remembered=(*DOCUMENT.remembered, Remembered(stored_key(FIRST), 3, 2)), version=3)

    assert "one effect" in found(a_sound_market(stored=[twice]))


def test_a_refused_command_that_published_is_found() -> None:
    refused = an_attempt("k3", status=409, etag="", position="", rule="product.not_draft")
    document = replace(DOCUMENT, sequence=3, version=3)
    events = [an_event(1, "k1-1"), an_event(2, "k2-1"), an_event(3, "k3-1")]

    assert "whole or nothing" in found(a_sound_market(refused, events=events, stored=[document]))


def test_an_event_of_a_command_that_is_not_stored_is_found() -> None:
    in_doubt = an_attempt("k3", status=503, etag="", position="")

    facts = a_sound_market(in_doubt, events=[an_event(1, "k1-1"), an_event(2, "k2-1"), an_event(3, "k3-1")])

    assert {"whole or nothing", "numbered"} <= found(facts)


def test_two_commands_at_one_version_are_found() -> None:
    over = replace(DOCUMENT, remembered=(DOCUMENT.remembered[0], replace(DOCUMENT.remembered[1], version=1)))

    assert "own versions" in found(a_sound_market(stored=[over]))


def test_another_answer_to_the_same_key_is_found() -> None:
    assert "same answer" in found(a_sound_market(replace(FIRST, request_id="k1-2", answer="b")))


def test_a_refusal_after_an_acknowledgement_is_found() -> None:
    refused = an_attempt("k1", number=2, at=5.0, status=409, etag="", position="", rule="product.not_draft")

    assert "same answer" in found(a_sound_market(refused))


def test_a_refusal_before_an_acknowledgement_is_none() -> None:
    early = an_attempt("k1", number=2, at=-5.0, status=404, etag="", position="", rule="product.unknown")

    assert violations_of(a_sound_market(early)) == []


def test_an_internal_error_is_found() -> None:
    assert "no internal errors" in found(a_sound_market(an_attempt("k3", status=500, etag="", position="")))


def test_a_version_below_one_that_was_told_before_is_found() -> None:
    late = replace(SECOND, etag='"1"')

    assert "etag order" in found(a_sound_market(commands=commands_of([FIRST, late])))


def test_first_copies_out_of_order_are_found() -> None:
    assert "numbered" in found(a_sound_market(events=[an_event(2, "k2-1"), an_event(1, "k1-1")]))


def test_a_gap_is_found() -> None:
    assert "numbered" in found(a_sound_market(events=[an_event(1, "k1-1"), an_event(3, "k2-1")]))


def test_an_outbox_that_is_not_empty_is_found() -> None:
    assert "numbered" in found(a_sound_market(stored=[replace(DOCUMENT, waiting=1)]))


def test_two_events_of_one_number_are_found() -> None:
    other = replace(an_event(2, "k9-1"), name="catalog.product.withdrawn")

    assert "same event" in found(a_sound_market(events=[an_event(1, "k1-1"), an_event(2, "k2-1"), other]))


def test_a_state_that_is_not_the_owners_is_found() -> None:
    assert "states" in found(a_sound_market(states=[a_state(1)]))
    assert "states" in found(a_sound_market(states=[replace(a_state(2), data={"id": "other"})]))


def test_an_older_state_behind_the_newest_is_found() -> None:
    assert "newest state last" in found(a_sound_market(states=[a_state(2), a_state(1)]))


def test_a_view_row_that_is_missing_old_wrong_or_made_up_is_found() -> None:
    assert "views" in found(a_sound_market(copied=[]))
    assert "views" in found(a_sound_market(copied=[replace(ROW, sequence=1)]))
    assert "views" in found(a_sound_market(copied=[replace(ROW, state={"id": "other"})]))
    assert "views" in found(a_sound_market(copied=[ROW, replace(ROW, id="prd_2")]))


def test_what_is_parked_is_found() -> None:
    assert "nothing parked" in found(a_sound_market(parked=["catalog has a|b parked: no"]))


def a_booking(meeting: str, number: int, name: str, **place: Any) -> Heard:
    data = {"event": "evt_1", "firm": f"pty_{meeting}", "institution": f"pty_i{meeting}", "slot": 1, "table": 1}
    officers = {"firm_officer": 1, "institution_officer": 1}
    return Heard("matching.meeting", f"matching.consultation.{name}", meeting, number, "", "", data | officers | place)


def test_a_table_taken_twice_is_found() -> None:
    events = [a_booking("mtg_1", 1, "booked"), a_booking("mtg_2", 1, "booked")]

    assert "booked once" in found(Facts([], events, [], []))


def test_an_officer_taken_twice_is_found() -> None:
    first = a_booking("mtg_1", 1, "booked")
    others = [a_booking("mtg_2", 1, "booked", table=2, firm="pty_mtg_1", firm_officer=officer) for officer in (1, 2)]

    wrong = ["booked once" in found(Facts([], [first, other], [], [])) for other in others]

    assert wrong == [True, False]


def test_a_place_that_was_given_back_or_moved_away_from_is_free() -> None:
    moved = a_booking("mtg_1", 2, "moved", slot=2)
    cancelled = a_booking("mtg_2", 2, "cancelled")
    booked = [a_booking(f"mtg_{number}", 1, "booked") for number in (1, 2, 3)]

    assert "booked once" not in found(Facts([], [booked[0], moved, booked[1], cancelled, booked[2]], [], []))


def a_contract(**changed: Any) -> Stored:
    state = {"amount": "300", "payments": [{"amount": "100"}, {"amount": "50"}]} | changed
    return Stored("contracts.contract", CONTRACT, 1, 2, 0, (), False, state, {})


def a_payment(number: int, amount: str) -> Heard:
    data = {"amount": amount, "institution": "pty_1", "erp_reference": f"r{number}"}
    return Heard("contracts.contract", "contracts.contract.paid", CONTRACT, number, "", "", data)


def test_money_that_differs_is_found() -> None:
    events = [a_payment(1, "100"), a_payment(2, "50")]
    shown = Copied("gateway", "contracts.contract", CONTRACT, 2, {"paid": "150"})

    assert "money" not in found(Facts([], events, [], [a_contract()], [shown]))
    assert "money" in found(Facts([], events[:1], [], [a_contract()], [shown]))
    assert "money" in found(Facts([], events, [], [a_contract()], [replace(shown, state={"paid": "100"})]))
    assert "money" in found(Facts([], events, [], [a_contract(amount="149")], [shown]))
    assert "money" in found(Facts([], [events[0], replace(events[1], data=events[0].data)], [], [a_contract()]))


def test_a_promise_that_miscounts_is_found() -> None:
    data = {"commitment": "cmt_1", "amount": "300", "meeting": ""}
    signed = Heard("contracts.contract", "contracts.contract.signed", CONTRACT, 1, "", "", data)
    ended = Heard("contracts.contract", "contracts.contract.terminated", CONTRACT, 2, "", "", {})
    counting = Stored("contracts.commitment", "cmt_1", 1, 1, 0, (), False, {"contracts": {CONTRACT: "300"}}, {})
    empty = replace(counting, state={"contracts": {}})

    assert "commitments" not in found(Facts([], [signed], [], [counting]))
    assert "commitments" in found(Facts([], [signed], [], [empty]))
    assert "commitments" in found(Facts([], [signed, ended], [], [counting]))
    assert "commitments" not in found(Facts([], [signed, ended], [], [empty]))


def a_document(kind: str, each: str, **state: Any) -> Stored:
    return Stored(kind, each, 1, 0, 0, (), False, state, {})


def sagas(*stored: Stored) -> list[str]:
    return [each.text for each in violations_of(Facts([], [], [], stored)) if each.check == "sagas"]


def test_a_saga_that_stopped_on_its_way_is_found() -> None:
    dossier = a_document("verification.dossier", "dos_1", applications=[{"review": "rev_1"}], status="submitted")
    open_one = a_document("verification.review", "rev_1", status="screening", certificate="")
    approved = a_document("verification.review", "rev_1", status="approved", certificate="")
    certified = a_document("verification.review", "rev_1", status="certified", certificate="crt_1")
    certificate = a_document("verification.certificate", "crt_1", review="rev_1", product={"id": PRODUCT, "version": 1})
    registered = a_document("catalog.product", PRODUCT, certified_version=0, certificates=[], status="registered")
    listed = a_document(
        "catalog.product", PRODUCT, certified_version=1, certificates=[{"id": "crt_1"}], status="listed"
    )
    closed = a_document("verification.dossier", "dos_1", applications=[{"review": "rev_1"}], status="closed")

    assert sagas(dossier, open_one) == []
    assert sagas(closed, certified, certificate, listed) == []
    assert "never opened" in sagas(dossier)[0]
    assert "not certified" in sagas(dossier, approved)[0]
    assert "submitted" in sagas(dossier, certified)[0]
    assert "without its certificate" in sagas(closed, certified, certificate, registered)[0]
    assert "is not the certificate of" in sagas(dossier, open_one, certificate, listed)[0]


def test_a_signed_contract_whose_meeting_does_not_know_is_found() -> None:
    data = {"commitment": "", "amount": "300", "meeting": "mtg_1"}
    signed = Heard("contracts.contract", "contracts.contract.signed", CONTRACT, 1, "", "", data)
    held = a_document("matching.meeting", "mtg_1", status="held")

    assert "sagas" in found(Facts([], [signed], [], [held]))
    assert "sagas" not in found(Facts([], [signed], [], [a_document("matching.meeting", "mtg_1", status="converted")]))


def test_bars_are_missed_by_the_slow() -> None:
    quick = [an_attempt(f"k{number}") for number in range(200)]
    slow = replace(FIRST, end=FIRST.start + 15)

    assert bars_missed(quick, 3.0) == []
    assert [each.check for each in bars_missed([*quick, slow], 3.0)] == ["bars"]
    assert len(bars_missed([slow], 15.0)) == 3
