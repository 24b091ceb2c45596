"""The whole of it in order: enrolled, verified, consulted, contracted, revised, expired; then evidence and promises."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from cli.api import OPERATOR, Answer, Command, Json
from cli.demo.consulting import Consulted, consult
from cli.demo.contracting import contract
from cli.demo.evidence import Evidence, gathered
from cli.demo.expiring import Age, expire
from cli.demo.promises import Promise, checked, total
from cli.demo.revising import revise
from cli.demo.verifying import Verified, verify
from cli.enrolling import enrol
from cli.stage import Stage, Step

REPEATED = 20
# A service knows the last 32 keys of a thing; half of them leaves room for what timers and parallel calls did to it.
STILL_KNOWN = 16
EXPIRY_PATIENCE = timedelta(seconds=30)
SLOW = 0.99
FACETS = (
    "council",
    "category",
    "product_kind",
    "region",
    "issuer",
    "price_band",
    "readiness_level",
    "certificate_valid_on",
)
SHOWN_VALUES = 6
"""Of each facet so many values, those of the most listings, are printed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of the main job came to."""

    scale: str
    seed: int
    counts: Mapping[str, Mapping[str, int]]
    money: Mapping[str, str]
    rates: Mapping[str, float]
    steps: Sequence[Step]
    promises: Sequence[Promise]

    @property
    def held(self) -> bool:
        """Whether every promise held."""
        return all(promise.held for promise in self.promises)

    def json(self) -> Json:
        """Return all of it as data."""
        return {**asdict(self), "held": self.held}


async def play(stage: Stage, scale: str, seed: int, kafka_bootstrap: str, age: Age | None = None) -> Summary:
    """Play the main job and check every promise. Where nobody can `age` certificates, none ends."""
    began = time.monotonic()
    cast = await enrol(stage, scale, seed)
    verified = await verify(stage, cast)
    consulted = await consult(stage, cast, verified.listed)
    await contract(stage, cast, verified, consulted.reported)
    await revise(stage, cast, verified)
    worked = time.monotonic() - began
    told = list(stage.market.tally.answered)
    seconds = sorted(stage.market.tally.seconds)
    repeated = await _repeated(stage, told, seed)
    await _expired(stage, consulted)
    if age is not None:
        await expire(stage, age)
    evidence = await gathered(stage, consulted.event, kafka_bootstrap)
    return Summary(
        scale=scale,
        seed=seed,
        counts=_counts(evidence, verified),
        money=_money(evidence),
        rates={
            "commands": len(told),
            "seconds": round(worked, 1),
            "commands_per_second": round(len(told) / worked, 1),
            "answer_median_ms": round(seconds[len(seconds) // 2] * 1000, 1),
            "answer_p99_ms": round(seconds[int(len(seconds) * SLOW)] * 1000, 1),
            "reads": stage.market.tally.reads,
            "tries_again": stage.market.tally.tries_again,
            "events": evidence.history.events,
        },
        steps=stage.steps,
        promises=checked(evidence, told, repeated),
    )


async def _repeated(stage: Stage, told: Sequence[tuple[Command, Answer]], seed: int) -> list[tuple[Answer, Answer]]:
    """Send commands drawn at random a second time, of those whose keys are still known; return both answers."""
    known = _still_known(told)
    drawn = Random(seed).sample(known, min(REPEATED, len(known)))  # noqa: S311 - which ones is no secret

    async def again(pair: tuple[Command, Answer]) -> tuple[Answer, Answer]:
        command, first = pair
        return first, await stage.market.command(command)

    return await stage.each("commands repeated", drawn, again)


def _still_known(told: Sequence[tuple[Command, Answer]]) -> list[tuple[Command, Answer]]:
    """Leave out what much was done after: a second committee that hears an appeal is dozens of commands."""
    since: Counter[str] = Counter()
    known = []
    for command, answer in reversed(told):
        thing = answer.position.partition(":")[0]
        since[thing] += 1
        if since[thing] <= STILL_KNOWN:
            known.append((command, answer))
    return known


async def _expired(stage: Stage, consulted: Consulted) -> None:
    """Wait for the deadline after which the clock ends the requests that nobody answered."""
    left = consulted.answer_deadline - datetime.now(UTC)

    async def ended() -> int:
        ledger = await stage.market.read(OPERATOR, f"/v1/events/{consulted.event}/ledger")
        filed: int = ledger["requests"] - ledger["under_way"]
        return filed

    patience = max(left, timedelta(0)) + EXPIRY_PATIENCE
    await stage.until("requests ended", consulted.requests, ended, patience.total_seconds())


def _counts(evidence: Evidence, verified: Verified) -> dict[str, dict[str, int]]:
    lists = {
        "products": evidence.products,
        "reviews": evidence.reviews,
        "certificates": evidence.certificates,
        "requests": evidence.ledger["lines"],
        "meetings": evidence.meetings,
        "repairs": evidence.repairs,
        "contracts": evidence.contracts,
        "commitments": evidence.commitments,
    }
    counts = {name: dict(sorted(Counter(each["status"] for each in items).items())) for name, items in lists.items()}
    counts["moves of repairs"] = dict(Counter(move["why"] for each in evidence.repairs for move in each["moves"]))
    counts["entry rules not met"] = dict(sorted(verified.unmet.items()))
    counts["ways of verification"] = _ways(evidence)
    counts["reasons of requests"] = dict(sorted(evidence.ledger["by_reason"].items()))
    for facet in FACETS:
        counts[f"listed by {facet.replace('_', ' ')}"] = {
            evidence.found["names"].get(each["value"], each["value"]): each["count"]
            for each in evidence.found["facets"][facet][:SHOWN_VALUES]
        }
    return counts


def _ways(evidence: Evidence) -> dict[str, int]:
    """Count what shows that verification is each institution's own."""
    dossiers = Counter(each["dossier"] for each in evidence.reviews)
    heard_again = [each for each in evidence.reviews if each["appeals"]]
    return {
        "rule sets": len({each["rule_set"] for each in evidence.reviews}),
        "dossiers to several institutions": sum(count > 1 for count in dossiers.values()),
        "recognised": sum(bool(each["recognised_certificate"]) for each in evidence.certificates),
        "rejected at first": sum(
            each["decisions"][0]["outcome"] == "rejected" for each in evidence.reviews if each["decisions"]
        ),
        "appealed": len(heard_again),
        "appeals won": sum(each["status"] == "certified" for each in heard_again),
    }


def _money(evidence: Evidence) -> dict[str, str]:
    in_force = [each for each in evidence.contracts if each["status"] in {"active", "completed"}]
    return {
        "contracts": str(total(each["amount"] for each in evidence.contracts)),
        "in force or completed": str(total(each["amount"] for each in in_force)),
        "paid": str(total(each["paid"] for each in evidence.contracts)),
        "promised": str(total(each["amount"] for each in evidence.commitments)),
    }
