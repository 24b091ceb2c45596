"""What no server here can be made to say: a batch written but not confirmed by a majority."""

import pytest
import structlog
from pymongo.errors import BulkWriteError

from shared.aggregate import Aggregate
from shared.errors import Refused
from shared.mongo import _raise_unless_acknowledged, _write_error
from shared.telemetry import configure_logging
from tests.builders import a_registered_party


def a_bulk_error(*unconfirmed: dict[str, object]) -> BulkWriteError:
    return BulkWriteError({"writeErrors": [], "writeConcernErrors": list(unconfirmed), "nMatched": 2})


def test_what_no_majority_confirmed_is_not_taken_for_written() -> None:
    with pytest.raises(BulkWriteError):
        _raise_unless_acknowledged(a_bulk_error({"code": 64, "errmsg": "waiting for replication timed out"}))
    _raise_unless_acknowledged(a_bulk_error())


def test_an_error_that_is_no_duplicate_stays_a_database_error() -> None:
    assert "disk" in str(_write_error({"code": 8000, "errmsg": "disk full"}))


def test_an_aggregate_without_wishes_has_no_timer_and_a_plain_refusal() -> None:
    party = a_registered_party()

    assert party.due() is None
    assert isinstance(Aggregate.taken(party, "claim"), Refused)
    assert Aggregate.claims(party) == []
    assert Aggregate.due(party) is None
    Aggregate.tick(party, party.recorded[0].at)


@pytest.mark.parametrize("readable", [True, False])
def test_korean_stays_readable_in_logs(readable: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    before = structlog.get_config()
    try:
        configure_logging(readable=readable)
        structlog.get_logger().info("party_registered", title="한빛수처리")
    finally:
        structlog.configure(**before)

    assert "한빛수처리" in capsys.readouterr().out
