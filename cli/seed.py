"""A made-up market to show and to load: the same scale and seed give the same market.

Every name and number is invented; one that somebody really bears is a coincidence. The full scale
has the size of the real market and its largest consultation day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, cycle, islice, product
from random import Random


@dataclass(frozen=True, slots=True)
class Scale:
    """How many of each; `day_` are those who come to the consultation day."""

    institutions: int
    firms: int
    products: int
    day_institutions: int
    day_firms: int
    requests: int


SCALES = {
    "small": Scale(12, 40, 60, day_institutions=9, day_firms=24, requests=70),
    "full": Scale(108, 900, 2_674, day_institutions=83, day_firms=177, requests=700),
}


@dataclass(frozen=True, slots=True)
class Institution:
    """A public institution of one council."""

    business_number: str
    name: str
    english_name: str
    council: str
    region: str


@dataclass(frozen=True, slots=True)
class Firm:
    """A small firm."""

    business_number: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Product:
    """What a firm lists; prices in won, readiness from 1 to 9."""

    owner: str
    """The firm's business number."""
    title: str
    english_title: str
    description: str
    category: str
    council: str
    price_from: Decimal
    price_to: Decimal
    readiness: int


@dataclass(frozen=True, slots=True)
class Consultation:
    """One firm's wish to meet one institution on the day, both by business number."""

    firm: str
    institution: str


@dataclass(frozen=True, slots=True)
class Market:
    """All of it; firms and institutions on the day are the first of theirs."""

    institutions: tuple[Institution, ...]
    firms: tuple[Firm, ...]
    products: tuple[Product, ...]
    consultations: tuple[Consultation, ...]


