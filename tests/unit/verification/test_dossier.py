from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.verification.domain.dossier import Dossier
from services.verification.domain.eligibility import Addressee
from shared.errors import Invalid, Refused
from shared.events.catalog import PartyState, ProductState
from shared.events.verification import DossierClosed
from tests.unit.verification.builders import (
    FIRM,
    HOUSING,
    NOON,
    WATER,
    a_dossier,
    a_firm,
    a_product,
    an_addressee,
    an_institution,
    names,
)


def submit(
    product: ProductState | None = None, firm: PartyState | None = None, *, version: int = 1, at: datetime = NOON
) -> Dossier:
    return Dossier.submit("dos_1", product or a_product(), version, firm or a_firm(), [an_addressee()], at)


def test_a_dossier_keeps_which_entry_rules_were_met_by_what() -> None:
    dossier = submit()

    assert names(dossier) == ["verification.dossier.submitted"]
    assert [(check.rule, check.party) for check in dossier.checks] == [
        ("product.registered", FIRM),
        ("party.active", FIRM),
        ("party.sme_certificate", FIRM),
        ("institution.active", WATER),
    ]


@pytest.mark.parametrize("status", ["registered", "listed", "paused", "lapsed"])
def test_a_product_that_may_be_listed_is_applied_for(status: str) -> None:
    assert submit(a_product(status=status)).status == "submitted"


@pytest.mark.parametrize("status", ["draft", "rejected", "withdrawn"])
def test_no_other_product_is(status: str) -> None:
    with pytest.raises(Refused, match="product_not_registered"):
        submit(a_product(status=status))


@pytest.mark.parametrize(("version", "proposed"), [(2, None), (2, 3), (3, 3)])
def test_the_shown_version_and_the_proposed_one_are_current(version: int, proposed: int | None) -> None:
    product = a_product(status="listed", version=2, proposed_version=proposed)

    assert submit(product, version=version).product.version == version


@pytest.mark.parametrize("version", [1, 3])
def test_no_other_version_is(version: int) -> None:
    with pytest.raises(Refused, match="version_not_current"):
        submit(a_product(status="listed", version=2), version=version)


def test_an_sme_certificate_counts_on_its_last_day_in_seoul_and_no_longer() -> None:
    firm = a_firm(sme_certificate_until=date(2026, 11, 23))

    submit(firm=firm, at=datetime(2026, 11, 23, 14, 59, tzinfo=UTC))
    with pytest.raises(Refused, match="sme_certificate_lapsed"):
        submit(firm=firm, at=datetime(2026, 11, 23, 15, tzinfo=UTC))


@pytest.mark.parametrize("changes", [{"status": "restricted"}, {"status": "closed"}, {"sme_certificate_until": None}])
def test_a_firm_that_may_start_nothing_new_may_not_apply(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        submit(firm=a_firm(**changes))


def test_idle_ip_needs_no_certificate_and_so_no_dossier() -> None:
    with pytest.raises(Refused, match="idle IP is listed"):
        submit(a_product(product_kind="idle_ip"), firm=an_institution())


def test_only_active_institutions_are_applied_to() -> None:
    for party, error in ((an_institution(status="closed"), Refused), (a_firm(), Invalid)):
        with pytest.raises(error) as refusal:
            Dossier.submit("dos_1", a_product(), 1, a_firm(), [an_addressee(), Addressee(party, "rev_2")], NOON)
        assert refusal.value.field == "/institutions/1"


def test_a_dossier_closes_with_its_last_review_and_names_every_result() -> None:
    dossier = a_dossier(WATER, HOUSING)

    dossier.conclude(f"rev_{WATER}", "rejected", ["unsafe"], "", NOON)
    assert (dossier.status, names(dossier)) == ("submitted", [])

    dossier.conclude(f"rev_{HOUSING}", "certified", [], "crt_1", NOON)
    dossier.conclude(f"rev_{HOUSING}", "certified", [], "crt_1", NOON)
    (closed,) = dossier.recorded
    assert isinstance(closed, DossierClosed)
    assert (closed.approved, closed.rejected, closed.reasons) == ([HOUSING], [WATER], ["unsafe"])
    assert dossier.public().approved == [HOUSING]


def test_an_institution_looks_at_one_version_once_at_a_time() -> None:
    dossier = a_dossier(WATER, HOUSING)
    assert dossier.claims() == ["case:prd_1|1|pty_water", "case:prd_1|1|pty_housing"]

    dossier.conclude(f"rev_{WATER}", "rejected", ["unsafe"], "", NOON)

    assert dossier.claims() == ["case:prd_1|1|pty_housing"]
    assert "pty_housing" in str(dossier.taken("case:prd_1|1|pty_housing"))
