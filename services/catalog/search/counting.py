"""How many of the hits have each value of each facet, and on which days they have a valid certificate."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tantivy import Query, Searcher

from services.catalog.search.asking import FACETS

MOST_VALUES = 50
"""Of one facet, the commonest."""
AHEAD = (0, 90, 365)
"""So many days from today it is counted how many have a certificate that is valid then."""
Counts = Mapping[str, Sequence[tuple[str, int]]]


def counted(searcher: Searcher, query: Query, today: date, last_beginning: date) -> Counts:
    """Count the values of each facet; and of each day the certificates that end no earlier, less those still to begin.

    Hardly any begins later than today. While none does they are not counted, which would take as long again.
    """
    days = [today + timedelta(days=each) for each in AHEAD]
    next_days = [day + timedelta(days=1) for day in days]
    wanted = {facet: {"terms": {"field": facet, "size": MOST_VALUES}} for facet in FACETS}
    wanted["ending"] = _from_each_on("valid_until", days)
    if last_beginning > today:
        wanted["beginning"] = _from_each_on("valid_from", next_days)
    found = searcher.aggregate(query, wanted)
    facets = {facet: [(each["key"], each["doc_count"]) for each in found[facet]["buckets"]] for facet in FACETS}
    ending, beginning = (found.get(each, {"buckets": []})["buckets"] for each in ("ending", "beginning"))
    valid = [_summed(ending, one) - _summed(beginning, other) for one, other in zip(days, next_days, strict=True)]
    return facets | {"certificate_valid_on": list(zip(map(str, days), valid, strict=True))}


def _from_each_on(field: str, days: Sequence[date]) -> dict[str, Any]:
    """Ask how many have a day from each of these on and before the next: ranges may not overlap."""
    begins = [day.toordinal() for day in days]
    ranges = [{"from": one, "to": other} for one, other in pairwise(begins)]
    return {"range": {"field": field, "ranges": [*ranges, {"from": begins[-1]}]}}


def _summed(buckets: Iterable[Mapping[str, Any]], day: date) -> int:
    """Return how many have this day or a later one; an index without listings has no buckets."""
    return sum(each["doc_count"] for each in buckets if each.get("from", 0) >= day.toordinal())
