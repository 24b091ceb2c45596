"""How a file is shown."""

from pydantic import AwareDatetime, ConfigDict

from services.catalog.domain.file import File
from shared.events.catalog import FileState


class FileView(FileState):
    """A file; `unused_until` is when it goes unless a product, or a part of an event, refers to it by then."""

    name: str
    uploaded_at: AwareDatetime
    unused_until: AwareDatetime | None
    document_version: int

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "fil_3m7k2p",
                "owner": "pty_5k2qj4",
                "media_type": "application/pdf",
                "size": 182_044,
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "status": "kept",
                "name": "시험성적서.pdf",
                "uploaded_at": "2026-11-26T09:30:00+09:00",
                "unused_until": "2026-12-03T09:30:00+09:00",
                "document_version": 1,
            }
        }
    )


def file_view(file: File) -> FileView:
    return FileView(
        **file.public().model_dump(),
        name=file.name,
        uploaded_at=file.uploaded_at,
        unused_until=file.unused_until,
        document_version=file.version,
    )
