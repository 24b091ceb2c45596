"""A business registry for development: it answers as the tax office's does, and can be told to fail, hang and lie.

POST /status, /sme-certificates    {"b_no": ["1248100998", ...]}, at most 100
PUT  /admin/firms                  {"1248100998": {"b_stt_cd": "03", "valid_until": "20270331"}}
PUT  /admin/mood                   {"failing": true, "seconds": 30, "unclear": ["1248100998"]}
GET  /admin/asked                  how many numbers each question held
"""

import asyncio
import os
from typing import Any

from aiohttp import web

MOST = 100
NAMES = {"01": "계속사업자", "02": "휴업자", "03": "폐업자"}
NOT_TOLD = {"b_stt_cd": "01", "valid_until": ""}
"""A firm nobody told it about is in business and has no SME certificate that it knows of."""


class Registry:
    """What it answers, and how."""

    def __init__(self) -> None:
        self.firms: dict[str, dict[str, str]] = {}
        self.mood: dict[str, Any] = {}
        self.asked: list[int] = []

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/readyz", self.ready),
                web.post("/status", self.status),
                web.post("/sme-certificates", self.sme_certificates),
                web.put("/admin/firms", self.tell),
                web.put("/admin/mood", self.set_mood),
                web.get("/admin/asked", self.say_what_was_asked),
            ]
        )
        return app

    async def ready(self, _: web.Request) -> web.Response:
        """Say that it serves."""
        return web.json_response({"status": "ready"})

    async def status(self, request: web.Request) -> web.Response:
        """Answer as the tax office does (국세청 사업자등록 상태조회)."""
        answers = []
        for number, firm in await self._looked_up(request):
            code = firm["b_stt_cd"]
            answers.append({"b_no": number, "b_stt": NAMES.get(code, ""), "b_stt_cd": code})
        return web.json_response({"status_code": "OK", "request_cnt": len(answers), "data": answers})

    async def sme_certificates(self, request: web.Request) -> web.Response:
        """Answer until when each firm's SME certificate (중소기업확인서) is valid."""
        looked_up = await self._looked_up(request)
        answers = [{"b_no": number, "valid_until": firm["valid_until"]} for number, firm in looked_up]
        return web.json_response({"status_code": "OK", "data": answers})

    async def tell(self, request: web.Request) -> web.Response:
        """Learn of firms."""
        for number, told in (await request.json()).items():
            self.firms[number] = NOT_TOLD | told
        return web.json_response(self.firms)

    async def set_mood(self, request: web.Request) -> web.Response:
        """Be like this until told otherwise; an empty one is well again."""
        self.mood = await request.json()
        return web.json_response(self.mood)

    async def say_what_was_asked(self, _: web.Request) -> web.Response:
        """Say how many numbers each question held."""
        return web.json_response(self.asked)

    async def _looked_up(self, request: web.Request) -> list[tuple[str, dict[str, str]]]:
        numbers = (await request.json())["b_no"]
        self.asked.append(len(numbers))
        await asyncio.sleep(self.mood.get("seconds", 0))
        if self.mood.get("failing"):
            raise web.HTTPServiceUnavailable
        if len(numbers) > MOST:
            raise web.HTTPRequestEntityTooLarge(max_size=MOST, actual_size=len(numbers))
        unclear = {number: {"b_stt_cd": "??", "valid_until": "언젠가"} for number in self.mood.get("unclear", ())}
        return [(number, unclear.get(number) or self.firms.get(number, NOT_TOLD)) for number in numbers]


if __name__ == "__main__":
    web.run_app(
        Registry().app(), host=os.environ["HOST"], port=int(os.environ["PORT"]), print=None, shutdown_timeout=1.0
    )
