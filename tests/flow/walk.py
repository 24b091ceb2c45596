"""Commands of one run through the gateway, and the parties they are given for."""

from datetime import UTC, datetime

from cli.api import OPERATOR, Command, Json, Market, Person, Refusal, key_of
from cli.enrolling import manager, sme_certificate_until
from cli.seed import check_digit
from cli.stage import once_known


def business_number(nine: str) -> str:
    return f"{nine}{check_digit(nine)}"


class Walk:
    """Commands of one run, each under a key of its own."""

    def __init__(self, market: Market, name: str) -> None:
        self._market = market
        self._name = name
        self._count = 0

    async def post(self, by: Person, path: str, body: Json | None = None) -> Json:
        return await self._command(by, path, body, "POST")

    async def put(self, by: Person, path: str, body: Json) -> Json:
        return await self._command(by, path, body, "PUT")

    async def delete(self, by: Person, path: str) -> Json:
        return await self._command(by, path, None, "DELETE")

    async def _command(self, by: Person, path: str, body: Json | None, method: str) -> Json:
        self._count += 1
        command = Command(by, path, body, key_of(self._name, self._count), method)
        return (await self._market.command(command)).json

    async def upload(self, by: Person, name: str, content: bytes, media_type: str) -> str:
        """Bring a file and return its id."""
        self._count += 1
        key = key_of(self._name, self._count)
        file: str = (await self._market.upload(by, name, content, media_type, key=key))["id"]
        return file

    async def active_party(self, kind: str, number: str, **told: Json) -> Person:
        body = {"party_kind": kind, "title": f"여정 {number}", "business_number": number, **told}
        party = await self.post(Person(f"prs_m{number}"), "/v1/parties", body)
        checks: Json = {"tax_active": True, "sme_certificate_until": None}
        if kind == "sme":
            checks["sme_certificate_until"] = sme_certificate_until(datetime.now(UTC).date()).isoformat()
        await self.post(OPERATOR, f"/v1/parties/{party['id']}/activation", checks)
        return manager(kind, number, party["id"])

    async def read(self, by: Person, path: str) -> Json:
        return await self._market.read(by, path)

    async def until(self, path: str, by: Person, **wanted: object) -> Json:
        """Read until it says so: what follows from events follows soon, not at once."""

        async def look() -> Json:
            read = await self.read(by, path)
            if not wanted.items() <= read.items():
                raise Refusal("GET", path, 200, {"rule": "test.not_yet", "detail": str(read)})
            return read

        return await once_known(look, "test.not_yet")
