"""Who takes part in a run: firms, institutions and the people who act for them, registered through the gateway."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.catalog.domain.business_number import check_digit
from tests.faults.calling import OPERATOR, Answer, Callers, Person

CERTIFICATE_LASTS = timedelta(days=300)


class Ended(Exception):
    """A story cannot go on: a command was refused that its plot needs."""


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution's people; the panel's last member is from outside."""

    buyer: Person
    officer: Person
    chair: Person
    panel: tuple[Person, Person, Person]

    @property
    def id(self) -> str:
        return self.buyer.party


@dataclass(frozen=True, slots=True)
class Cast:
    """Firms are each one person who acts and signs."""

    firms: tuple[Person, ...]
    institutions: tuple[Institution, ...]


async def enrol(callers: Callers, firms: int, institutions: int) -> Cast:
    """Register and confirm the parties."""
    numbers = iter(range(firms + institutions))
    parties = await asyncio.gather(
        *(_party(callers, "sme", next(numbers)) for _ in range(firms)),
        *(_party(callers, "institution", next(numbers)) for _ in range(institutions)),
    )
    return Cast(
        tuple(
            Person(f"prs_f{number}", party, "sme", ("manager", "signer"))
            for number, party in enumerate(parties[:firms])
        ),
        tuple(_institution(number, party) for number, party in enumerate(parties[firms:])),
    )


def must(answer: Answer) -> Answer:
    """Return the answer of a command that a plot needs. Raise Ended when it was refused."""
    if not answer.good:
        raise Ended(answer.rule or str(answer.status))
    return answer


async def _party(callers: Callers, kind: str, number: int) -> str:
    nine = f"{100 + number:03}{81 if kind == 'sme' else 82}{1000 + number:04}"
    body = {
        "party_kind": kind,
        "title": f"{'기업' if kind == 'sme' else '기관'} {number}",
        "business_number": f"{nine}{check_digit(nine)}",
    }
    party: str = must(await callers.command(Person(f"prs_founder{number}"), "/v1/parties", body)).json["id"]
    until = (datetime.now(UTC) + CERTIFICATE_LASTS).date().isoformat()
    checks = {"tax_active": True} | ({"sme_certificate_until": until} if kind == "sme" else {})
    must(await callers.command(OPERATOR, f"/v1/parties/{party}/activation", checks))
    return party


def _institution(number: int, party: str) -> Institution:
    def person(letter: str, *roles: str) -> Person:
        return Person(f"prs_{letter}{number}", party, "institution", roles)

    panel = (person("v", "member"), person("w", "member"), Person(f"prs_x{number}"))
    return Institution(person("b", "manager", "signer"), person("o", "officer"), person("c", "chair"), panel)
