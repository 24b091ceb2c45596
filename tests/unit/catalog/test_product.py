"""What the machine's random walks would find seldom: texts of refusals, versions and certificates."""

import unicodedata
from datetime import date
from typing import Any

import pytest

from services.catalog.domain.content import Content
from services.catalog.domain.product import MOST_TURNS, MOST_VERSIONS, Product
from shared.errors import Invalid, NotFound, Refused
from shared.events.catalog import PartyState, ProductCertificatesChanged, ProductRejected
from shared.events.verification import INSTITUTION_CLOSED
from tests.builders import (
    NOON,
    OWNER,
    a_certificate,
    a_content,
    a_draft,
    a_listed_product,
    a_registered_product,
)

RESTRICTED = OWNER.model_copy(update={"status": "restricted"})


def names(product: Product) -> list[str]:
    return [event.name.removeprefix("catalog.product.") for event in product.recorded]


def test_a_draft_shows_no_more_than_that_it_exists() -> None:
    shown = a_draft().public()

    assert (shown.title, shown.summary, shown.price) == ("", "", None)
    assert a_registered_product().public().title == "저전력 수처리 분리막"


def test_hangul_is_kept_in_syllables_however_it_was_sent() -> None:
    """A file name or a text from macOS comes letter by letter: 200 syllables of it are 600 characters."""
    letters = unicodedata.normalize("NFD", "막" * 200)

    content = Content.model_validate(a_content().model_dump() | {"title": letters, "summary": letters})

    assert (content.title, content.summary) == ("막" * 200, "막" * 200)


def test_a_product_needs_a_summary() -> None:
    product = a_draft(summary="")

    with pytest.raises(Invalid, match="summary"):
        product.register(NOON)

    assert product.status == "draft"


def test_a_certificate_lists_what_it_was_issued_for() -> None:
    product = a_listed_product()

    assert (product.status, product.version_shown, product.certified_version) == ("listed", 1, 1)
    assert names(product) == ["drafted", "registered", "listed"]


def test_a_revised_product_never_lists_on_the_old_versions_certificate() -> None:
    product = a_listed_product()
    product.revise(a_content(specification="폴리머, 10 um"), NOON)

    product.lose("crt_1", NOON)
    product.list_for(a_certificate("crt_2", version=1), OWNER, NOON)

    assert product.version_shown == 1
    assert product.content.specification == "세라믹, 0.1 um"


def test_a_draft_rewritten_after_registering_never_lists_on_the_old_texts_certificate() -> None:
    """Sent back, rewritten and registered again while an institution still looks at what it was before."""
    product = a_registered_product()
    product.request_revision("규격서를 첨부하십시오", NOON)
    product.edit(a_content(specification="폴리머, 10 um"), NOON)
    product.register(NOON)

    product.list_for(a_certificate(version=1), OWNER, NOON)

    assert product.status == "registered"
    product.list_for(a_certificate("crt_2", version=product.public().version), OWNER, NOON)
    assert product.status == "listed"  # type: ignore[comparison-overlap]
    assert product.content.specification == "폴리머, 10 um"


def test_a_draft_rewritten_in_small_things_keeps_its_certificate() -> None:
    product = a_registered_product()
    product.request_revision("제목을 고치십시오", NOON)
    product.edit(a_content(title="분리막"), NOON)
    product.register(NOON)

    product.list_for(a_certificate(version=1), OWNER, NOON)

    assert (product.status, product.content.title) == ("listed", "분리막")


def test_a_certificate_for_a_draft_waits_until_it_is_registered() -> None:
    product = a_registered_product()
    product.request_revision("제목을 고치십시오", NOON)

    product.list_for(a_certificate(version=1), OWNER, NOON)

    assert product.status == "draft"
    assert [held.id for held in product.certificates] == ["crt_1"]
    product.register(NOON)
    assert product.status == "listed"  # type: ignore[comparison-overlap]


def test_a_material_change_waits_while_the_old_version_stays() -> None:
    product = a_listed_product()

    product.revise(a_content(model="HB-300"), NOON)

    assert (product.content.model, product.public().proposed_version) == ("HB-200", 2)
    product.list_for(a_certificate("crt_2", version=2), OWNER, NOON)
    assert (product.content.model, product.public().proposed_version) == ("HB-300", None)
    assert [held.id for held in product.certificates] == ["crt_2"]


