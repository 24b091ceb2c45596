from typing import Any

import pytest

from cli.api import OPERATOR, Answer, Command
from cli.demo.evidence import Evidence, Heard, History
from cli.demo.promises import Promise, checked

PRODUCT = {"id": "prd_a", "owner": "pty_f", "status": "listed", "version": 1}
CERTIFICATE = {"id": "crt_a", "status": "certified", "product": {"id": "prd_a", "version": 1}}
MEETING = {
    "id": "mtg_a",
    "event": "evt_a",
    "firm": "pty_f",
    "institution": "pty_i",
    "product": "prd_a",
    "slot": 1,
    "table": 1,
    "firm_officer": 1,
    "institution_officer": 1,
    "status": "converted",
}
MOVE = {
    "meeting": "mtg_a",
    "before": {"slot": 2, "table": 1},
    "after": {"slot": 1, "table": 1},
    "why": "makes_room",
}
REPAIR = {"id": "rpr_a", "status": "applied", "trouble": {"reason": "정전"}, "moves": [MOVE]}
CHANGE = MOVE | {"reason": "정전"}
CONTRACT = {"id": "ctr_a", "product": {"id": "prd_a"}, "amount": "900", "paid": "300", "status": "active"}
LINE = {"request": "req_a", "status": "placed", "reason": "", "meeting": "mtg_a"}
SENT = Command(OPERATOR, "/v1/products/prd_a/registration", None, "k")
ANSWER = Answer(200, b'{"id": "prd_a"}', replayed=False, position="prd_a:2")
AGAIN = Answer(200, b'{"id": "prd_a"}', replayed=True, position="prd_a:2")


def heard(name: str, sequence: int, **data: Any) -> Heard:
    return Heard(name, sequence, data)


def found(listings: int) -> dict[str, Any]:
    counts = [{"value": "a", "count": listings}] if listings else []
    return {"total": listings, "facets": dict.fromkeys(("council", "category", "product_kind", "region"), counts)}


def the_evidence() -> Evidence:
    """A market in which every promise holds."""
    history = History()
    history.by_aggregate["prd_a"] = [heard("catalog.product.drafted", 1), heard("catalog.product.listed", 2)]
    history.by_aggregate["req_a"] = [heard("matching.request.filed", 1, event="evt_a")]
    history.by_aggregate["ctr_a"] = [
        heard("contracts.contract.drafted", 1),
        heard("contracts.contract.signed", 2, contract="ctr_a", meeting="mtg_a", amount="900"),
        heard("contracts.contract.paid", 3, amount="300"),
    ]
    history.by_aggregate["mtg_a"] = [
        heard("matching.consultation.booked", 1),
        heard("matching.consultation.moved", 2),
        heard("matching.consultation.awaited", 3),
    ]
    return Evidence(
        products=[dict(PRODUCT)],
        found=found(1),
        certificates=[dict(CERTIFICATE)],
        reviews=[],
        day={"starts_at": "2027-04-14T01:00:00Z", "slots": 3, "slot_minutes": 30, "buffer_minutes": 0, "parts": []},
        ledger={"event": "evt_a", "requests": 1, "by_status": {"placed": 1}, "lines": [dict(LINE)]},
        lineage={
            "event": "evt_a",
            "contracted": "900",
            "lines": [{"meeting": "mtg_a", "contract": "ctr_a", "amount": "900"}],
        },
        participations=[
            {"party": "pty_f", "officers": 1, "absences": [2], "officer_absences": []},
            {"party": "pty_i", "officers": 2, "absences": [], "officer_absences": [{"officer": 2, "slots": [1]}]},
        ],
        repairs=[dict(REPAIR)],
        releases=[{"repair": "", "changes": []}, {"repair": "rpr_a", "changes": [dict(CHANGE)]}],
        meetings=[dict(MEETING)],
        contracts=[dict(CONTRACT)],
        commitments=[],
        parked={"catalog": 0},
        history=history,
        views={
            "prd_a": {
                "product": dict(PRODUCT),
                "certificates": [dict(CERTIFICATE)],
                "meetings": [dict(MEETING)],
                "contracts": [dict(CONTRACT)],
            }
        },
    )


def broken(evidence: Evidence, repeated: Answer = AGAIN) -> list[Promise]:
    return [each for each in checked(evidence, [(SENT, ANSWER)], [(ANSWER, repeated)]) if not each.held]


def test_a_sound_market_keeps_every_promise() -> None:
    assert broken(the_evidence()) == []


