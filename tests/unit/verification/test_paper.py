"""A certificate's page, read back by other libraries: the letters by one, the code by another."""

from pathlib import Path

import pytest
import zxingcpp
from pypdfium2 import PdfDocument

from deploy.local.keys import development_keys
from services.verification.credentials import Language, Name, Names, SigningKeys
from services.verification.paper import certificate_of
from tests.printed import fonts, lines
from tests.unit.verification.builders import NOON, a_certificate

NAMES = Names(Name("한국수자원공사", "K-water"), Name("한빛", "Hanbit"), Name("저전력 분리막", "Membrane"))
LONG = Names(*(Name("한국수자원기술" * 15, "Korea Water Resources " * 8) for _ in range(3)))


@pytest.fixture
def signing(tmp_path: Path) -> SigningKeys:
    return SigningKeys(development_keys(tmp_path).certificate_keys, "https://market.example/issuer")


def codes(content: bytes) -> list[str]:
    """What a camera reads, held to a page at 150 dots an inch."""
    with PdfDocument(content) as document:
        return [each.text for page in document for each in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())]


@pytest.mark.parametrize("names", [NAMES, LONG], ids=["usual", "long"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_code_on_the_page_says_what_was_signed(signing: SigningKeys, names: Names, language: Language) -> None:
    certificate = a_certificate()
    payload = signing.credential(certificate, names, NOON)

    content = certificate_of(certificate, names, payload, NOON, language)

    assert codes(content) == [payload]
    assert f"({payload})".encode() in content
    assert len(lines(content)) == 1


def test_a_page_names_everything_in_its_language_and_holds_its_fonts(signing: SigningKeys) -> None:
    certificate = a_certificate(recognised_certificate="crt_9")
    payload = signing.credential(certificate, NAMES, NOON)

    korean = certificate_of(certificate, NAMES, payload, NOON, "ko")
    [page] = lines(korean)
    [english] = lines(certificate_of(certificate, NAMES, payload, NOON, "en"))

    assert page[:7] == [
        "기술 인증서",
        f"인증번호 {certificate.number}",
        "제품·기술 저전력 분리막",
        "기업 한빛",
        "인증기관 한국수자원공사",
        "유효기간 2026년 11월 23일 ~ 2029년 11월 22일",
        "인정한 인증 crt_9",
    ]
    assert english[0] == "Technology certificate"
    assert "Product Membrane (저전력 분리막)" in english
    assert "Valid 23 November 2026 ~ 22 November 2029" in english
    [(name, embedded)] = fonts(korean)
    assert name.endswith("+NotoSerifKR")
    assert embedded
    assert len(korean) < 100_000
