"""The columns of a workbook of products: what each is called, what belongs there, and how it reads in Korean."""

from collections.abc import Mapping
from typing import NamedTuple

NOTHING: Mapping[str, str] = {}

KINDS = {"기술": "technology", "제품": "product", "유휴IP": "idle_ip"}
COUNCILS = {"SOC": "soc", "에너지": "energy", "ICT": "ict"}
CATEGORIES = {
    "물": "water",
    "도로": "road",
    "교량": "bridge",
    "주택": "housing",
    "항만": "port",
    "철도": "rail",
    "전력": "power",
    "가스": "gas",
    "신재생": "renewable",
    "소프트웨어": "software",
    "네트워크": "network",
    "센서": "sensor",
    "로봇": "robot",
    "기타": "other",
}


class Column(NamedTuple):
    """One column. `words` are what may be chosen there, and what each stands for."""

    field: str
    """Of a product's content; `owner` and `product_kind` are what a draft has besides."""
    title: str
    needed: bool
    hint: str
    hint_en: str
    width: int
    words: Mapping[str, str] = NOTHING
    example: str | int = ""

    @property
    def heading(self) -> str:
        return f"{self.title}*" if self.needed else self.title


def _choice(field: str, title: str, words: Mapping[str, str], example: str) -> Column:
    listed = ", ".join(words)
    return Column(field, title, True, f"다음 중 하나: {listed}", f"one of: {listed}", 12, words, example)


COLUMNS = (
    Column(
        "owner",
        "사업자등록번호",
        False,
        "소유자의 사업자등록번호 10자리. 자기 제품이면 비워 둡니다",
        "the owner's business number, 10 digits; empty for one's own products",
        16,
        example="",
    ),
    _choice("product_kind", "구분", KINDS, "유휴IP"),
    Column("title", "명칭", True, "1~200자", "1 to 200 characters", 32, example="저전력 수처리 분리막"),
    Column("title_en", "영문명", False, "200자 이하", "up to 200 characters", 28, example="Low-power membrane"),
    Column(
        "summary",
        "요약",
        False,
        "2000자 이하. 등록할 때에는 필요합니다",
        "up to 2000 characters; needed to register",
        48,
        example="세라믹 분리막으로 전력 소비를 30% 줄입니다",
    ),
    _choice("council", "협의체", COUNCILS, "SOC"),
    _choice("category", "분야", CATEGORIES, "물"),
    Column("model", "모델명", False, "100자 이하", "up to 100 characters", 16, example="HB-200"),
    Column("ip_number", "지식재산번호", False, "40자 이하", "up to 40 characters", 20, example="10-2024-0001234"),
    Column(
        "ip_expires_on",
        "권리만료일",
        False,
        "날짜, 또는 2042-05-01과 같은 글자",
        "a date, or a text such as 2042-05-01",
        14,
        example="2042-05-01",
    ),
    Column("specification", "규격", False, "5000자 이하", "up to 5000 characters", 32, example="공극 0.1 ㎛"),
    Column(
        "price",
        "가격(원)",
        False,
        "0 이상의 정수, 18자리 이하",
        "a whole number of won, up to 18 digits",
        16,
        example=125_000_000,
    ),
    Column("readiness_level", "기술성숙도", True, "1~9의 정수", "a whole number from 1 to 9", 12, example=8),
)
BESIDES = {"제품번호": 34, "상태": 12, "공개버전": 9}
"""What an exported workbook says besides, and how wide; an import takes no notice of it."""
BY_TITLE = {column.title: column for column in COLUMNS}
BY_FIELD = {column.field: column for column in COLUMNS}
