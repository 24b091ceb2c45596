"""The promises the market makes, each checked against the evidence. Nothing here asks anybody anything."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from cli.api import Answer, Command, Json
from cli.demo.day_promises import absences_kept, ended, mended
from cli.demo.evidence import Evidence, rows_of, signed, view_differs

FINAL = frozenset({"declined", "expired", "withdrawn", "placed", "unplaced"})
CERTIFYING = frozenset({"certified", "renewal_due"})
SHOWN = frozenset({"listed", "paused"})
ONE_EACH = ("council", "category", "product_kind")
"""Facets of which every listing has exactly one value."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise, whether it held, and on what that rests."""

    text: str
    held: bool
    detail: str


def checked(
    evidence: Evidence, told: Iterable[tuple[Command, Answer]], repeated: Iterable[tuple[Answer, Answer]]
) -> list[Promise]:
    """Check every promise. `told` are the commands and their answers, `repeated` answers to the same command twice."""
    checks: list[tuple[str, Callable[[], tuple[list[str], str]]]] = [
        ("what every acknowledged command led to is on Kafka", lambda: _acknowledged(evidence, told)),
        ("the events of each aggregate are numbered 1, 2, 3 ... without a gap", lambda: _numbered(evidence)),
        ("a product is listed exactly as its certificates say", lambda: _certified(evidence)),
        ("search finds what is listed, and its facets add up", lambda: _found(evidence)),
        ("every review was decided as its institution's rules ask for", lambda: _by_rules(evidence)),
        ("every request ended, with a reason, and the ledger adds up", lambda: _ledger(evidence)),
        ("no party and no table is taken twice in one slot", lambda: _once(evidence)),
        ("nobody meets in a slot in which they cannot", lambda: absences_kept(evidence)),
        ("repairs moved what they showed, told everybody moved, and left what was final", lambda: mended(evidence)),
        ("every meeting was held or missed, or cancelled with a reason", lambda: ended(evidence)),
        ("a meeting is converted exactly when a contract signed by both came of it", lambda: _converted(evidence)),
        ("what came of the day is the contracts that name its meetings", lambda: _lineage(evidence)),
        ("every view says what the services say", lambda: _views(evidence)),
        ("money is the same in contracts, views and events", lambda: _money(evidence)),
        ("nothing is parked", lambda: _parked(evidence)),
        ("a repeated command is answered as the first time", lambda: _repeated(repeated)),
    ]
    promises = []
    for text, check in checks:
        wrong, detail = check()
        more = f" ({len(wrong)} in all)" if len(wrong) > 1 else ""
        promises.append(Promise(text, not wrong, f"{wrong[0]}{more}" if wrong else detail))
    return promises


def _acknowledged(evidence: Evidence, told: Iterable[tuple[Command, Answer]]) -> tuple[list[str], str]:
    positions = [answer.position for _, answer in told]
    kept = {f"{subject}:{each.sequence}" for subject, heard in evidence.history.by_aggregate.items() for each in heard}
    missing = [position for position in positions if position not in kept]
    return [f"{each} was acknowledged and is not on Kafka" for each in missing], f"{len(positions)} commands"


def _numbered(evidence: Evidence) -> tuple[list[str], str]:
    history, wrong, repeats = evidence.history, [], 0
    for subject, heard in history.by_aggregate.items():
        first = list(dict.fromkeys(each.sequence for each in heard))
        repeats += len(heard) - len(first)
        if first != list(range(1, len(first) + 1)):
            wrong.append(f"{subject} has {first[:8]}")
    if history.unreadable:
        wrong.append(f"{history.unreadable} records are no events")
    return wrong, f"{history.events - repeats} events of {len(history.by_aggregate)} aggregates, {repeats} sent twice"


def _certified(evidence: Evidence) -> tuple[list[str], str]:
    valid = Counter(each["product"]["id"] for each in evidence.certificates if each["status"] in CERTIFYING)
    waiting = {each["product"]["id"] for each in evidence.reviews if each["status"] not in {"certified", "final"}}
    wrong = []
    for product in evidence.products:
        status, held = product["status"], valid[product["id"]]
        right = {
            "rejected": not held and product["id"] not in waiting,
            "registered": not held,
            "draft": not held,
        }.get(status, bool(held) if status in SHOWN else True)
        if not right:
            wrong.append(f"{product['id']} is {status} with {held} valid certificates")
    return wrong, f"{len(evidence.products)} products, {sum(valid.values())} valid certificates"


def _found(evidence: Evidence) -> tuple[list[str], str]:
    found, listed = evidence.found, sum(each["status"] == "listed" for each in evidence.products)
    counted = {facet: sum(each["count"] for each in found["facets"][facet]) for facet in ONE_EACH}
    wrong = [f"{facet} adds up to {count} of {listed} listed" for facet, count in counted.items() if count != listed]
    if found["total"] != listed:
        wrong.append(f"{found['total']} are found, {listed} are listed")
    return wrong, f"{listed} listings, {len(found['facets'])} facets"


def _by_rules(evidence: Evidence) -> tuple[list[str], str]:
    wrong, sets, decided = [], set(), 0
    for review in evidence.reviews:
        rules = review["rules"]
        sets.add((review["rule_set"], review["rule_set_version"]))
        for decision in review["decisions"]:
            decided += 1
            votes, mean = decision["votes_for"] + decision["votes_against"], decision["mean_score"]
            scored = (mean is not None) == bool(rules["sheet"])
            passed = decision["outcome"] != "approved" or mean is None or mean >= rules["pass_mark"]
            if not (scored and passed and votes >= rules["quorum"]):
                wrong.append(f"{review['id']} was {decision['outcome']} by {votes} votes, {mean} points")
    return wrong, f"{decided} decisions, {len(sets)} rule sets"