def test_what_is_proposed_is_told_by_a_view_alone_and_is_no_fault() -> None:
    evidence = the_evidence()
    evidence.views["prd_a"]["product"]["proposed"] = {"category": "water"}

    assert broken(evidence) == []


def test_an_acknowledged_command_whose_event_is_missing_is_seen() -> None:
    evidence = the_evidence()
    evidence.history.by_aggregate["prd_a"].pop()

    [promise] = broken(evidence)

    assert "prd_a:2" in promise.detail


def test_a_gap_and_a_later_event_that_came_first_are_seen() -> None:
    for sequences in ((1, 3), (2, 1), (2,)):
        evidence = the_evidence()
        evidence.history.by_aggregate["dos_a"] = [heard("verification.dossier.submitted", each) for each in sequences]

        [promise] = broken(evidence)

        assert "dos_a" in promise.detail


def test_a_repeated_event_is_no_fault_and_is_counted_once() -> None:
    evidence = the_evidence()
    evidence.history.by_aggregate["ctr_a"].append(heard("contracts.contract.paid", 3, amount="300"))

    assert broken(evidence) == []


@pytest.mark.parametrize(
    ("status", "certificates"), [("listed", 0), ("rejected", 1), ("registered", 1), ("draft", 1), ("paused", 0)]
)
def test_a_status_against_the_certificates_is_seen(status: str, certificates: int) -> None:
    evidence = the_evidence()
    evidence.products[0]["status"] = status
    evidence.found = found(int(status == "listed"))
    evidence.views["prd_a"]["product"]["status"] = status
    evidence.certificates = evidence.certificates[:certificates]
    evidence.views["prd_a"]["certificates"] = evidence.views["prd_a"]["certificates"][:certificates]

    [promise] = broken(evidence)

    assert f"prd_a is {status}" in promise.detail


@pytest.mark.parametrize(
    "changed", [{"total": 0}, {"facets": found(1)["facets"] | {"council": [{"value": "soc", "count": 2}]}}], ids=str
)
def test_a_listing_that_search_does_not_find_or_counts_twice_is_seen(changed: dict[str, Any]) -> None:
    evidence = the_evidence()
    evidence.found |= changed

    [promise] = broken(evidence)

    assert "1 are listed" in promise.detail or "2 of 1 listed" in promise.detail


@pytest.mark.parametrize(
    "line", [{"status": "accepted"}, {"status": "unplaced", "meeting": ""}, {"status": "placed", "meeting": ""}]
)
def test_a_request_without_an_end_or_a_reason_is_seen(line: dict[str, str]) -> None:
    evidence = the_evidence()
    evidence.ledger["lines"][0] |= line

    [promise] = broken(evidence)

    assert "req_a" in promise.detail


def test_a_request_that_vanished_from_the_ledger_is_seen() -> None:
    evidence = the_evidence()
    evidence.history.by_aggregate["req_b"] = [heard("matching.request.filed", 1, event="evt_a")]

    [promise] = broken(evidence)

    assert "2 were filed" in promise.detail


@pytest.mark.parametrize(("changed", "named"), [({"lines": []}, "ctr_a"), ({"contracted": "901"}, "901")], ids=str)
def test_a_contract_or_a_won_that_the_lineage_lacks_is_seen(changed: dict[str, Any], named: str) -> None:
    evidence = the_evidence()
    evidence.lineage |= changed

    [promise] = broken(evidence)

    assert named in promise.detail


def test_a_table_or_a_party_taken_twice_is_seen_unless_cancelled() -> None:
    evidence = the_evidence()
    other = MEETING | {
        "id": "mtg_b",
        "firm": "pty_g",
        "institution": "pty_j",
        "product": "",
        "status": "held",
        "reason": "출장",
    }
    evidence.meetings.append(other)

    [promise] = broken(evidence)
    other["status"] = "cancelled"

    assert "table 1" in promise.detail
    assert broken(evidence) == []


def test_who_meets_in_a_slot_in_which_they_cannot_is_seen() -> None:
    evidence = the_evidence()
    evidence.participations[1]["absences"] = [1]

    [promise] = broken(evidence)

    assert "pty_i cannot meet in slot 1" in promise.detail


def test_a_meeting_of_an_officer_who_is_away_is_seen() -> None:
    evidence = the_evidence()
    evidence.meetings[0]["institution_officer"] = 2

    wrong = {each.text: each.detail for each in broken(evidence)}
    assert "pty_i cannot meet in slot 1" in wrong["nobody meets in a slot in which they cannot"]


