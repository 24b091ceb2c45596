"""A generated market enrolled through the public API: its parties registered and confirmed, its products registered.

Every key is derived from scale, seed and what it is for, so a second run is answered alike and changes nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from cli import seed as made_up
from cli.api import OPERATOR, Command, Json, Market, Person, key_of
from cli.field_forms import fields_of, publish_forms
from cli.rule_styles import styles
from cli.stage import Stage

CATEGORIES = {
    "road_paving": "road",
    "bridge_safety": "bridge",
    "tunnel_safety": "road",
    "port_handling": "port",
    "housing": "housing",
    "water_treatment": "water",
    "power_distribution": "power",
    "substation": "power",
    "power_plant": "power",
    "gas_safety": "gas",
    "district_heating": "other",
    "solar_power": "renewable",
    "information_security": "software",
    "data_analysis": "software",
    "network": "network",
    "video_monitoring": "sensor",
    "office_automation": "software",
    "positioning": "sensor",
}
"""The generator's fields -> the catalog's categories."""

NOTICE = timedelta(days=30)
SOONEST_EXPIRY, EXPIRIES = 2027, 17
"""In which years the made-up patents end."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A product of a firm as it is known to the market."""

    id: str
    owner: str
    made_up: made_up.Product


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what a market consists of; `parties` are ids, `rules` rule sets by business number."""

    name: str
    market: made_up.Market
    parties: dict[str, str]
    rules: dict[str, Json]
    offers: list[Offer]

    def key(self, *parts: object) -> str:
        """Return the key of something done once in this market."""
        return key_of(self.name, *parts)

    def firm(self, business_number: str) -> Person:
        """Return who acts for a firm."""
        return manager("sme", business_number, self.parties[business_number])

    def institution(self, business_number: str) -> Person:
        """Return who acts for an institution."""
        return manager("institution", business_number, self.parties[business_number])


def manager(kind: str, business_number: str, party: str) -> Person:
    """Return the one who acts and signs for a party."""
    return Person(f"prs_m{business_number}", party, kind, ("manager", "signer"))


async def enrol(stage: Stage, scale: str, seed: int) -> Cast:
    """Enrol the whole market of a scale and seed."""
    market = made_up.generate(scale, seed)
    name = f"{scale}-{seed}"
    api = stage.market

    async def register(party: made_up.Institution | made_up.Firm) -> str:
        founder = Person(f"prs_m{party.business_number}")
        body = _description(party)
        registered = await api.post(founder, "/v1/parties", body, key=key_of(name, "party", party.business_number))
        party_id: str = registered["id"]
        return party_id

    everybody: list[made_up.Institution | made_up.Firm] = [*market.institutions, *market.firms]
    ids = await stage.each("parties registered", everybody, register)
    parties = {party.business_number: each for party, each in zip(everybody, ids, strict=True)}
    firms = {firm.business_number for firm in market.firms}
    until = sme_certificate_until(date.today())  # noqa: DTZ011  a Korean certificate's day, any zone will do

    async def activate(number: str) -> None:
        checks: Json = {"tax_active": True}
        if number in firms:
            checks["sme_certificate_until"] = until.isoformat()
        path = f"/v1/parties/{parties[number]}/activation"
        await api.post(OPERATOR, path, checks, key=key_of(name, "activate", until))

    await stage.each("parties active", parties, activate)
    cast = Cast(name, market, parties, styles(market), [])

    async def publish(number: str) -> None:
        await api.post(cast.institution(number), "/v1/rule-sets", cast.rules[number], key=cast.key("rule set", number))

    await stage.each("rule sets published", cast.rules, publish)

    await publish_forms(stage)

    async def offer(numbered: tuple[int, made_up.Product]) -> Offer:
        return await _offer(api, cast, *numbered)

    cast.offers.extend(await stage.each("products registered", list(enumerate(market.products)), offer))
    return cast


async def _offer(api: Market, cast: Cast, number: int, product: made_up.Product) -> Offer:
    owner = cast.firm(product.owner)
    draft = {"product_kind": "technology", "content": content(product, number)}
    drafted = await api.post(owner, "/v1/products", draft, key=cast.key("product", number))
    product_id = drafted["id"]
    await api.command(Command(owner, f"/v1/products/{product_id}/registration", None, cast.key("register", number)))
    return Offer(product_id, owner.party, product)


def content(product: made_up.Product, number: int) -> Json:
    """Return a product as its owner describes it, under an IP number that no other market of ours has."""
    firm = product.owner
    return {
        "title": product.title,
        "title_en": product.english_title,
        "summary": product.description,
        "category": CATEGORIES[product.category],
        "council": product.council,
        "model": f"TM-{number:04}",
        "ip_number": f"10-{firm[:3]}{firm[5:9]}-{number:04}",
        "ip_expires_on": f"{SOONEST_EXPIRY + number % EXPIRIES}-06-30",
        "specification": f"{product.title} 규격서 1.0",
        "price": str(product.price_from),
        "readiness_level": product.readiness,
        "fields": fields_of(product.council, CATEGORIES[product.category], number),
    }


def sme_certificate_until(today: date) -> date:
    """Return the next 31 March that is not just ahead: SME certificates end on that day."""
    this_year = date(today.year, 3, 31)
    return this_year if this_year - today > NOTICE else date(today.year + 1, 3, 31)


def _description(party: made_up.Institution | made_up.Firm) -> Json:
    shared = {"title": party.name, "business_number": party.business_number, "region": party.region}
    if isinstance(party, made_up.Firm):
        return shared | {"party_kind": "sme"}
    return shared | {"party_kind": "institution", "title_en": party.english_name, "councils": [party.council]}
