"""The mark of this folder, so that a quick run can leave it out: `pytest -m 'not faults'`."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: kills and freezes real processes; minutes, not seconds")