def test_a_small_change_is_public_at_once() -> None:
    product = a_listed_product()

    product.revise(a_content(title="분리막"), NOON)
    product.revise(a_content(title="분리막"), NOON)

    assert (product.content.title, len(product.versions)) == ("분리막", 2)


def test_a_second_institutions_certificate_for_a_small_change_keeps_the_first() -> None:
    product = a_listed_product()
    product.revise(a_content(title="분리막"), NOON)

    product.list_for(a_certificate("crt_2", version=2, institution="pty_kepco"), OWNER, NOON)
    product.lose("crt_2", NOON)

    assert product.status == "listed"


def test_what_is_public_keeps_its_numbers_while_a_change_waits() -> None:
    product = a_listed_product()

    product.revise(a_content(ip_number="10-2025-0000001"), NOON)

    assert {"ip:1020240001234", "ip:1020250000001", "model:pty_hanbit|hb-200"} == set(product.names())
    assert {"ip:10-2024-0001234", "ip:10-2025-0000001", "model:pty_hanbit|HB-200"} < set(product.claims())


@pytest.mark.parametrize(
    "written",
    [
        {"ip_number": "제10-2024-0001234호"},
        {"ip_number": "10 2024 0001234"},
        {"model": "hb-200"},
        {"model": "ＨＢ - 200"},
    ],
)
def test_a_number_or_model_that_is_written_in_another_way_is_taken(written: dict[str, str]) -> None:
    other = a_registered_product(**{"ip_number": "", "model": ""} | written)

    assert set(a_listed_product().claims()).intersection(other.claims())


@pytest.mark.parametrize("another", [{"ip_number": "10-2024-0001235"}, {"ip_number": "출원 중"}, {"model": "HB-2-00"}])
def test_another_number_or_model_is_free(another: dict[str, str]) -> None:
    other = a_registered_product(**{"ip_number": "", "model": ""} | another)

    assert other.names()
    assert not set(a_listed_product().claims()).intersection(other.claims())


@pytest.mark.parametrize(
    ("claim", "field"), [("ip:10-2024-0001234", "/ip_number"), ("model:pty_hanbit|HB-200", "/model")]
)
def test_a_taken_number_names_its_field(claim: str, field: str) -> None:
    assert a_draft().taken(claim).field == field


@pytest.mark.parametrize(("owner_kind", "product_kind"), [("sme", "idle_ip"), ("institution", "technology")])
def test_a_firm_offers_no_idle_ip_and_an_institution_nothing_else(owner_kind: str, product_kind: Any) -> None:
    with pytest.raises(Invalid, match="an institution its idle IP"):
        Product.draft("prd_1", "pty_owner", owner_kind, product_kind, a_content(), NOON)


def test_idle_ip_is_listed_by_approval_and_nothing_else_is() -> None:
    patent = a_draft(product_kind="idle_ip")
    patent.register(NOON)
    patent.approve(NOON)
    patent.approve(NOON)

    assert names(patent) == ["drafted", "registered", "listed"]
    with pytest.raises(Refused, match="certificate"):
        a_registered_product().approve(NOON)


def test_versions_are_kept() -> None:
    product = a_listed_product()
    product.revise(a_content(title="분리막"), NOON)

    assert [product.at_version(number).title for number in (1, 2)] == ["저전력 수처리 분리막", "분리막"]
    for number in (0, 3):
        with pytest.raises(NotFound):
            product.at_version(number)


@pytest.mark.parametrize("command", ["register", "reject", "pause", "resume", "withdraw"])
def test_a_repeat_of_what_is_already_so_records_nothing(command: str) -> None:
    product = a_draft() if command == "register" else a_registered_product()
    if command in {"pause", "resume"}:
        product.list_for(a_certificate(), OWNER, NOON)
    if command == "resume":
        product.pause("재고 없음", NOON)
    arguments = {"reject": (["사유"],), "pause": ("재고 없음",), "withdraw": ("단종",)}.get(command, ())
    getattr(product, command)(*arguments, NOON)
    before = (names(product), product.model_dump())

    getattr(product, command)(*arguments, NOON)

    assert (names(product), product.model_dump()) == before


def test_a_certificate_for_a_version_that_does_not_exist_changes_nothing() -> None:
    product = a_registered_product()

    product.list_for(a_certificate(version=2), OWNER, NOON)

    assert (product.status, product.certificates) == ("registered", [])


