"""A PDF as its reader finds it: the lines of each page, and the fonts it needs."""

from pypdfium2 import PdfDocument, PdfTextObj


def lines(content: bytes) -> list[list[str]]:
    """What is written on each page, line by line; none of it if the fonts did not say which letters they show."""
    with PdfDocument(content) as document:
        return [page.get_textpage().get_text_range().splitlines() for page in document]


def fonts(content: bytes) -> set[tuple[str, bool]]:
    """The name of each font that is used, and whether the document holds it."""
    with PdfDocument(content) as document:
        used = [each.get_font() for page in document for each in page.get_objects() if isinstance(each, PdfTextObj)]
        return {(font.get_base_name(), font.is_embedded) for font in used}
