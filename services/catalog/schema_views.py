"""How field schemas are shown. They are public: who describes a product may know what is asked."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.catalog.domain.field_schema import FieldSchema
from services.catalog.domain.form import Form
from shared.events.catalog import FieldSchemaState

DIALECT: Literal["https://json-schema.org/draft/2020-12/schema"] = "https://json-schema.org/draft/2020-12/schema"
EXAMPLE: dict[str, JsonValue] = {
    "$schema": DIALECT,
    "type": "object",
    "properties": {
        "flux_lmh": {"type": "number", "title": "투과유속(LMH)", "title_en": "Flux (LMH)", "minimum": 0},
        "membrane": {"type": "string", "title": "막 형태", "title_en": "Shape", "enum": ["평막", "중공사막", "관형막"]},
    },
    "required": ["flux_lmh"],
    "additionalProperties": False,
}


class JsonSchema(Form):
    """A form as JSON Schema 2020-12: a closed object of scalars and short lists, without `$ref` and `pattern`."""

    dialect: Literal["https://json-schema.org/draft/2020-12/schema"] = Field(default=DIALECT, alias="$schema")

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    @property
    def form(self) -> Form:
        """What the catalog keeps: databases do not take `$schema` for the name of a field."""
        return Form.model_construct(**{name: getattr(self, name) for name in Form.model_fields})


class FieldSchemaView(FieldSchemaState):
    """What a council asks for in a category, which is version `number`."""

    document_version: int
    json_schema: JsonSchema

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "fls_4t9w2k",
                "council": "soc",
                "category": "water",
                "number": 1,
                "document_version": 1,
                "json_schema": EXAMPLE,
            }
        }
    )


class FieldSchemaPage(BaseModel):
    """Field schemas, newest first; `next` is the cursor of the next page."""

    items: list[FieldSchemaView]
    next: str | None = None


def json_schema_of(form: Form) -> JsonSchema:
    return JsonSchema.model_construct(**dict(form))


def field_schema_view(schema: FieldSchema) -> FieldSchemaView:
    return FieldSchemaView(
        **schema.public().model_dump(), document_version=schema.version, json_schema=json_schema_of(schema.form)
    )
