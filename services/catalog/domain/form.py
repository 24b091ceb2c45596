"""Which fields are asked for, as JSON Schema of a kind that is safe to run on what anybody sends.

A closed object of scalars and short lists. No `$ref`: nothing is fetched. No `pattern`: an expression published today
would be run on every text of tomorrow. Everything is bounded.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.catalog.domain.content import CLOSED, MOST_FIELDS, MOST_LISTED, FieldName, Fields, Number
from shared.errors import Invalid
from shared.events.envelope import WHOLE

SAID: Mapping[str, tuple[str, str]] = {
    "type": ("is not of the type {}", "{} 형식이 아닙니다"),
    "enum": ("is none of {}", "허용된 값이 아닙니다: {}"),
    "minimum": ("is below {}", "{}보다 작습니다"),
    "maximum": ("is above {}", "{}보다 큽니다"),
    "maxLength": ("is longer than {} characters", "{}자보다 깁니다"),
    "maxItems": ("has more than {} items", "{}개보다 많습니다"),
}
"""What a field that breaks one of the keywords below is told, in English and in Korean."""


def _absent(value: object) -> bool:
    return value is None


Choices = Annotated[list[Annotated[str, Field(max_length=60, pattern=r"\S")]], Field(min_length=1, max_length=30)]


class _Keywords(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True
    )


class Items(_Keywords):
    """What each text of a list is."""

    type: Literal["string"] = "string"
    enum: Choices | None = Field(default=None, exclude_if=_absent, examples=[["세라믹", "고분자"]])
    max_length: Annotated[int, Field(ge=1, le=100), WHOLE] | None = Field(default=None, exclude_if=_absent)


class Asked(_Keywords):
    """One field: what it is called, and what it may be."""

    type: Literal["string", "integer", "number", "boolean", "array"] = Field(examples=["number"])
    title: str = Field(min_length=1, max_length=100, pattern=r"\S", examples=["투과유속(LMH)"])
    title_en: str = Field(default="", alias="title_en", max_length=100, examples=["Flux (LMH)"])
    enum: Choices | None = Field(default=None, exclude_if=_absent, examples=[["평막", "중공사막"]])
    minimum: Number | None = Field(default=None, exclude_if=_absent, examples=[0])
    maximum: Number | None = Field(default=None, exclude_if=_absent, examples=[1000])
    max_length: Annotated[int, Field(ge=1, le=500), WHOLE] | None = Field(
        default=None, exclude_if=_absent, examples=[100]
    )
    items: Items | None = Field(default=None, exclude_if=_absent)
    max_items: Annotated[int, Field(ge=1, le=MOST_LISTED), WHOLE] | None = Field(
        default=None, exclude_if=_absent, examples=[5]
    )


class Form(_Keywords):
    """One immutable version of what is asked for."""

    type: Literal["object"] = "object"
    properties: dict[FieldName, Asked] = Field(default_factory=dict, max_length=MOST_FIELDS, json_schema_extra=CLOSED)
    required: list[str] = Field(default_factory=list, max_length=MOST_FIELDS, examples=[["flux_lmh"]])
    additional_properties: Literal[False] = False

    def must_make_sense(self, place: str = "") -> None:
        """Raise Invalid when a field is needed that nobody may give; `place` points to the form."""
        for number, name in enumerate(self.required):
            if name not in self.properties:
                raise Invalid(
                    "field_schema.required_unknown",
                    f"{name} is required and is none of the properties",
                    f"필수 항목 {name}이(가) properties에 없습니다",
                    field=f"{place}/required/{number}",
                )

    def must_hold(self, fields: Fields, place: str, *, complete: bool) -> None:
        """Raise Invalid for the first of `faults`."""
        for fault in self.faults(fields, place, complete=complete):
            raise fault

    def faults(self, fields: Mapping[str, object], place: str, *, complete: bool) -> Iterator[Invalid]:
        """Yield each field that is not asked for, or not what is asked for, or lacks when they must be complete.

        It is named by its JSON Pointer; `place` points to the fields.
        """
        for name in sorted(fields.keys() - self.properties.keys()):
            yield Invalid(
                "product.field_unknown",
                f"nobody asks for {name} in this category",
                f"이 분야에서 쓰지 않는 항목입니다({name})",
                field=f"{place}/{name}",
            )
        for name in self.required if complete else ():
            if name not in fields:
                title = self.properties[name].title
                yield Invalid(
                    "product.field_missing",
                    f"{name} is required in this category",
                    f"이 분야에서 필수인 항목입니다: {title}({name})",
                    field=f"{place}/{name}",
                )
        asked = {name: value for name, value in fields.items() if name in self.properties}
        if asked:
            yield from self._invalid(asked, place)

    def _invalid(self, fields: Mapping[str, object], place: str) -> Iterator[Invalid]:
        from jsonschema import Draft202012Validator  # noqa: PLC0415  no start waits for it: many products need it never

        schema: dict[str, Any] = self.model_dump(mode="json", exclude={"required"})
        for fault in Draft202012Validator(schema).iter_errors(fields):
            name, *steps = fault.absolute_path
            said_en, said_ko = (said.format(fault.validator_value) for said in SAID[fault.validator])
            yield Invalid(
                "product.field_invalid",
                f"{name} {said_en}",
                f"{self.properties[name].title}({name}): 값이 맞지 않습니다. {said_ko}",
                field="/".join([place, name, *map(str, steps)]),
            )
