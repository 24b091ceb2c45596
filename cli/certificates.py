"""`market certificate`: whether a certificate somebody shows is real, and good today."""

import asyncio
import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.table import Table

from cli.api import LOCAL_URL, ONE_TRY, Json, Url
from cli.terminal import AsJson, CommandFailed, Exit, NotReady, Terminal, helped
from services.verification.credentials import Credential, Revocations, Unsigned, key_set, opened, verdict
from shared.events.days import seoul_date

app = typer.Typer(
    help=helped("Certificates as they are shown to others.", "market certificate check certificate.pdf"),
    no_args_is_help=True,
)
HELP = helped(
    "Check a certificate: a PDF, a file with what its QR code says, or that text itself. With --keys and --revocations"
    " nobody is asked; what is not given is fetched from the market, where no token is needed. The exit code is 0 only"
    " for a certificate that is valid today.",
    "market certificate check certificate.pdf",
    "market certificate check eyJhbGciOi... --keys jwks.json --revocations revocations.jwt --json",
)
PAYLOAD = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
IN_A_PDF = re.compile(rb"\(([\w-]+\.[\w-]+\.[\w-]+)\)")
LONGEST_FILE_NAME = 255
KEYS, LIST = "/v1/certificates/jwks.json", "/v1/certificates/revocations.jwt"
SENTENCES = {
    "valid": "the certificate is valid today",
    "not_yet_valid": "the certificate is real, but not valid yet",
    "expired": "the certificate is real, but has expired",
    "revoked": "the certificate is real, but was revoked",
    "revocation_unknown": "the certificate is real and within its period, but the list of revoked ones is too old:"
    " fetch it again",
    "unsigned": "no published key has signed this: it is not a certificate of this market, or it was changed",
}

What = Annotated[str, typer.Argument(metavar="FILE|PAYLOAD")]
Keys = Annotated[Path | None, typer.Option(metavar="FILE", help=f"What GET {KEYS} answered.")]
List = Annotated[Path | None, typer.Option(metavar="FILE", help=f"What GET {LIST} answered.")]


@app.callback()
def certificate() -> None:
    """Keep `check` a subcommand."""


@app.command(help=HELP)
def check(
    what: What, *, keys: Keys = None, revocations: List = None, url: Url = LOCAL_URL, as_json: AsJson = False
) -> None:
    terminal = Terminal(as_json=as_json)
    payload = _payload(what)
    published, listed = terminal.run(_both(url, keys, revocations))
    try:
        found = checked(payload, published, listed)
    except CommandFailed as error:
        terminal.fail(error)
    table = Table(title=SENTENCES[found["verdict"]], title_justify="left", show_header=False)
    for name, value in found.items():
        table.add_row(name, value)
    terminal.show(found, table)
    if found["verdict"] != "valid":
        raise typer.Exit(Exit.FAILED)


def checked(payload: str, published: str, listed: str) -> Json:
    """Return what a payload says and what it is worth now. Raise CommandFailed where keys or list are none."""
    try:
        keys = key_set(published)
    except ValueError as error:
        raise CommandFailed(f"these are no keys of the market: {error}") from None
    try:
        revoked = opened(listed.strip(), keys, Revocations)
    except Unsigned as error:
        raise CommandFailed(f"the list of revoked certificates is not signed by these keys: {error}") from None
    try:
        told = opened(payload, keys, Credential)
    except Unsigned as error:
        return {"verdict": "unsigned", "reason": str(error)}
    return {
        "verdict": verdict(told, revoked, datetime.now(UTC)),
        "certificate": told.jti,
        "number": told.number,
        "product": told.product,
        "firm": told.firm,
        "institution": told.institution,
        "valid_from": f"{seoul_date(datetime.fromtimestamp(told.nbf, UTC))}",
        "valid_until": f"{seoul_date(datetime.fromtimestamp(told.exp - 1, UTC))}",
        "list_good_until": f"{datetime.fromtimestamp(revoked.exp, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def _payload(what: str) -> str:
    if PAYLOAD.fullmatch(what) and len(what) > LONGEST_FILE_NAME:
        return what
    file = Path(what)
    if not file.is_file():
        raise typer.BadParameter(f"{what} is no file and no payload")
    content = file.read_bytes()
    if content.startswith(b"%PDF"):
        found = IN_A_PDF.search(content)
        if found is None:
            raise typer.BadParameter(f"{what} is a PDF, but no certificate's; pass what its QR code says")
        return found[1].decode()
    return content.decode(errors="replace").strip()


async def _both(url: str, keys: Path | None, revocations: Path | None) -> tuple[str, str]:
    async with aiohttp.ClientSession(timeout=ONE_TRY) as session:

        async def text_of(file: Path | None, path: str) -> str:
            return await _fetched(session, url.rstrip("/") + path) if file is None else _text(file)

        published, listed = await asyncio.gather(text_of(keys, KEYS), text_of(revocations, LIST))
        return published, listed


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file}: {error}") from None


async def _fetched(session: aiohttp.ClientSession, address: str) -> str:
    try:
        async with session.get(address) as response:
            text = await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotReady(f"nobody answers at {address} ({error or type(error).__name__})") from None
    if response.status != HTTPStatus.OK:
        raise CommandFailed(f"GET {address} was answered {response.status}: {text[:200]}")
    return text