def generate(scale: str, seed: int = 1379) -> Market:
    """Make up the market of a scale; KeyError for a scale that has no name in SCALES."""
    size = SCALES[scale]
    chance = Random(f"{scale} {seed}")  # noqa: S311 - made-up market, no secret
    numbers = _business_numbers(chance)
    institutions = tuple(_institutions(size.institutions, numbers, chance))
    firms = tuple(_firms(size.firms, numbers, chance))
    return Market(
        institutions,
        firms,
        tuple(_products(size.products, firms, chance)),
        tuple(_consultations(size, firms, institutions, chance)),
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Korean and English, written as `한국어=English` with commas between."""
    parted = (word.partition("=") for word in _words(text))
    return [(korean, english) for korean, _, english in parted]


_COUNCILS = {
    "soc": _pairs("""
        도로=Road, 주택=Housing, 항만=Port, 철도=Railway, 공항=Airport, 수자원=Water
    """),
    "energy": _pairs("""
        전력=Power, 발전=Generation, 가스=Gas, 열에너지=Heat, 원자력=Nuclear, 자원=Resources
    """),
    "ict": _pairs("""
        정보=Information, 통신=Telecom, 데이터=Data, 소프트웨어=Software, 보안=Security,
        우편=Post
    """),
}
_INSTITUTIONS = _pairs("""
    가온=Gaon, 다온=Daon, 라온=Raon, 마루=Maru, 바른=Bareun, 새빛=Saebit, 아람=Aram,
    한울=Hanul
""")
_REGIONS = _words("""
    서울, 부산, 대구, 인천, 광주, 대전, 울산, 세종, 경기, 강원, 충북, 충남, 전북, 전남, 경북,
    경남, 제주
""")
_FIRMS = _words("""
    가람, 가온솔, 나래온, 누리빛, 다솜, 단비온, 도담, 두레온, 라미르, 마루한, 맑은샘, 모아온,
    미르한, 바로솔, 별하, 보람온, 빛가온, 사랑채, 새론, 새벽별, 서로온, 소담, 솔내, 아라온,
    아름드리, 여울, 온새미, 윤슬, 이든, 자람, 지음솔, 찬솔, 참빛, 초롬, 큰솔, 파란솔, 푸른내,
    하람, 한결솔, 해온
""")
_TRADES = _words("""
    건설, 계측, 기전, 네트웍스, 데이터, 로보틱스, 머티리얼즈, 산업, 센서, 소프트, 시스템,
    에너지, 에코, 엔지니어링, 엔텍, 일렉트릭, 이노텍, 정공, 정밀, 중공업, 케미칼, 테크, 텍,
    트로닉스, 파워, 플랜트, 하이드로, 환경
""")
CATEGORIES = {
    "soc": _pairs("""
        도로 포장=road paving, 교량 안전=bridge safety, 터널 방재=tunnel safety,
        항만 하역=port handling, 공동주택=housing, 수처리=water treatment
    """),
    "energy": _pairs("""
        배전=power distribution, 변전=substation, 발전 설비=power plant, 가스 안전=gas safety,
        지역난방=district heating, 태양광=solar power
    """),
    "ict": _pairs("""
        정보 보안=information security, 데이터 분석=data analysis, 통신망=network,
        영상 관제=video monitoring, 업무 자동화=office automation, 위치 측정=positioning
    """),
}
DEVICES = _pairs("""
    센서=sensor, 제어기=controller, 점검 로봇=inspection robot, 차단기=breaker,
    게이트웨이=gateway, 드론=drone, 모듈=module, 진단기=tester, 감시 장치=monitor,
    예측 프로그램=forecasting software, 단말기=terminal, 계측기=meter, 보호 장치=protector,
    시험 장비=test bench, 관리 플랫폼=management platform, 경보기=alarm
""")
EFFECTS = _pairs("""
    저전력=low-power, 무선=wireless, 고내식=corrosion-resistant, 자가진단=self-diagnosing,
    내진=earthquake-proof, 저소음=low-noise, 친환경=eco-friendly, 고효율=high-efficiency,
    방수=waterproof, 내화=fire-resistant, 초경량=ultralight, 인공지능=AI-based,
    실시간=real-time, 조립형=modular, 장수명=long-life, 비접촉=contactless
""")
_ROUND = (1, 2, 3, 5, 8)
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_READINESS = {1: 1, 2: 1, 3: 2, 4: 3, 5: 5, 6: 8, 7: 14, 8: 22, 9: 30}


def check_digit(first_nine: str) -> int:
    """Compute the last digit of a business number; the catalog checks numbers by the same rule."""
    weighted = sum(int(digit) * weight for digit, weight in zip(first_nine, _WEIGHTS, strict=True))
    return -(weighted + int(first_nine[-1]) * 5 // 10) % 10


def _business_numbers(chance: Random) -> Iterator[str]:
    """Draw numbers of companies (the middle digits say so), each once."""
    used = set[str]()
    while True:
        middle = chance.choice(("81", "86", "87", "88"))
        nine = f"{chance.randint(101, 899)}{middle}{chance.randint(1, 9999):04}"
        if nine not in used:
            used.add(nine)
            yield f"{nine}{check_digit(nine)}"


def _institutions(number: int, numbers: Iterator[str], chance: Random) -> Iterator[Institution]:
    """Share them out among the councils in turn, no two with one name."""
    names = {
        council: chance.sample(list(product(_INSTITUTIONS, fields)), -(-number // len(_COUNCILS)))
        for council, fields in _COUNCILS.items()
    }
    for council in islice(cycle(_COUNCILS), number):
        (name, english), (field, english_field) = names[council].pop()
        yield Institution(
            next(numbers),
            f"{name}{field}공사",
            f"{english} {english_field} Corporation",
            council,
            chance.choice(_REGIONS),
        )


def _firms(number: int, numbers: Iterator[str], chance: Random) -> Iterator[Firm]:
    for name, trade in chance.sample(list(product(_FIRMS, _TRADES)), number):
        yield Firm(next(numbers), f"(주){name}{trade}", chance.choice(_REGIONS))


def _products(number: int, firms: tuple[Firm, ...], chance: Random) -> Iterator[Product]:
    """Every firm lists something and a few list much; a title is effect, field and device."""
    fields = [(council, field) for council, fields in CATEGORIES.items() for field in fields]
    titles = chance.sample(list(product(fields, DEVICES, EFFECTS)), number)
    owners = chain(firms, chance.choices(firms, _popularity(firms), k=number - len(firms)))
    for owner, ((council, field), device, effect) in zip(owners, titles, strict=True):
        price = chance.choice(_ROUND) * Decimal(10) ** chance.randint(6, 8)
        yield Product(
            owner=owner.business_number,
            title=f"{effect[0]} {field[0]} {device[0]}",
            english_title=f"{effect[1][0].upper()}{effect[1][1:]} {field[1]} {device[1]}",
            description=f"{field[0]} 현장에서 쓰는 {effect[0]} {device[0]}. 제조: {owner.name}.",
            category=field[1].replace(" ", "_"),
            council=council,
            price_from=price,
            price_to=price * chance.choice((1, 2, 4)),
            readiness=chance.choices(list(_READINESS), list(_READINESS.values()))[0],
        )


def _consultations(
    size: Scale, firms: tuple[Firm, ...], institutions: tuple[Institution, ...], chance: Random
) -> Iterator[Consultation]:
    """Everybody who comes is in some pair, no pair is there twice, the first are asked for most."""
    firms, institutions = firms[: size.day_firms], institutions[: size.day_institutions]
    weights = _popularity(institutions)
    pairs = dict.fromkeys(zip(firms, cycle(institutions), strict=False))
    while len(pairs) < size.requests:
        pairs[chance.choice(firms), chance.choices(institutions, weights)[0]] = None
    for firm, institution in pairs:
        yield Consultation(firm.business_number, institution.business_number)


def _popularity(parties: tuple[object, ...]) -> list[float]:
    """Zipf's law, flattened at the top: some are wanted several times as much as most."""
    return [1 / (rank + len(parties) / 10) for rank in range(1, len(parties) + 1)]