@pytest.mark.parametrize(
    "owner", [RESTRICTED, OWNER.model_copy(update={"sme_certificate_until": date(2026, 11, 22)})], ids=["ban", "lapse"]
)
def test_a_certificate_waits_while_the_owner_may_start_nothing_new(owner: PartyState) -> None:
    product = a_registered_product()

    product.list_for(a_certificate(), owner, NOON)
    product.publish(owner, NOON)

    assert (product.status, product.withheld, product.certificates) == ("registered", [a_certificate()], [])
    product.publish(OWNER, NOON)
    product.publish(OWNER, NOON)
    assert (product.status, product.withheld, product.certificates) == ("listed", [], [a_certificate()])
    assert names(product) == ["drafted", "registered", "listed"]


def test_a_new_version_of_a_restricted_owner_waits_and_the_old_one_stays_listed() -> None:
    product = a_listed_product()
    product.revise(a_content(model="HB-300"), NOON)

    product.list_for(a_certificate("crt_2", version=2), RESTRICTED, NOON)

    assert (product.status, product.content.model) == ("listed", "HB-200")
    product.publish(OWNER, NOON)
    assert (product.status, product.content.model) == ("listed", "HB-300")


def test_a_renewed_certificate_keeps_the_listing_of_a_restricted_owner() -> None:
    product = a_listed_product()

    product.list_for(renewed := a_certificate(valid_until=date(2032, 11, 22)), RESTRICTED, NOON)

    assert (product.status, product.certificates, product.withheld) == ("listed", [renewed], [])


def test_a_certificate_that_came_before_lists_no_second_time() -> None:
    product = a_listed_product()

    product.list_for(a_certificate(), OWNER, NOON)

    assert names(product) == ["drafted", "registered", "listed"]


def test_a_certificate_that_is_lost_while_another_holds_the_listing_is_told() -> None:
    product = a_listed_product()
    product.list_for(a_certificate("crt_2"), OWNER, NOON)

    product.lose("crt_1", NOON)

    assert (product.status, names(product)[-1]) == ("listed", "certificates_changed")
    event = product.recorded[-1]
    assert isinstance(event, ProductCertificatesChanged)
    assert (event.certificates, event.product.version) == (["crt_2"], 1)


@pytest.mark.parametrize("wait", ["paused", "draft"])
def test_a_certificate_that_comes_while_nothing_is_listed_is_told(wait: str) -> None:
    product = a_registered_product() if wait == "draft" else a_listed_product()
    if wait == "paused":
        product.pause("재고 없음", NOON)
    else:
        product.request_revision("제목을 고치십시오", NOON)

    product.list_for(a_certificate("crt_2"), OWNER, NOON)
    once = names(product)
    product.list_for(a_certificate("crt_2"), OWNER, NOON)

    assert (product.status, once[-1], names(product)) == (wait, "certificates_changed", once)


def test_a_draft_is_rewritten_aloud_and_once() -> None:
    product = a_draft()

    product.edit(a_content(category="road"), NOON)
    product.edit(a_content(category="road"), NOON)

    assert names(product) == ["drafted", "edited"]
    assert product.public().category == "road"


def test_a_certificate_that_ends_while_it_is_withheld_lists_nothing() -> None:
    product = a_registered_product()
    product.list_for(a_certificate(), RESTRICTED, NOON)

    product.lose("crt_1", NOON)
    product.publish(OWNER, NOON)

    assert (product.status, product.withheld) == ("registered", [])


def test_a_refusal_of_an_older_version_leaves_the_newer_one_under_review() -> None:
    product = a_registered_product()
    product.request_revision("규격서를 첨부하십시오", NOON)
    product.edit(a_content(specification="폴리머, 10 um"), NOON)
    product.register(NOON)

    product.close_dossier("dos_1", 1, ["unsafe"], NOON, approved=False)
    waits = product.status
    product.close_dossier("dos_2", 2, ["unsafe"], NOON, approved=False)

    assert (waits, product.status) == ("registered", "rejected")


def test_a_refusal_leaves_a_draft_and_a_listing_as_they_are() -> None:
    draft, listed = a_draft(), a_listed_product()

    for product in (draft, listed):
        product.close_dossier("dos_1", 1, ["unsafe"], NOON, approved=False)

    assert (draft.status, listed.status) == ("draft", "listed")


def test_only_the_last_dossier_to_close_rejects_with_the_reasons_of_all() -> None:
    product = a_registered_product()
    for dossier in ("dos_1", "dos_2"):
        product.open_dossier(dossier, 1)

    product.close_dossier("dos_2", 1, ["unsafe"], NOON, approved=False)
    waits = product.status
    product.close_dossier("dos_1", 1, ["cost"], NOON, approved=False)

    assert (waits, product.status) == ("registered", "rejected")
    rejected = product.recorded[-1]
    assert isinstance(rejected, ProductRejected)
    assert rejected.reasons == ["cost", "unsafe"]


