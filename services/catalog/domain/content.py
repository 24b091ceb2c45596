"""What a product says of itself, in immutable versions, and which changes of it need a new review."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)

from shared.events.catalog import Category, Council, FileType, ProductFacts
from shared.events.days import FullDate
from shared.events.envelope import WHOLE, Won

MATERIAL = ("category", "model", "ip_number", "specification", "fields")
"""Fields whose change needs a new review (C5): what was verified is no longer what is offered."""

FIELDS_REST_ON = frozenset({"council", "category", "fields"})
"""While these stay as they are, typed fields need not be looked at again."""

FileRole = Literal["brochure", "photograph", "drawing", "test_report"]
EVIDENCE: frozenset[FileRole] = frozenset({"drawing", "test_report"})
"""Files in these roles are part of what was verified; the others only show it."""

MOST_FILES = 20
MOST_FIELDS = 30
MOST_LISTED = 20
LARGEST = 10**15
"""Below what a double and a 64-bit integer both hold exactly."""

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

Number = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)] | Annotated[StrictFloat, Field(ge=-LARGEST, le=LARGEST)]


def _in_one_word(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Say once what a field may be, and not for each kind of value why it is not that."""
    try:
        return read(value)
    except ValidationError:
        message = f"a field is true or false, a number up to {LARGEST}, a text, or a list of up to {MOST_LISTED} texts"
        raise ValueError(message) from None


FieldValue = Annotated[
    StrictBool
    | Number
    | Annotated[str, Field(max_length=500, pattern=r"\S")]
    | Annotated[list[Annotated[str, Field(max_length=100, pattern=r"\S")]], Field(max_length=MOST_LISTED)],
    WrapValidator(_in_one_word),
]
CLOSED: dict[str, JsonValue] = {"additionalProperties": False}
"""For the JSON Schema of what is keyed by FieldName: pydantic's own would let any other name in."""

Fields = Annotated[dict[FieldName, FieldValue], Field(max_length=MOST_FIELDS, json_schema_extra=CLOSED, examples=[{}])]


class NamedFile(BaseModel):
    """A file the owner brought, and what it is to the product."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(pattern=r"^fil_[a-z0-9]{1,40}$", examples=["fil_3m7k2p"])
    role: FileRole = Field(examples=["test_report"])


class AttachedFile(NamedFile):
    """A file as a version has it: what it is called and what its bytes are, which never changes."""

    name: str = Field(examples=["시험성적서.pdf"])
    media_type: FileType
    size: int = Field(examples=[182_044])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


Files = Annotated[tuple[NamedFile, ...], Field(max_length=MOST_FILES)]


def number_compared(ip_number: str) -> str:
    """Return an IP number as numbers are compared: `제10-1234567호` and `10-1234567` are one."""
    return re.sub(r"[^0-9a-z]", "", _folded(ip_number)) or _folded(ip_number)


def model_compared(model: str) -> str:
    """Return a model name as names are compared: `HB-200` and `hb - 200` are one, `HB-2-00` is another."""
    return re.sub(r"\s", "", _folded(model))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _evidence(files: Iterable[NamedFile]) -> set[NamedFile]:
    return {each for each in files if each.role in EVIDENCE}


class Content(BaseModel):
    """What a product says of itself; `fields` are those that its council asks for in its category."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["저전력 수처리 분리막"])
    title_en: str = Field(default="", max_length=200, pattern=r"^$|\S", examples=["Low-power water treatment membrane"])
    summary: str = Field(
        default="", max_length=2000, pattern=r"^$|\S", examples=["세라믹 분리막으로 전력 소비를 30% 줄입니다"]
    )
    category: Category
    council: Council
    model: str = Field(default="", max_length=100, pattern=r"^(\S(.*\S)?)?$", examples=["HB-200"])
    ip_number: str = Field(default="", max_length=40, pattern=r"^(\S(.*\S)?)?$", examples=["10-2024-0001234"])
    ip_expires_on: FullDate | None = Field(
        default=None, description="Last day of the IP's protection", examples=["2042-05-01"]
    )
    specification: str = Field(default="", max_length=5000)
    price: Won | None = None
    readiness_level: Annotated[int, WHOLE] = Field(ge=1, le=9, examples=[8])
    fields: Fields = Field(default_factory=dict)
    files: Files = Field(default=(), description="Files that the owner has uploaded, each once", examples=[[]])

    @field_validator("title", "summary", mode="before")
    @classmethod
    def _in_syllables(cls, written: object) -> object:
        """Some systems write each letter of Hangul by itself (NFD): the same text, but longer and marked nowhere."""
        return unicodedata.normalize("NFC", written) if isinstance(written, str) else written

    def differs_from(self, other: "Content") -> list[str]:
        """Return the fields that are not the same."""
        return [name for name in Content.model_fields if getattr(self, name) != getattr(other, name)]

    def is_another_thing_than(self, other: "Content") -> bool:
        """Return whether what was verified of the other would have to be verified again of this."""
        changed = any(getattr(self, name) != getattr(other, name) for name in MATERIAL)
        return changed or _evidence(self.files) != _evidence(other.files)

    @property
    def facts(self) -> ProductFacts:
        """What entry rules look at."""
        return ProductFacts(**self.model_dump(include=set(ProductFacts.model_fields)))


class Version(Content):
    """One immutable version of a product.

    Its `fields` are right by version `fields_version` of what its council asked for in its category when they were
    written; 0 when it asked for none. Whatever is asked for later, this version stays as it is.
    """

    fields_version: int = Field(default=0, examples=[1])
    files: tuple[AttachedFile, ...] = ()

    @classmethod
    def of(cls, content: Content, fields_version: int) -> "Version":
        """Return content as a version; it was validated when it was read, and its files are attached."""
        return cls.model_construct(**content.__dict__ | {"fields_version": fields_version})
