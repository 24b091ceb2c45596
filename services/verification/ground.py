"""The documents verification owns, and what it knows of the catalog."""

from collections.abc import Sequence
from typing import Any

from services.verification.certificate_views import certificate_view
from services.verification.domain.certificate import Certificate
from services.verification.domain.dossier import Dossier
from services.verification.domain.recognition import RecognitionRule
from services.verification.domain.review import Review
from services.verification.domain.rule_set import RuleSet
from services.verification.reviews.views import review_view
from services.verification.rule_views import rule_set_view, rule_view
from services.verification.views import dossier_view
from shared.copies import Copies
from shared.events.catalog import PartyState, ProductState
from shared.events.contracts import ContractState
from shared.mongo import Database
from shared.relay import Relay
from shared.store import Store


class Verification:
    """Dossiers, reviews, certificates, rules, and copies of parties, products and the contracts made about them."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self.dossiers = Store(database, Dossier, dossier_view, relay)
        self.reviews = Store(database, Review, review_view, relay)
        self.certificates = Store(database, Certificate, certificate_view, relay)
        self.rules = Store(database, RecognitionRule, rule_view, relay)
        self.rule_sets = Store(database, RuleSet, rule_set_view, relay)
        self.parties = Copies(database, PartyState)
        self.products = Copies(database, ProductState)
        self.contracts = Copies(database, ContractState)

    @property
    def stores(self) -> Sequence[Store[Any]]:
        return (self.dossiers, self.reviews, self.certificates, self.rules, self.rule_sets)

    @property
    def copies(self) -> Sequence[Copies[Any]]:
        return (self.parties, self.products, self.contracts)

    async def prepare(self) -> None:
        await self.dossiers.prepare(["owner"], ["applications.institution"], ["status"])
        await self.reviews.prepare(["institution", "status"], ["owner"], ["product.id"], ["status"], ["next_step.by"])
        await self.certificates.prepare(
            ["institution"],
            ["product.id"],
            ["owner"],
            ["status"],
            ["recognised_certificate"],
            ["in_question_until"],
        )
        await self.rules.prepare(["institution", "accepts"])
        await self.rule_sets.prepare(["institution"])
        await self.contracts.prepare("product.id")
