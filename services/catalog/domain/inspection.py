"""What a file's bytes are, whoever sent them: looked at as they pass, so that only their beginning and end are held."""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import cast
from zipfile import BadZipFile, ZipFile

from shared.errors import Invalid, Unsupported
from shared.events.catalog import FileType

ENDING_BYTES = 262_144
"""Of the end: more than the table of contents of any workbook that people make."""

MACROS = "vbaProject.bin"


@dataclass(frozen=True, slots=True)
class Kind:
    """How bytes of a type look: what they begin with, what is within so many bytes of their end, what is among them.

    `parts` are what an archive of that type holds. `endings` are how the names of such files end.
    """

    endings: tuple[str, ...]
    begins: bytes
    ends: bytes = b""
    within: int = 0
    among: bytes = b""
    parts: frozenset[str] = frozenset()


def _archive(ending: str, *parts: str) -> Kind:
    """Return a kind of ZIP archive; its table of contents is at the end, and up to 65,535 bytes of comment after it."""
    return Kind((ending,), b"PK\x03\x04", b"PK\x05\x06", 22 + 65_535, parts=frozenset(parts))


KINDS: Mapping[FileType, Kind] = {
    "application/pdf": Kind((".pdf",), b"%PDF-", b"%%EOF", 1024),
    "image/png": Kind((".png",), b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82", 8),
    "image/jpeg": Kind((".jpg", ".jpeg"), b"\xff\xd8\xff", b"\xff\xd9", 65_536),  # cameras write more behind the end
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _archive(
        ".xlsx", "[Content_Types].xml", "xl/workbook.xml"
    ),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _archive(
        ".docx", "[Content_Types].xml", "word/document.xml"
    ),
    "application/hwp+zip": _archive(".hwpx", "mimetype", "Contents/content.hpf"),
    "application/x-hwp": Kind((".hwp",), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", among=b"HWP Document File"),
}
BEGINNING_BYTES = max(len(kind.begins) for kind in KINDS.values())


class Inspection:
    """Counts, hashes and recognises bytes as they pass. What is not of the declared type is refused at its beginning.

    `take` every chunk, then `conclude`; `size` and `sha256` say what has passed.
    """

    def __init__(self, declared: str, digest: bytes | None) -> None:
        """`digest` is the SHA-256 that the sender says the bytes have."""
        found = KINDS.get(cast("FileType", declared))
        if found is None:
            raise Unsupported(
                "file.type_not_taken",
                f"{declared or 'no Content-Type'} is not taken; these are: {', '.join(KINDS)}",
                f"허용되지 않는 형식입니다({declared or 'Content-Type 없음'}). 허용: {', '.join(KINDS)}",
                field="header/Content-Type",
            )
        self.media_type = cast("FileType", declared)
        self.size = 0
        self._kind = found
        self._digest = digest
        self._hash = hashlib.sha256()
        self._beginning = b""
        self._end = bytearray()
        self._among = not found.among

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def take(self, chunk: bytes) -> None:
        """Look at the next bytes. Raise Unsupported as soon as they are not what was declared."""
        self.size += len(chunk)
        self._hash.update(chunk)
        if len(self._beginning) < BEGINNING_BYTES:
            self._beginning += chunk[:BEGINNING_BYTES]
            self._must_be(self._beginning[: len(self._kind.begins)] == self._kind.begins[: len(self._beginning)])
        among = self._kind.among
        self._among = self._among or among in self._end[-len(among) :] + chunk
        self._end += chunk
        del self._end[:-ENDING_BYTES]

    def conclude(self) -> None:
        """Say that was all. Raise Unsupported for another type, Invalid for nothing, a part, or another digest."""
        if self.size == 0:
            raise Invalid("file.empty", "there is nothing in it", "내용이 없는 파일입니다")
        self._must_be(self._among and len(self._beginning) >= len(self._kind.begins))
        if self._kind.ends not in self._end[-self._kind.within :]:
            raise Invalid(
                "file.cut_off", "its end is missing: send all of it", "파일의 끝이 없습니다. 전체를 보내십시오"
            )
        if self._kind.parts:
            self._must_hold(_parts_of(bytes(self._end)))
        if self._digest is not None and self._digest != self._hash.digest():
            raise Invalid(
                "file.digest_differs",
                f"what came has SHA-256 {self.sha256}, which is not the digest you sent",
                f"받은 내용의 SHA-256({self.sha256})이 보내신 다이제스트와 다릅니다",
                field="header/Content-Digest",
            )

    def _must_hold(self, parts: frozenset[str]) -> None:
        self._must_be(self._kind.parts <= parts)
        if any(part.endswith(MACROS) for part in parts):
            raise Unsupported("file.has_macros", "documents with macros are not taken", "매크로 문서는 받지 않습니다")

    def _must_be(self, right: bool) -> None:  # noqa: FBT001  what was looked at
        if not right:
            raise Unsupported(
                "file.not_as_declared",
                f"its content is not {self.media_type}, whatever it is called",
                f"내용이 {self.media_type} 형식이 아닙니다",
                field="header/Content-Type",
            )


def _parts_of(end: bytes) -> frozenset[str]:
    """Return the names in an archive's table of contents, nothing for what has none. Nothing is unpacked."""
    try:
        with ZipFile(BytesIO(end)) as archive:
            return frozenset(archive.namelist())
    except (BadZipFile, NotImplementedError, OSError, ValueError, struct.error):
        return frozenset()
