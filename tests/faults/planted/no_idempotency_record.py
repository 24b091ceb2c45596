"""Catalog does not look whether it has carried out a command before."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared import store
from shared.aggregate import Cause
from tests.faults.planted.planting import serve_with

refuse_repeats = store._refuse_repeats


def look_at_events_only(document: Mapping[str, Any], cause: Cause) -> None:
    refuse_repeats(dict(document), replace(cause, key=""))


serve_with("catalog", store, _refuse_repeats=look_at_events_only)
