"""Files: what a party keeps in the market as evidence (C2). Their bytes lie elsewhere and never change."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field

from services.catalog.domain.content import AttachedFile, NamedFile
from services.catalog.domain.inspection import KINDS, Inspection
from shared.aggregate import Aggregate
from shared.errors import Invalid, NotFound
from shared.events.catalog import FileRemoved, FileState, FileStatus, FileType, FileUploaded

UNUSED_FOR = timedelta(days=7)
NOT_IN_NAMES = frozenset('/\\:*?"<>|')
UNSEEN = ("C", "Zl", "Zp")
"""Unicode categories of what nobody sees: controls, what turns the direction of writing, line ends."""


class File(Aggregate):
    """Bytes that somebody brought, by their SHA-256; `stored` says where they lie.

    One that nothing refers to is removed a week after it came, or was let go. `used_by` are the products of which a
    version refers to it, as far as it has heard of them; `shown_at` the parts of events whose document it is, which
    everybody who is signed in may read.
    """

    kind: ClassVar[str] = "catalog.file"

    owner: str
    name: str
    media_type: FileType
    size: int
    sha256: str
    stored: str
    uploaded_at: AwareDatetime
    unused_until: AwareDatetime | None
    status: FileStatus = "kept"
    used_by: list[str] = Field(default_factory=list)
    shown_at: list[str] = Field(default_factory=list)

    @classmethod
    def upload(cls, file_id: str, owner: str, name: str, content: Inspection, stored: str, at: datetime) -> "File":
        """Return a file whose bytes have been looked at and are stored."""
        file = cls(
            id=file_id,
            owner=owner,
            name=name,
            media_type=content.media_type,
            size=content.size,
            sha256=content.sha256,
            stored=stored,
            uploaded_at=at,
            unused_until=at + UNUSED_FOR,
        )
        file._record(
            FileUploaded(
                at=at,
                file=file_id,
                owner=owner,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
            )
        )
        return file

    def must_be_there(self) -> None:
        """Raise NotFound when its bytes have been removed."""
        if self.status == "removed":
            raise NotFound(
                "file.removed",
                f"{self.id} was attached to nothing for a week and is gone: upload it again",
                f"{self.id}은(는) 일주일 동안 첨부되지 않아 삭제되었습니다. 다시 올리십시오",
            )

    def be_named(self, named: NamedFile, owner: str, at: datetime, place: str) -> AttachedFile:
        """Return what a version of this owner's product keeps of it, and stay another week until it is heard of again.

        This is written before the version is: whichever of it and the removal comes first, the other sees it. Raise
        Invalid when it is gone, or somebody else's.
        """
        if self.owner != owner or self.status == "removed":
            raise not_there(self.id, place)
        if self.unused_until is not None:
            self.unused_until = at + UNUSED_FOR
        return AttachedFile(
            file=self.id,
            role=named.role,
            name=self.name,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
        )

    def be_used_by(self, product: str) -> None:
        """Stay for good, as long as a version of this product refers to it."""
        if product not in self.used_by:
            self.used_by = [*self.used_by, product]
        self.unused_until = None

    def be_let_go_by(self, product: str, at: datetime) -> None:
        """Stay a week more when that was the last product to refer to it."""
        if product in self.used_by:
            self.used_by = [each for each in self.used_by if each != product]
            self._stay(at)

    def be_shown_at(self, part: str) -> None:
        """Stay for good, and for everybody, as the document of this part of an event."""
        if part not in self.shown_at:
            self.shown_at = [*self.shown_at, part]
        self.unused_until = None

    def be_taken_from(self, part: str, at: datetime) -> None:
        """Be its document no longer."""
        if part in self.shown_at:
            self.shown_at = [each for each in self.shown_at if each != part]
            self._stay(at)

    def due(self) -> datetime | None:
        return self.unused_until

    def tick(self, at: datetime) -> None:
        """Let go of what nothing referred to in time."""
        if self.unused_until is not None and self.unused_until <= at:
            self.status, self.unused_until = "removed", None
            self._record(FileRemoved(at=at, file=self.id, owner=self.owner))

    def _stay(self, at: datetime) -> None:
        self.unused_until = None if self.used_by or self.shown_at else at + UNUSED_FOR

    def public(self) -> FileState:
        return FileState(
            id=self.id,
            owner=self.owner,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
            status=self.status,
        )


def not_there(file_id: str, place: str) -> Invalid:
    """Return the refusal of a file that nobody has, or not the one who names it: which of them is not told."""
    return Invalid(
        "file.not_yours",
        f"the product's owner has no file {file_id}: upload it first",
        f"제품 소유자에게 {file_id} 파일이 없습니다. 먼저 올리십시오",
        field=place,
    )


def named_once(files: Sequence[NamedFile], place: str) -> None:
    """Raise Invalid for a file that is named a second time."""
    seen = set[str]()
    for at, each in enumerate(files):
        if each.file in seen:
            raise Invalid(
                "file.named_twice",
                f"{each.file} is named twice",
                f"{each.file} 파일을 두 번 지정했습니다",
                field=f"{place}/{at}/file",
            )
        seen.add(each.file)


def file_name(asked: str, media_type: FileType) -> str:
    """Return a name as it is kept: composed (macOS sends Korean letters apart), ending as its type does.

    Raise Invalid for one that could be taken for a path, shows something other than it is, or is of another type.
    """
    name = unicodedata.normalize("NFC", asked).strip()
    unseen = any(unicodedata.category(each).startswith(UNSEEN) for each in name)
    if unseen or name.startswith(".") or NOT_IN_NAMES & set(name):
        raise Invalid(
            "file.name_not_taken",
            'a file name has no path, no control characters and none of / \\ : * ? " < > |, nor a dot in front',
            '파일 이름에 경로, 제어 문자, / \\ : * ? " < > | 를 쓸 수 없으며 점으로 시작할 수 없습니다',
            field="query/name",
        )
    endings = KINDS[media_type].endings
    if not name.lower().endswith(endings) or name.lower() in endings:
        raise Invalid(
            "file.name_of_another_type",
            f"the name of {media_type} ends in {' or '.join(endings)}",
            f"{media_type} 파일의 이름은 {' 또는 '.join(endings)}(으)로 끝나야 합니다",
            field="query/name",
        )
    return name
