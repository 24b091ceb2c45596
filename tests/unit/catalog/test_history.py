"""A product's past: which versions anybody may read, what was to see at a moment, what changed between two versions."""

from datetime import timedelta

import pytest

from services.catalog.domain.product import Product
from services.catalog.version_views import Changes, changes
from shared.errors import Invalid, NotFound
from tests.builders import FIRM, NOON, OWNER, a_certificate, a_content, a_draft, a_field_schema

HOUR = timedelta(hours=1)
NOW = NOON + 100 * HOUR


def a_sent_back_product() -> Product:
    """Registered at one, sent back at two, rewritten at three, registered again at four, listed at five."""
    product = a_draft()
    product.register(NOON + HOUR)
    product.request_revision("규격서를 첨부하십시오", NOON + 2 * HOUR)
    product.edit(a_content(specification="고분자"), NOON + 3 * HOUR)
    product.register(NOON + 4 * HOUR)
    product.list_for(a_certificate(version=2), OWNER, NOON + 5 * HOUR)
    return product


def test_anybody_reads_only_what_was_once_public() -> None:
    product = a_sent_back_product()
    product.revise(a_content(specification="탄소"), NOON + 6 * HOUR)
    product.revise(a_content(specification="금속"), NOON + 7 * HOUR)
    product.list_for(a_certificate("crt_2", version=4), OWNER, NOON + 8 * HOUR)
    product.withdraw("단종", NOON + 9 * HOUR)

    assert product.readable(whole=False) == [2, 4]
    assert product.readable(whole=True) == [1, 2, 3, 4]
    assert product.at_version(3).specification == "탄소"
    for hidden in (0, 1, 3, 5):
        with pytest.raises(NotFound, match="no version"):
            product.at_version(hidden, whole=False)


def test_a_proposal_is_not_public_before_its_certificate() -> None:
    product = a_sent_back_product()

    product.revise(a_content(specification="탄소"), NOON + 6 * HOUR)

    assert product.readable(whole=False) == [2]


def test_what_was_never_listed_was_never_public() -> None:
    product = a_draft()
    product.register(NOON)
    product.withdraw("단종", NOON + HOUR)

    assert product.readable(whole=False) == []
    with pytest.raises(NotFound, match="nothing to see"):
        product.turn_at(NOON + HOUR, NOW, whole=False)


def test_of_what_was_stored_before_its_history_was_the_public_version_is_readable() -> None:
    product = Product.model_validate(a_sent_back_product().model_dump(mode="json", exclude={"history"}))

    assert (product.history, product.readable(whole=False)) == ([], [2])


@pytest.mark.parametrize(
    ("hours", "public", "whole"),
    [
        (-1, None, None),
        (0, None, None),
        (1, None, ("registered", 1)),
        (2, None, None),
        (3.5, None, None),
        (4, None, ("registered", 2)),
        (5, ("listed", 2), ("listed", 2)),
        (6.5, ("paused", 2), ("paused", 2)),
        (8, ("withdrawn", 2), ("withdrawn", 2)),
    ],
)
def test_each_sees_what_was_to_see_for_them_then(
    hours: float, public: tuple[str, int] | None, whole: tuple[str, int] | None
) -> None:
    product = a_sent_back_product()
    product.pause("재고 없음", NOON + 6 * HOUR)
    product.withdraw("단종", NOON + 7 * HOUR)

    for sees_all, expected in ((False, public), (True, whole)):
        if expected is None:
            with pytest.raises(NotFound, match="nothing to see"):
                product.turn_at(NOON + hours * HOUR, NOW, whole=sees_all)
        else:
            turn = product.turn_at(NOON + hours * HOUR, NOW, whole=sees_all)
            assert (turn.status, turn.version) == expected


def test_an_event_that_is_heard_late_does_not_rewrite_the_past() -> None:
    product = a_sent_back_product()
    product.pause("재고 없음", NOON + 7 * HOUR)

    product.lose("crt_1", NOON + 6 * HOUR)

    assert [turn.at for turn in product.history] == sorted(turn.at for turn in product.history)
    assert product.turn_at(NOON + 6.5 * HOUR, NOW, whole=False).status == "listed"
    assert product.turn_at(NOON + 7 * HOUR, NOW, whole=False).status == "lapsed"


def test_nobody_looks_into_the_future() -> None:
    with pytest.raises(Invalid) as refused:
        a_sent_back_product().turn_at(NOW + HOUR, NOW, whole=True)

    assert (refused.value.rule, refused.value.field) == ("product.moment_ahead", "query/at")


def test_a_difference_names_each_field_and_says_if_it_is_material() -> None:
    asked = a_field_schema()
    fields = {"flux_lmh": 120, "membrane": "평막"}
    product = Product.draft("prd_1", FIRM, "sme", "technology", a_content(fields=fields), NOON, asked)
    product.register(NOON, asked)
    product.list_for(a_certificate(), OWNER, NOON)
    product.revise(a_content(fields=fields, price=None), NOON, asked)
    product.revise(a_content(fields={"flux_lmh": 130.5}, price=None), NOON, asked)

    small, large, back = (
        changes(since, product.at_version(since), number, product.at_version(number))
        for since, number in ((1, 2), (1, 3), (3, 1))
    )

    def said(of: Changes) -> list[tuple[str, object, object]]:
        return [(each.field, each.before, each.after) for each in of.items]

    assert (small.material, said(small)) == (False, [("/price", "125000000", None)])
    assert (large.since, large.number, large.material) == (1, 3, True)
    assert said(large) == [
        ("/price", "125000000", None),
        ("/fields/flux_lmh", 120, 130.5),
        ("/fields/membrane", "평막", None),
    ]
    assert said(back) == [(field, after, before) for field, before, after in said(large)]
    assert changes(2, product.at_version(2), 2, product.at_version(2)).items == []
