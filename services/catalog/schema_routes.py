"""Field schemas over HTTP: the operator publishes them, anybody reads them."""

from typing import Annotated

from fastapi import Path, Request, Response

from services.catalog.domain.field_schema import FieldSchema
from services.catalog.ground import Owned
from services.catalog.routes import Body
from services.catalog.schema_views import (
    FieldSchemaPage,
    FieldSchemaView,
    JsonSchema,
    field_schema_view,
    json_schema_of,
)
from shared.calls import Changing, Creating, Listing, Reading, answer, listed, shown
from shared.events.catalog import Category, Council
from shared.web import api_router

field_schemas = api_router("/v1/field-schemas", "field schemas")

FieldSchemaId = Annotated[str, Path(pattern=r"^fls_[a-z0-9]{1,40}$", examples=["fls_4t9w2k"])]


class FirstFields(Body):
    """What a council asks for in a category from now on."""

    council: Council
    category: Category
    json_schema: JsonSchema


@field_schemas.post("", response_model=FieldSchemaView, status_code=201)
async def create_field_schema(body: FirstFields, call: Creating, catalog: Owned) -> Response:
    """Ask for typed fields in a category that had none: they are in force for everything written from now on."""
    form = body.json_schema.form
    schema = FieldSchema.create(call.new_id("fls"), body.council, body.category, form, call.at)
    return answer(await catalog.field_schemas.create(schema, call.cause), 201)


@field_schemas.get("", response_model=FieldSchemaPage)
async def list_field_schemas(
    request: Request,
    _: Reading,
    catalog: Owned,
    page: Listing,
    council: Council | None = None,
    category: Category | None = None,
) -> FieldSchemaPage:
    """List field schemas, newest first. A category without one asks for no typed fields and takes none."""
    found = await listed(catalog.field_schemas, {"council": council, "category": category}, page, request)
    return FieldSchemaPage(items=[field_schema_view(each) for each in found.items], next=found.next)


@field_schemas.get("/{field_schema_id}", response_model=FieldSchemaView)
async def get_field_schema(field_schema_id: FieldSchemaId, request: Request, _: Reading, catalog: Owned) -> Response:
    """Show a field schema with the version that is in force."""
    schema = await catalog.field_schemas.load(field_schema_id)
    return shown(field_schema_view(schema), schema.version, request)


@field_schemas.post("/{field_schema_id}/versions", response_model=FieldSchemaView)
async def publish_field_schema_version(
    field_schema_id: FieldSchemaId, body: JsonSchema, call: Changing, catalog: Owned
) -> Response:
    """Ask for other fields from now on; what was written before stays right under the version of its time."""
    schema = await catalog.field_schemas.load(field_schema_id, call.cause)
    schema.publish(body.form, call.at)
    return answer(await catalog.field_schemas.save(schema, call.cause))


@field_schemas.get("/{field_schema_id}/versions/{number}", response_model=JsonSchema)
async def get_field_schema_version(
    field_schema_id: FieldSchemaId, number: Annotated[int, Path(ge=1, examples=[1])], _: Reading, catalog: Owned
) -> JsonSchema:
    """Show one version of a field schema, also one that is no longer in force."""
    return json_schema_of((await catalog.field_schemas.load(field_schema_id)).at_version(number))
