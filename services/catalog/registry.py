"""The business registry over HTTP: the tax office's status query, and the SME certificates in the same shape."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import aiohttp
from yarl import URL

from shared.events.catalog import TaxStatus

MOST = 100
"""Numbers in one question, by the rules of the tax office."""

ANSWER_SECONDS = 5.0
EARLIEST = date(1900, 1, 1)
"""A day before makes no sense, and notices ahead of the first days there are could not be dated."""

TAX_STATUS: Mapping[str, TaxStatus] = {"01": "active", "02": "suspended", "03": "closed", "": "unregistered"}
"""By the tax office's code (b_stt_cd): 계속사업자, 휴업자, 폐업자; empty for a number it does not know."""


class RegistryAway(Exception):
    """The registry failed, was too slow, or answered what is no answer at all."""


class Known(NamedTuple):
    """What the registry says of one number; no date where it knows of no SME certificate."""

    tax_status: TaxStatus
    sme_certificate_until: date | None


class BusinessRegistry:
    """Asks for up to a hundred business numbers at once. A query of its address, such as a service key, goes along."""

    def __init__(self, address: str) -> None:
        self._address = URL(address)

    async def ask(self, numbers: Sequence[str]) -> dict[str, Known]:
        """Return what is known of each number; one whose answer is missing or makes no sense is left out.

        Raise RegistryAway.
        """
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                taxes = await self._query(session, "status", numbers)
                certificates = await self._query(session, "sme-certificates", numbers)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            raise RegistryAway(_told(error)) from error
        asked = (number for number in numbers if number in taxes and number in certificates)
        known = {number: _known(taxes[number], certificates[number]) for number in asked}
        return {number: each for number, each in known.items() if each is not None}

    async def _query(self, session: aiohttp.ClientSession, name: str, numbers: Sequence[str]) -> dict[str, Any]:
        url = self._address.joinpath(name).with_query(self._address.query)
        async with session.post(url, json={"b_no": list(numbers)}) as response:
            response.raise_for_status()
            answers = (await response.json())["data"]
        return {each["b_no"]: each for each in answers if isinstance(each, dict) and isinstance(each.get("b_no"), str)}


def _told(error: Exception) -> str:
    """Return what happened, without the error's own words: they hold the address, and with it the service key."""
    status = f" {error.status}" if isinstance(error, aiohttp.ClientResponseError) else ""
    return type(error).__name__ + status


def _known(tax: Mapping[str, Any], certificate: Mapping[str, Any]) -> Known | None:
    try:
        until = certificate["valid_until"]
        day = datetime.strptime(until, "%Y%m%d").replace(tzinfo=UTC).date() if until else None
        if day is not None and day < EARLIEST:
            return None
        return Known(TAX_STATUS[tax["b_stt_cd"]], day)
    except (KeyError, TypeError, ValueError):
        return None
