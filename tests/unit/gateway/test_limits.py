"""How often one caller may call."""

from pathlib import Path

import aiohttp
import pytest

from deploy.local.keys import development_keys
from services.gateway.app import create_app
from services.gateway.limits import REMEMBERED, Limits, RateExceeded
from shared.auth import Caller
from tests.unit.gateway.builders import a_gateway
from tests.unit.gateway.serving import served

FIRM = Caller("prs_1", "pty_1", "sme")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _taken(limits: Limits, caller: Caller, tries: int) -> int:
    taken = 0
    for _ in range(tries):
        try:
            limits.take(caller)
        except RateExceeded:
            return taken
        taken += 1
    return taken


def test_a_burst_is_allowed_and_then_the_steady_rate() -> None:
    clock = Clock()
    limits = Limits(per_second=10, burst=20, clock=clock)

    assert _taken(limits, FIRM, 100) == 20
    clock.now = 0.5
    assert _taken(limits, FIRM, 100) == 5
    clock.now = 1000
    assert _taken(limits, FIRM, 100) == 20


def test_refused_calls_cost_nothing() -> None:
    clock = Clock()
    limits = Limits(per_second=1, burst=1, clock=clock)
    limits.take(FIRM)

    for _ in range(50):
        assert _taken(limits, FIRM, 1) == 0
    clock.now = 1

    assert _taken(limits, FIRM, 1) == 1


def test_people_of_one_party_share_and_others_do_not() -> None:
    limits = Limits(per_second=1, burst=2, clock=Clock())

    assert _taken(limits, FIRM, 2) == 2
    assert _taken(limits, Caller("prs_2", "pty_1", "sme"), 1) == 0
    assert _taken(limits, Caller("prs_1", "pty_2", "sme"), 1) == 1
    assert _taken(limits, Caller("prs_3", "", ""), 1) == 1


def test_a_refusal_says_when_to_come_back() -> None:
    limits = Limits(per_second=0.25, burst=1, clock=Clock())
    limits.take(FIRM)

    with pytest.raises(RateExceeded) as refusal:
        limits.take(FIRM)

    assert refusal.value.headers == {
        "Retry-After": "4",
        "RateLimit-Policy": '"caller";q=1;w=4',
        "RateLimit": '"caller";r=0;t=4',
    }


def test_memory_stays_bounded() -> None:
    limits = Limits(per_second=1, burst=1, clock=Clock())

    for number in range(REMEMBERED + 500):
        limits.take(Caller(f"prs_{number}", "", ""))

    assert len(limits._buckets) == REMEMBERED


async def test_too_many_calls_are_a_problem_with_the_headers_that_help(tmp_path: Path) -> None:
    keys = development_keys(tmp_path)
    settings = a_gateway(
        profile="local",
        development_key_file=keys.private_key,
        rate_burst=2,
        rate_per_second=0.01,
        jwks_uri=keys.jwks.as_uri(),
    )
    async with served(create_app(settings)) as url, aiohttp.ClientSession() as http:
        async with http.post(url + "/dev/token", json={"person": "prs_firm"}) as response:
            token = (await response.json())["access_token"]
        answers = []
        for number in range(4):
            headers = {
                "authorization": f"Bearer {token}",
                "accept-language": "ko",
                "x-forwarded-for": f"10.0.0.{number}",
            }
            path = "/v1/live" if number == 3 else "/v1/products"
            async with http.get(url + path, headers=headers) as response:
                answers.append((response.status, response.headers.get("ratelimit"), (await response.json())["rule"]))

    away, refused = (503, None, "upstream.unavailable"), (429, '"caller";r=0;t=100', "rate.exceeded")
    assert answers == [away, away, refused, refused]
