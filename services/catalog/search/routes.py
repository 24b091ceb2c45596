"""The route of search."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Annotated, Any, get_origin

import orjson
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.catalog.ground import Owned
from services.catalog.search.asking import Asked
from services.catalog.search.following import Search
from services.catalog.search.highlighting import Marker
from services.catalog.search.index import Found
from services.catalog.search.query import initials_in, query_of, suggested
from services.catalog.search.views import SearchResults
from shared.calls import Cursors, Paging, Reading, reads
from shared.events.days import seoul_date
from shared.web import api_router

search = api_router("/v1/products", "products")

MOST = 100
ONE_AT_A_TIME = ThreadPoolExecutor(1, thread_name_prefix="search")
"""Several threads would only take the interpreter from each other, and from the loop."""
MANY = frozenset(name for name, field in Asked.model_fields.items() if get_origin(field.annotation) is list)
"""What may be given several times."""


def _parameters() -> Iterator[dict[str, Any]]:
    for name, schema in Asked.model_json_schema()["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.pop("description"),
            "schema": schema,
        }


@reads(*_parameters())
async def asking(request: Request) -> Asked:
    """Return what is asked. Raise RequestValidationError where that cannot be."""
    given = request.query_params
    try:
        return Asked.model_validate({name: given.getlist(name) if name in MANY else given[name] for name in given})
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from None


@search.get("/search", response_model=SearchResults)
async def search_products(
    request: Request, call: Reading, asked: Annotated[Asked, Depends(asking)], catalog: Owned
) -> Response:
    """Search what is listed. A product is found, or no longer found, at most 2 s after its listing changed.

    Words are found in title, English title, summary, model and IP number, characters also in the owner's name. With
    the Market-Position of a change the search knows that change at once. Pages count from the first hit: what is
    listed or withdrawn between two of them moves those behind it.
    """
    page = Paging("search_products", min(asked.limit, MOST), asked.cursor)
    filters = asked.model_dump(exclude={"limit", "cursor"})
    cursors: Cursors = request.app.state.cursors
    [offset] = cursors.open(page, filters) or [0]
    await catalog.search.reach(call.positions)
    look = partial(_found, asked, offset, page.limit, seoul_date(call.at), catalog.search)
    found, suggestions = await asyncio.get_running_loop().run_in_executor(ONE_AT_A_TIME, look)
    after = offset + len(found.page)
    more = cursors.seal(page, [after], filters) if after < found.total else None
    shown = _shown(asked, found, catalog.search) | {"next": more, "suggestions": suggestions}
    return Response(orjson.dumps(shown), media_type="application/json")


def _found(asked: Asked, offset: int, limit: int, today: date, search: Search) -> tuple[Found, list[str]]:
    """Return what is found; and what to ask instead, when that is nothing or only initial consonants were given."""
    found = search.listings.find(asked, query_of(asked, search.listings), offset, limit, today)
    unclear = offset == 0 and (found.total == 0 or initials_in(asked.q))
    return found, suggested(asked.q, search.listings) if unclear else []


def _shown(asked: Asked, found: Found, search: Search) -> dict[str, Any]:
    marker = Marker(asked.q)
    items = [{**hit, "highlights": marker.marks(hit, hit.pop("words"))} for hit in found.hits()]
    parties = {hit["owner"] for hit in items} | {each["institution"] for hit in items for each in hit["certificates"]}
    parties |= {value for value, _ in found.facets.get("issuer", ())}
    return {
        "items": items,
        "total": found.total,
        "facets": {
            facet: [{"value": value, "count": count} for value, count in counts]
            for facet, counts in found.facets.items()
        },
        "names": search.names(sorted(parties)),
    }
