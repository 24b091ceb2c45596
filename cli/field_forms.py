"""Which typed fields the made-up market's councils ask for in each category, and what a made-up product says in them.

They are what buyers of such things compare. Figures are plausible, not anybody's own.
"""

from collections.abc import Sequence
from typing import Any

from cli.api import OPERATOR, Json, Refusal, key_of
from cli.stage import Stage

Form = tuple[Json, ...]
"""Fields of a category, the first of them required: `name` and what JSON Schema says of it."""


def _measured(name: str, title: str, english: str, most: int) -> Json:
    return {"name": name, "type": "number", "title": title, "title_en": english, "minimum": 0, "maximum": most}


def _chosen(name: str, title: str, english: str, choices: Sequence[str]) -> Json:
    return {"name": name, "type": "string", "title": title, "title_en": english, "enum": list(choices)}


def _so(name: str, title: str, english: str) -> Json:
    return {"name": name, "type": "boolean", "title": title, "title_en": english}


def _several(name: str, title: str, english: str, choices: Sequence[str]) -> Json:
    items = {"type": "string", "enum": list(choices)}
    return {
        "name": name,
        "type": "array",
        "title": title,
        "title_en": english,
        "items": items,
        "maxItems": len(choices),
    }


FORMS: dict[tuple[str, str], Form] = {
    ("soc", "water"): (
        _measured("capacity_m3_day", "처리용량(㎥/일)", "Capacity (m3/day)", 1_000_000),
        _measured("energy_kwh_m3", "전력 원단위(kWh/㎥)", "Energy (kWh/m3)", 100),
        _several("removes", "제거 대상", "Removes", ("탁도", "총인", "총질소", "미량오염물질")),
    ),
    ("soc", "road"): (
        _chosen("pavement", "포장 형식", "Pavement", ("아스팔트", "콘크리트", "블록")),
        _measured("life_years", "내구연한(년)", "Life (years)", 100),
        _so("open_to_traffic", "교통 개방 중 시공", "Built while traffic runs"),
    ),
    ("soc", "bridge"): (
        _several("damage", "감지 손상", "Damage it finds", ("균열", "부식", "처짐", "받침 이상")),
        _measured("accuracy_mm", "측정 정밀도(mm)", "Accuracy (mm)", 1000),
    ),
    ("soc", "housing"): (
        _chosen("use", "적용 부위", "Where it is used", ("구조", "마감", "설비", "단열")),
        _measured("noise_db", "소음 저감(dB)", "Noise reduction (dB)", 100),
        _so("non_combustible", "불연", "Does not burn"),
    ),
    ("soc", "port"): (
        _measured("load_t", "최대 하중(t)", "Load (t)", 10_000),
        _so("automatic", "무인 운전", "Runs without crew"),
    ),
    ("soc", "rail"): (
        _measured("speed_km_h", "적용 최고속도(km/h)", "Speed (km/h)", 1000),
        _chosen("part", "적용 분야", "Part", ("궤도", "전차선", "신호", "차량")),
    ),
    ("energy", "power"): (
        _measured("voltage_kv", "정격전압(kV)", "Voltage (kV)", 1000),
        _chosen("insulation", "절연 방식", "Insulation", ("친환경 가스", "고체", "유입", "진공")),
        _measured("efficiency_percent", "효율(%)", "Efficiency (%)", 100),
    ),
    ("energy", "gas"): (
        _measured("detects_ppm", "감지 하한(ppm)", "Detects from (ppm)", 100_000),
        _so("explosion_proof", "방폭 인증", "Explosion-proof"),
    ),
    ("energy", "renewable"): (
        _measured("output_kw", "정격출력(kW)", "Output (kW)", 1_000_000),
        _measured("efficiency_percent", "효율(%)", "Efficiency (%)", 100),
    ),
    ("energy", "other"): (
        _measured("saving_percent", "에너지 절감률(%)", "Saving (%)", 100),
        _measured("temperature_c", "사용온도(℃)", "Temperature (degrees C)", 2000),
    ),
    ("ict", "software"): (
        _chosen("delivery", "제공 방식", "Delivery", ("설치형", "구독형", "혼합형")),
        _several("certified", "보유 인증", "Certified", ("CC인증", "GS인증", "CSAP")),
    ),
    ("ict", "network"): (
        _measured("throughput_gbit", "처리량(Gbit/s)", "Throughput (Gbit/s)", 100_000),
        _so("ipv6", "IPv6 지원", "IPv6"),
    ),
    ("ict", "sensor"): (
        _measured("accuracy_percent", "정확도(%)", "Accuracy (%)", 100),
        _chosen("power", "전원", "Power", ("상시전원", "배터리", "자가발전")),
        _so("outdoors", "옥외 설치", "Outdoors"),
    ),
}
"""By council and category."""


async def publish_forms(stage: Stage) -> None:
    """Put all forms in force, also where something else was asked for until now."""
    api = stage.market

    async def publish(place: tuple[str, str]) -> None:
        council, category = place
        form = schema_of(FORMS[place])
        key = key_of("field schema", council, category)
        try:
            body = {"council": council, "category": category, "json_schema": form}
            await api.post(OPERATOR, "/v1/field-schemas", body, key=key)
        except Refusal as refusal:
            if refusal.rule != "field_schema.exists":
                raise
            (held,) = await api.all(OPERATOR, "/v1/field-schemas", council=council, category=category)
            await api.post(OPERATOR, f"/v1/field-schemas/{held['id']}/versions", form, key=key)

    await stage.each("field schemas published", FORMS, publish)


def schema_of(form: Form) -> Json:
    """Return a form as the JSON Schema that the operator publishes."""
    properties = {each["name"]: {word: said for word, said in each.items() if word != "name"} for each in form}
    return {"properties": properties, "required": [form[0]["name"]]}


def fields_of(council: str, category: str, number: int) -> Json:
    """Return what the `number`th product says in the fields that its category asks for."""
    return {each["name"]: _value(each, number) for each in FORMS[council, category]}


def _value(asked: Json, number: int) -> Any:
    kind = asked["type"]
    if kind == "boolean":
        return number % 2 == 0
    if kind == "number":
        return 1 + number % 20 * asked["maximum"] // 25
    if kind == "string":
        return asked["enum"][number % len(asked["enum"])]
    choices = asked["items"]["enum"]
    return choices[: 1 + number % len(choices)]