def _ledger(evidence: Evidence) -> tuple[list[str], str]:
    ledger = evidence.ledger
    lines = ledger["lines"]
    wrong = [f"{each['request']} is {each['status']}" for each in lines if each["status"] not in FINAL]
    wrong += [
        f"{each['request']} is {each['status']} without a reason"
        for each in lines
        if each["status"] in FINAL and not (each["meeting"] if each["status"] == "placed" else each["reason"])
    ]
    filed = sum(1 for each in evidence.history.of("matching.request.filed") if each["event"] == ledger["event"])
    if not filed == ledger["requests"] == len(lines) == sum(ledger["by_status"].values()):
        wrong.append(f"{filed} were filed, {ledger['requests']} are in the ledger: {ledger['by_status']}")
    return wrong, ", ".join(f"{count} {status}" for status, count in sorted(ledger["by_status"].items()))


def _once(evidence: Evidence) -> tuple[list[str], str]:
    standing = sum(each["status"] != "cancelled" for each in evidence.meetings)
    return double_bookings(evidence.meetings), f"{standing} meetings stand"


def _converted(evidence: Evidence) -> tuple[list[str], str]:
    led = {each["meeting"] for each in evidence.history.of("contracts.contract.signed") if each["meeting"]}
    converted = {each["id"] for each in evidence.meetings if each["status"] == "converted"}
    wrong = [f"{each} led to a signed contract and is not converted" for each in sorted(led - converted)]
    wrong += [f"{each} is converted without a signed contract" for each in sorted(converted - led)]
    return wrong, f"{len(converted)} meetings converted"


def _lineage(evidence: Evidence) -> tuple[list[str], str]:
    lineage = evidence.lineage
    here = {each["id"] for each in evidence.meetings if each["event"] == lineage["event"]}
    signed_since = {
        each["contract"]: Decimal(each["amount"])
        for each in evidence.history.of("contracts.contract.signed")
        if each["meeting"] in here
    }
    shown = {line["contract"]: Decimal(line["amount"]) for line in lineage["lines"]}
    wrong = [
        f"{each} was signed for {signed_since.get(each)} and is {shown.get(each)} in the lineage"
        for each in sorted(signed_since.keys() | shown.keys())
        if signed_since.get(each) != shown.get(each)
    ]
    if Decimal(lineage["contracted"]) != sum(shown.values()):
        wrong.append(f"the lines of the lineage add up to {sum(shown.values())}, not {lineage['contracted']}")
    return wrong, f"{len(shown)} contracts, {Decimal(lineage['contracted']):,} won"


def _views(evidence: Evidence) -> tuple[list[str], str]:
    wrong = []
    for product in evidence.products:
        view = evidence.views.get(product["id"])
        if view is not None and (differs := view_differs(view, product, rows_of(evidence, product))):
            wrong.append(differs)
    return wrong, f"{len(evidence.views)} products with all around them"


def _money(evidence: Evidence) -> tuple[list[str], str]:
    shown = [each for view in evidence.views.values() for each in view["contracts"]]
    agreed = {
        "contracts": total(each["amount"] for each in evidence.contracts if signed(each)),
        "views": total(each["amount"] for each in shown if each["amount"] is not None),
        "events": total(each["amount"] for each in evidence.history.of("contracts.contract.signed")),
    }
    paid = {
        "contracts": total(each["paid"] for each in evidence.contracts),
        "views": total(each["paid"] for each in shown),
        "events": total(each["amount"] for each in evidence.history.of("contracts.contract.paid")),
    }
    wrong = [f"{what}: {sums}" for what, sums in (("amounts", agreed), ("paid", paid)) if len(set(sums.values())) > 1]
    return wrong, f"{agreed['contracts']:,} won agreed, {paid['contracts']:,} won paid"


def _parked(evidence: Evidence) -> tuple[list[str], str]:
    wrong = [f"{count} by {service}" for service, count in evidence.parked.items() if count]
    return wrong, f"{len(evidence.parked)} services asked"


def _repeated(pairs: Iterable[tuple[Answer, Answer]]) -> tuple[list[str], str]:
    pairs = list(pairs)
    wrong = [
        f"first {first.status}, then {again.status}{'' if again.replayed else ', carried out again'}"
        for first, again in pairs
        if (first.status, first.body) != (again.status, again.body) or not again.replayed
    ]
    return wrong, f"{len(pairs)} commands sent again"


def double_bookings(meetings: Iterable[Json]) -> list[str]:
    """Return what is taken twice in one slot of an event, a line each."""
    taken = Counter(
        (each["event"], each["slot"], who)
        for each in meetings
        if each["status"] != "cancelled"
        for who in (
            (each["firm"], each["firm_officer"]),
            (each["institution"], each["institution_officer"]),
            ("table", each["table"]),
        )
    )
    return [
        f"{who} {number} has {count} meetings in slot {slot}"
        for (_, slot, (who, number)), count in taken.items()
        if count > 1
    ]


def total(amounts: Iterable[str]) -> Decimal:
    """Add up won."""
    return sum(map(Decimal, amounts), Decimal(0))
