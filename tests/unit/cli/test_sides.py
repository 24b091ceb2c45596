from hypothesis import given
from hypothesis import strategies as st

from cli.sides import two_sides, within

PAIRS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda pair: pair[0] != pair[1]), max_size=40)


@given(PAIRS)
def test_the_same_pairs_give_the_same_sides(pairs: list[tuple[int, int]]) -> None:
    assert two_sides(12, pairs) == two_sides(12, pairs)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(7, 12)), max_size=30))
def test_a_day_that_has_two_sides_loses_no_meeting(pairs: list[tuple[int, int]]) -> None:
    assert within(two_sides(12, pairs), pairs) == []


@given(PAIRS)
def test_at_most_half_of_the_meetings_are_lost(pairs: list[tuple[int, int]]) -> None:
    assert 2 * len(within(two_sides(12, pairs), pairs)) <= len(pairs)


@given(PAIRS)
def test_whoever_changes_side_alone_loses_no_fewer(pairs: list[tuple[int, int]]) -> None:
    side = two_sides(12, pairs)
    lost = len(within(side, pairs))

    for number in range(12):
        other = [not each if at == number else each for at, each in enumerate(side)]
        assert len(within(other, pairs)) >= lost


def test_a_triangle_loses_one_meeting() -> None:
    pairs = [(1, 2), (2, 3), (1, 3)]

    assert len(within(two_sides(3, pairs), pairs)) == 1


def test_who_meets_nobody_is_on_the_first_side() -> None:
    assert two_sides(3, [(1, 2)])[2]
