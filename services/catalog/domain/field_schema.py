"""Field schemas: what a council asks for in a category, in versions. A product version keeps to the one of its time."""

from datetime import datetime
from typing import ClassVar

from services.catalog.domain.content import Content, Version
from services.catalog.domain.form import Form
from shared.aggregate import Aggregate
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import Category, Council, FieldSchemaPublished, FieldSchemaState

MOST_VERSIONS = 50
"""So many of the largest fit into one document."""
NOTHING = Form()


class FieldSchema(Aggregate):
    """What is asked for in a category. `versions[n - 1]` is version n; the last is in force for what is written now."""

    kind: ClassVar[str] = "catalog.field_schema"

    council: Council
    category: Category
    versions: list[Form]

    @classmethod
    def create(cls, schema_id: str, council: Council, category: Category, form: Form, at: datetime) -> "FieldSchema":
        """Return the first fields of a category. Raise Invalid if they make no sense."""
        form.must_make_sense("/json_schema")
        schema = cls(id=schema_id, council=council, category=category, versions=[form])
        schema._published(at)
        return schema

    @property
    def number(self) -> int:
        return len(self.versions)

    @property
    def form(self) -> Form:
        return self.versions[-1]

    def publish(self, form: Form, at: datetime) -> None:
        """Ask for other fields from now on. A name keeps its type, so that old and new values can be compared."""
        form.must_make_sense()
        if form == self.form:
            return
        for earlier in self.versions:
            for name in earlier.properties.keys() & form.properties.keys():
                if earlier.properties[name].type != form.properties[name].type:
                    raise Invalid(
                        "field_schema.type_changed",
                        f"{name} has been of the type {earlier.properties[name].type}: another type needs another name",
                        f"{name}의 형식은 {earlier.properties[name].type}입니다. 형식을 바꾸려면 다른 이름을 쓰십시오",
                        field=f"/properties/{name}/type",
                    )
        if self.number >= MOST_VERSIONS:
            raise Refused(
                "field_schema.full", f"it has {MOST_VERSIONS} versions at most", f"버전은 최대 {MOST_VERSIONS}개입니다"
            )
        self.versions.append(form)
        self._published(at)

    def at_version(self, number: int) -> Form:
        """Return version `number`. Raise NotFound."""
        if not 1 <= number <= self.number:
            raise NotFound("field_schema.version_unknown", f"there is no version {number}", f"{number} 버전이 없습니다")
        return self.versions[number - 1]

    def claims(self) -> list[str]:
        """A category of a council has one field schema."""
        return [fields_of(self.council, self.category)]

    def taken(self, claim: str) -> Refused:
        return Refused(
            "field_schema.exists",
            "the category has a field schema: publish a new version of it",
            f"이미 항목 양식이 있습니다({claim}). 새 버전을 게시하십시오",
        )

    def public(self) -> FieldSchemaState:
        return FieldSchemaState(id=self.id, council=self.council, category=self.category, number=self.number)

    def _published(self, at: datetime) -> None:
        self._record(
            FieldSchemaPublished(
                at=at, field_schema=self.id, council=self.council, category=self.category, number=self.number
            )
        )


def fields_of(council: Council, category: Category) -> str:
    """Return the claim by which the field schema of a category is found."""
    return f"fields_of:{council}|{category}"


def form_of(asked: FieldSchema | None) -> Form:
    """Return the form in force: where nobody has published one, no field is asked for."""
    return NOTHING if asked is None else asked.form


def written(content: Content, asked: FieldSchema | None, place: str, *, complete: bool) -> Version:
    """Return content as a version under what is asked for now. Raise Invalid as `Form.must_hold` does."""
    form_of(asked).must_hold(content.fields, place, complete=complete)
    return Version.of(content, 0 if asked is None else asked.number)
