"""A seed is a schedule."""

from collections import Counter

from tests.faults.schedule import BEYOND_SESSION, REPLICA, TARGETS, schedule_of


def test_a_seed_replays_its_schedule() -> None:
    assert schedule_of(7, 30) == schedule_of(7, 30)


def test_another_seed_is_another_schedule() -> None:
    assert schedule_of(7, 30) != schedule_of(8, 30)


def test_every_target_is_killed_its_share() -> None:
    kills = Counter(each.target for each in schedule_of(1, 30) if each.kind == "kill")

    assert kills == TARGETS


def test_kills_are_as_many_as_asked() -> None:
    assert sum(each.kind == "kill" for each in schedule_of(1, 300)) == 300
    assert sum(each.kind == "kill" for each in schedule_of(1, 3)) == 3


def test_a_broker_that_does_not_survive_is_stopped() -> None:
    kinds = {each.kind for each in schedule_of(1, 30, kafka_survives=False) if each.target == "kafka"}

    assert "kill" not in kinds
    assert "stop" in kinds


def test_one_pause_is_longer_than_a_consumers_session() -> None:
    long = [each for each in schedule_of(5, 30) if each.kind == "pause" and each.seconds >= BEYOND_SESSION]

    assert [each.target for each in long] == [REPLICA]


def test_there_is_some_of_everything() -> None:
    assert {each.kind for each in schedule_of(3, 12)} == {"kill", "pause", "rebalance", "duplicates"}