def test_a_meeting_of_who_is_on_stage_is_seen() -> None:
    evidence = the_evidence()
    part = {"status": "planned", "starts_at": "2027-04-14T10:20:00+09:00", "ends_at": "2027-04-14T10:40:00+09:00"}

    for party, held in (("pty_i", False), ("pty_other", True)):
        evidence.day["parts"] = [part | {"on_stage": [{"party": party}]}]
        assert (broken(evidence) == []) is held
    evidence.day["parts"] = [part | {"on_stage": [{"party": "pty_i"}], "status": "withdrawn"}]
    assert broken(evidence) == []


@pytest.mark.parametrize(
    ("repair", "changes", "named"),
    [
        ({"status": "applying"}, [CHANGE], "rpr_a is applying"),
        ({}, [], "nobody was told"),
        ({"moves": []}, [CHANGE], "without showing it"),
        ({}, [CHANGE, CHANGE | {"meeting": "mtg_b"}], "mtg_b"),
    ],
)
def test_a_repair_that_moved_otherwise_than_it_showed_or_in_silence_is_seen(
    repair: dict[str, Any], changes: list[dict[str, Any]], named: str
) -> None:
    evidence = the_evidence()
    evidence.repairs[0] |= repair
    evidence.releases[1]["changes"] = changes

    [promise] = broken(evidence)

    assert named in promise.detail


def test_a_meeting_that_was_handed_over_is_no_change_of_place_and_is_told() -> None:
    evidence = the_evidence()
    handed_over = {"meeting": "mtg_b", "before": MOVE["after"], "after": MOVE["after"], "why": "hands_over"}
    evidence.repairs[0]["moves"] = [MOVE, handed_over]

    [promise] = broken(evidence)
    evidence.history.by_aggregate["mtg_b"] = [heard("matching.consultation.moved", 1)]

    assert "mtg_b was handed over, which nobody was told" in promise.detail
    assert broken(evidence) == []


def test_a_meeting_that_moved_with_somebody_at_the_table_is_seen_unless_it_was_hit() -> None:
    evidence = the_evidence()
    evidence.history.by_aggregate["mtg_a"].append(heard("matching.consultation.moved", 4))

    [promise] = broken(evidence)
    evidence.repairs[0]["moves"] = [MOVE | {"why": "hit"}]

    assert "mtg_a moved with somebody at the table" in promise.detail
    assert broken(evidence) == []


@pytest.mark.parametrize(
    "left", [{"status": "booked"}, {"status": "in_progress"}, {"status": "cancelled", "reason": ""}]
)
def test_a_meeting_without_an_end_is_seen(left: dict[str, str]) -> None:
    evidence = the_evidence()
    evidence.meetings.append(MEETING | {"id": "mtg_b", "slot": 3, "product": ""} | left)

    [promise] = broken(evidence)

    assert "mtg_b is" in promise.detail


def test_a_view_behind_its_service_is_seen() -> None:
    evidence = the_evidence()
    evidence.views["prd_a"]["meetings"][0]["status"] = "reported"

    [promise] = broken(evidence)

    assert "mtg_a" in promise.detail


def test_a_contract_missing_from_a_view_is_seen_and_so_is_its_money() -> None:
    evidence = the_evidence()
    evidence.views["prd_a"]["contracts"] = []

    assert [promise.text for promise in broken(evidence)] == [
        "every view says what the services say",
        "money is the same in contracts, views and events",
    ]


def test_a_payment_that_no_event_tells_of_is_seen() -> None:
    evidence = the_evidence()
    evidence.history.by_aggregate["ctr_a"].pop()

    [promise] = broken(evidence)

    assert promise.text.startswith("money")


def test_a_meeting_that_was_not_converted_is_seen() -> None:
    evidence = the_evidence()
    evidence.meetings[0]["status"] = evidence.views["prd_a"]["meetings"][0]["status"] = "reported"

    [promise] = broken(evidence)

    assert "mtg_a" in promise.detail


def test_what_is_parked_is_seen() -> None:
    evidence = the_evidence()
    evidence.parked["catalog"] = 2

    [promise] = broken(evidence)

    assert promise.detail == "2 by catalog"


@pytest.mark.parametrize(
    "again",
    [
        Answer(200, b'{"id": "prd_a"}', replayed=False, position="prd_a:3"),
        Answer(200, b'{"id": "prd_b"}', replayed=True, position="prd_a:2"),
    ],
)
def test_a_command_carried_out_twice_or_answered_otherwise_is_seen(again: Answer) -> None:
    [promise] = broken(the_evidence(), again)

    assert promise.text.startswith("a repeated command")
