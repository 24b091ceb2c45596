"""FastAPI's trap: what a dependency does after `yield` comes after the answer, so nothing may be saved there."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from tests.unit.gateway.serving import served

SERVICES = sorted(each.parent.name for each in Path("services").glob("*/app.py"))


async def test_code_after_yield_runs_after_the_answer_is_sent() -> None:
    app = FastAPI()
    released, saved = asyncio.Event(), asyncio.Event()

    async def saving_late() -> AsyncIterator[None]:
        yield
        await released.wait()
        saved.set()

    @app.get("/")
    async def route(_: Annotated[None, Depends(saving_late)]) -> str:
        return "done"

    async with served(app) as url, aiohttp.ClientSession() as http, asyncio.timeout(10):
        async with http.get(url) as response:
            assert await response.json() == "done"

        assert not saved.is_set()
        released.set()
        await saved.wait()


async def test_function_scope_would_run_it_before() -> None:
    app = FastAPI()
    saved = asyncio.Event()

    async def saving_in_time() -> AsyncIterator[None]:
        yield
        await asyncio.sleep(0.05)
        saved.set()

    @app.get("/")
    async def route(_: Annotated[None, Depends(saving_in_time, scope="function")]) -> str:
        return "done"

    async with served(app) as url, aiohttp.ClientSession() as http, asyncio.timeout(10), http.get(url) as response:
        assert await response.json() == "done"
        assert saved.is_set()


@pytest.mark.parametrize("service", SERVICES)
def test_no_route_of_a_service_depends_on_a_generator(service: str) -> None:
    routes = [route for router in _routers(service) for route in router.routes if isinstance(route, APIRoute)]
    calls = [call for route in routes for call in _calls(route.dependant)]

    assert routes
    assert calls
    assert [call for call in calls if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call)] == []


def _routers(service: str) -> Iterator[APIRouter]:
    """Find every router in a service's modules, and the one that all services have."""
    for file in Path("services", service).rglob("*.py"):
        if file.name in {"__main__.py", "app.py"}:
            continue
        module = import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
        yield from (each for each in vars(module).values() if isinstance(each, APIRouter))
    yield import_module("shared.operations").router


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)
