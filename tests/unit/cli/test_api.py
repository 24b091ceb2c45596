"""What `market` sends along with a command, seen by somebody who stands where the gateway does."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from cli.api import OPERATOR, Person, market_at
from deploy.local.ports import HOST, free_port

FIRM = Person("prs_kim", "pty_firm", "sme")


class Gateway:
    """Says that each party it is asked about is at its second event, and keeps what positions it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.positions: list[str] = []

    async def ready(self, _: web.Request) -> web.Response:
        return web.Response()

    async def token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "a-token"})

    async def command(self, request: web.Request) -> web.Response:
        self.positions.append(request.headers.get("Market-Position", ""))
        return web.json_response({}, headers={"Market-Position": f"{request.match_info['id']}:2"})


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    seen, app, port = Gateway(), web.Application(), free_port()
    app.add_routes(
        [
            web.get("/readyz", seen.ready),
            web.post("/dev/token", seen.token),
            web.post("/v1/parties/{id}/activation", seen.command),
            web.post("/v1/participations/{id}", seen.command),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    seen.url = f"http://{HOST}:{port}"
    yield seen
    await runner.cleanup()


async def test_a_command_goes_with_how_far_its_caller_and_all_it_names_had_come(gateway: Gateway) -> None:
    async with market_at(gateway.url) as market:
        await market.post(OPERATOR, "/v1/parties/pty_firm/activation", key="1")
        await market.post(OPERATOR, "/v1/parties/pty_other/activation", key="2")

        await market.post(FIRM, "/v1/participations/ptc_1", {"with": "pty_other"}, key="3")
        await market.post(FIRM, "/v1/participations/ptc_2", key="4")

    assert gateway.positions == ["", "", "pty_firm:2,pty_other:2", "pty_firm:2"]
