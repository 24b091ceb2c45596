"""Files: what a party keeps in the market as evidence (C2). Their bytes lie elsewhere and never change."""

import unicodedata
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime

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

    One that nothing refers to is removed a week after it came.
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

    def due(self) -> datetime | None:
        return self.unused_until

    def tick(self, at: datetime) -> None:
        """Let go of what nothing referred to in time."""
        if self.unused_until is not None and self.unused_until <= at:
            self.status, self.unused_until = "removed", None
            self._record(FileRemoved(at=at, file=self.id, owner=self.owner))

    def public(self) -> FileState:
        return FileState(
            id=self.id,
            owner=self.owner,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
            status=self.status,
        )


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
