"""What a body takes is what its schema says: a number or a yes in quotes is neither, and is refused."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, get_args, get_origin

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, Strict

from cli.documents.services import SERVICES, app_of


def bodies(routes: Sequence[Any]) -> Iterator[tuple[str, Any, list[Any]]]:
    """The route, type and metadata of each body."""
    for route in routes:
        if isinstance(route, APIRoute):
            for body in route.dependant.body_params:
                yield route.name, body.field_info.annotation, list(body.field_info.metadata)
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from bodies(router.routes)


def lax(annotation: Any, metadata: Sequence[Any], where: str) -> Iterator[str]:
    """Where a number or a boolean is read from text as well, since nothing says otherwise."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from lax(inner, [*metadata, *more], where)
    elif annotation in (int, bool):
        if not any(isinstance(each, BeforeValidator | Strict) for each in metadata):
            yield where
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from lax(field.annotation, field.metadata, f"{where}.{name}")
    else:
        for each in get_args(annotation):
            yield from lax(each, metadata, where)


@pytest.mark.parametrize("service", SERVICES)
def test_numbers_and_booleans_in_bodies_are_never_text(service: str) -> None:
    found = list(bodies(app_of(service).routes))

    assert found
    assert [place for name, annotation, metadata in found for place in lax(annotation, metadata, name)] == []


def test_a_lax_number_is_seen_wherever_it_stands() -> None:
    class Part(BaseModel):
        number: int
        strict: Annotated[int, Strict()]

    class Body(BaseModel):
        parts: list[Part] | None
        sure: bool = False

    assert list(lax(Body, [], "body")) == ["body.parts.number", "body.sure"]