@pytest.mark.parametrize("first", [True, False])
def test_one_approval_is_enough_against_any_refusal(first: bool) -> None:  # noqa: FBT001  a parameter of the test
    product = a_registered_product()
    for dossier in ("dos_1", "dos_2"):
        product.open_dossier(dossier, 1)

    product.close_dossier("dos_1", 1, [], NOON, approved=first)
    product.close_dossier("dos_2", 1, [], NOON, approved=not first)

    assert product.status == "registered"


def test_an_institution_that_left_has_refused_nothing() -> None:
    alone, refused_elsewhere = a_registered_product(), a_registered_product()
    for product in (alone, refused_elsewhere):
        product.open_dossier("dos_1", 1)
    refused_elsewhere.close_dossier("dos_2", 1, ["unsafe"], NOON, approved=False)

    for product in (alone, refused_elsewhere):
        product.close_dossier("dos_1", 1, [INSTITUTION_CLOSED], NOON, approved=False)

    assert (alone.status, refused_elsewhere.status) == ("registered", "rejected")
    rejected = refused_elsewhere.recorded[-1]
    assert isinstance(rejected, ProductRejected)
    assert rejected.reasons == ["unsafe"]
    alone.close_dossier("dos_3", 1, ["cost"], NOON, approved=False)
    assert alone.status == "rejected"


def test_a_dossier_of_an_older_version_that_stays_open_saves_no_newer_one() -> None:
    product = a_registered_product()
    product.open_dossier("dos_1", 1)
    product.request_revision("규격서를 첨부하십시오", NOON)
    product.edit(a_content(specification="폴리머, 10 um"), NOON)
    product.register(NOON)
    product.open_dossier("dos_2", 2)

    product.close_dossier("dos_2", 2, ["unsafe"], NOON, approved=False)

    assert product.status == "rejected"


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_what_was_withheld_lists_no_product_that_was_ended_meanwhile(end: str) -> None:
    product = a_registered_product()
    product.list_for(a_certificate(), RESTRICTED, NOON)

    getattr(product, end)(["사유"] if end == "reject" else "단종", NOON)
    product.publish(OWNER, NOON)

    assert product.status in {"rejected", "withdrawn"}
    assert product.withheld == []


def test_what_was_never_listed_stays_private_when_it_is_withdrawn() -> None:
    draft, rejected, listed = a_draft(), a_registered_product(), a_listed_product()
    rejected.reject(["unsafe"], NOON)

    for product in (draft, rejected, listed):
        product.withdraw("단종", NOON)

    shown = [product.public() for product in (draft, rejected, listed)]
    assert [each.is_public for each in shown] == [False, False, True]
    assert [bool(each.title or each.summary or each.price) for each in shown] == [False, False, True]


def test_a_product_has_so_many_versions_and_no_more_however_they_came() -> None:
    revised, rewritten = a_listed_product(), a_registered_product()
    for number in range(2, MOST_VERSIONS + 1):
        revised.revise(a_content(title=f"분리막 {number}"), NOON)
        rewritten.request_revision("고치십시오", NOON)
        rewritten.edit(a_content(title=f"분리막 {number}"), NOON)
        rewritten.register(NOON)
    rewritten.request_revision("고치십시오", NOON)

    for one_more in (revised.revise, rewritten.edit):
        with pytest.raises(Refused, match="200 versions") as refusal:
            one_more(a_content(title="하나 더"), NOON)
        assert refusal.value.rule == "product.versions_full"

    assert [len(each.versions) for each in (revised, rewritten)] == [MOST_VERSIONS] * 2
    revised.revise(a_content(title=f"분리막 {MOST_VERSIONS}"), NOON)
    revised.withdraw("단종", NOON)


def test_a_product_is_not_paused_for_ever_anew_but_can_always_be_withdrawn() -> None:
    product = a_listed_product()
    while len(product.history) < MOST_TURNS:
        product.pause("재고 없음", NOON)
        product.resume(NOON)

    with pytest.raises(Refused) as refusal:
        product.pause("재고 없음", NOON)

    assert (refusal.value.rule, product.status) == ("product.turns_full", "listed")
    product.withdraw("단종", NOON)
    assert product.status == "withdrawn"
