"""The relay places keys itself: as every other producer of Kafka would."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka import _partition_of


@given(key=st.text(min_size=1), partitions=st.integers(min_value=1, max_value=64))
def test_a_key_lies_where_the_drivers_own_partitioner_puts_it(key: str, partitions: int) -> None:
    everyone = list(range(partitions))

    assert _partition_of(key, partitions) == DefaultPartitioner()(key.encode(), everyone, everyone)
