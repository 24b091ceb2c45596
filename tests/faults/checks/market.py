"""The market's own promises: nobody booked twice, no won lost or made, every process ended where it should."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.faults.facts import Facts, Json, Stored, Violation

ENDED = frozenset({"certified", "final"})
SHOWN = frozenset({"listed", "paused", "withdrawn"})
PLACE = ("slot", "table", "firm_officer", "institution_officer")


def booked_once(facts: Facts) -> Iterator[Violation]:
    """No table and no officer of a party has two standing meetings in one slot, by the events alone."""
    taken: defaultdict[tuple[str, int, str], list[str]] = defaultdict(list)
    for meeting, place in _standing_meetings(facts).items():
        people = [f"officer {place[f'{side}_officer']} of {place[side]}" for side in ("firm", "institution")]
        for who in (*people, f"table {place['table']}"):
            taken[place["event"], place["slot"], who].append(meeting)
    for (event, slot, who), meetings in taken.items():
        if len(meetings) > 1:
            text = f"{who} is booked {len(meetings)} times in slot {slot} of {event}"
            yield Violation("booked once", f"{text}: {', '.join(meetings)}")


def money(facts: Facts) -> Iterator[Violation]:
    """What was paid is the same in contracts, events and views, and never more than was agreed."""
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in facts.of("contracts.contract.paid"):
        paid[event.subject] += Decimal(event.data["amount"])
    shown = {
        each.id: Decimal(each.state["paid"])
        for each in facts.copied
        if each.service == "gateway" and each.kind == "contracts.contract"
    }
    for contract in facts.all("contracts.contract"):
        stored = sum((Decimal(each["amount"]) for each in contract.state["payments"]), Decimal(0))
        if stored > Decimal(contract.state["amount"]):
            yield Violation("money", f"{contract.id} was paid {stored} of {contract.state['amount']}")
        if paid[contract.id] != stored:
            yield Violation("money", f"{contract.id} was paid {stored}, its events say {paid[contract.id]}")
        if contract.id in shown and shown[contract.id] != stored:
            yield Violation("money", f"{contract.id} was paid {stored}, the view says {shown[contract.id]}")
    yield from _references(facts)


def commitments(facts: Facts) -> Iterator[Violation]:
    """A promise counts exactly the signed and not terminated contracts that name it."""
    ended = {each.subject for each in facts.of("contracts.contract.terminated")}
    expected: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for event in facts.of("contracts.contract.signed"):
        if event.data["commitment"] and event.subject not in ended:
            expected[event.data["commitment"]][event.subject] = event.data["amount"]
    for commitment in facts.all("contracts.commitment"):
        counted, wanted = commitment.state["contracts"], expected[commitment.id]
        if counted != wanted:
            text = f"{commitment.id} counts {sorted(counted) or 'nothing'}"
            yield Violation("commitments", f"{text}, signed and standing are {sorted(wanted) or 'none'}")


def reviewed(facts: Facts) -> Iterator[Violation]:
    """Each dossier's reviews are open, each approval is certified, each dossier is closed with its last review."""
    reviews = {each.id: each for each in facts.all("verification.review")}
    for dossier in facts.all("verification.dossier"):
        theirs = [each["review"] for each in dossier.state["applications"]]
        for missing in [each for each in theirs if each not in reviews]:
            yield Violation("sagas", f"review {missing} of {dossier.id} was never opened")
        statuses = [reviews[each].state["status"] for each in theirs if each in reviews]
        if (dossier.state["status"] == "closed") != all(each in ENDED for each in statuses):
            yield Violation("sagas", f"{dossier.id} is {dossier.state['status']}, its reviews are {statuses}")
    for review in reviews.values():
        if review.state["status"] in {"approved", "recognised"}:
            yield Violation("sagas", f"{review.id} is {review.state['status']} and not certified")


def certified(facts: Facts) -> Iterator[Violation]:
    """Each certificate belongs to a certified review, and its product is listed with it."""
    documents = facts.documents
    for certificate in facts.all("verification.certificate"):
        review = documents.get(certificate.state["review"])
        if review is None or review.state["certificate"] != certificate.id:
            yield Violation("sagas", f"{certificate.id} is not the certificate of {certificate.state['review']}")
        product = documents.get(certificate.state["product"]["id"])
        if product is None:
            yield Violation(
                "sagas", f"{certificate.id} is for {certificate.state['product']['id']}, which is not there"
            )
        elif not _carries(product, certificate):
            yield Violation(
                "sagas", f"{product.id} is {product.state['status']} without its certificate {certificate.id}"
            )


def converted(facts: Facts) -> Iterator[Violation]:
    """A meeting is converted exactly when a contract that names it was signed."""
    signed = {each.data["meeting"] for each in facts.of("contracts.contract.signed") if each.data["meeting"]}
    meetings = facts.all("matching.meeting")
    for meeting in meetings:
        if (meeting.id in signed) != (meeting.state["status"] == "converted"):
            led = "led" if meeting.id in signed else "did not lead"
            yield Violation("sagas", f"{meeting.id} is {meeting.state['status']} and {led} to a signed contract")


def _standing_meetings(facts: Facts) -> dict[str, Json]:
    """Return where each meeting that was not cancelled takes place, folded from its events."""
    standing: dict[str, Json] = {}
    for subject, heard in facts.first_copies.items():
        for event in sorted(heard, key=lambda each: each.sequence):
            if event.name == "matching.consultation.booked":
                standing[subject] = event.data
            elif event.name == "matching.consultation.moved" and subject in standing:
                standing[subject] = standing[subject] | {name: event.data[name] for name in PLACE}
            elif event.name == "matching.consultation.cancelled":
                standing.pop(subject, None)
    return standing


def _references(facts: Facts) -> Iterator[Violation]:
    used: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for event in facts.of("contracts.contract.paid"):
        used[event.data["institution"], event.data["erp_reference"]].append(f"{event.subject}:{event.sequence}")
    for (institution, reference), events in used.items():
        if len(events) > 1:
            yield Violation("money", f"{institution} used reference {reference} for {', '.join(events)}")


def _carries(product: Stored, certificate: Stored) -> bool:
    if product.state["certified_version"] > certificate.state["product"]["version"]:
        return True
    held = any(each["id"] == certificate.id for each in product.state["certificates"])
    return held and product.state["status"] in SHOWN
