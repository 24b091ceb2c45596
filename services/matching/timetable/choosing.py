"""Which requests to serve when there are more of them than slots or places.

On a day with two sides this is a degree-constrained subgraph of a bipartite graph, the same thing
as a flow from one side to the other. A good first choice is improved along cycles of the residual
network; when no cycle improves it, it is the best (M. Klein, A primal method for minimal cost
flows, Management Science 14, 1967). On other days the first choice stands, without that proof.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from services.matching.timetable.day import Day, Request

_SOURCE, _SINK = 0, 1


class _Arc(NamedTuple):
    """One change that is still possible; along it the request is served, or no longer served."""

    tail: int
    head: int
    cost: int
    request: int | None = None


def one_side(pairs: Iterable[tuple[str, str]]) -> frozenset[str] | None:
    """Tell the parties of one side, where nobody meets within a side; None if there are none."""
    partners: dict[str, list[str]] = {}
    for one, other in pairs:
        partners.setdefault(one, []).append(other)
        partners.setdefault(other, []).append(one)
    side: dict[str, bool] = {}
    for party in partners:
        side.setdefault(party, True)
        reached = [party]
        while reached:
            here = reached.pop()
            for partner in partners[here]:
                if partner not in side:
                    side[partner] = not side[here]
                    reached.append(partner)
    if any(side[one] == side[other] for one in partners for other in partners[one]):
        return None
    return frozenset(party for party, first in side.items() if first)


class Choice:
    """The requests served so far and the room that is left beside the booked meetings.

    Requests are meant by their number in `day.requests`.
    """

    def __init__(self, day: Day) -> None:
        """Nobody is served yet."""
        self._requests = day.requests
        self._slots = day.slots
        self._places = day.slots * day.tables - len(day.booked)
        self._booked = Counter(who for it in day.booked for who in (it.host, it.guest))
        self._wishes = Counter(who for it in day.requests for who in (it.host, it.guest))
        self.served = set[int]()

    def best(self, side: frozenset[str] | None) -> set[int]:
        """Serve the most requests and, among as many, the highest total priority."""
        self._serve_first()
        if side is None or len(self.served) == len(self._requests):
            return self.served
        nodes = {party: number for number, party in enumerate(self._wishes, start=2)}
        while better := _improving_cycles(len(nodes) + 2, list(self._arcs(nodes, side))):
            for cycle in better:
                self.served ^= {arc.request for arc in cycle if arc.request is not None}
        return self.served

    def _serve_first(self) -> None:
        """Most first by number (who asks too much last), by priority when that fills the day."""
        self._serve_in_order(lambda it: (self._crowding(it), -it.priority, it.filed, it.id))
        if len(self.served) == self._places:
            self._serve_in_order(lambda it: (-it.priority, self._crowding(it), it.filed, it.id))

    def _serve_in_order(self, rank: Callable[[Request], tuple[int | str, ...]]) -> None:
        self.served = set()
        load = self._booked.copy()
        for number in sorted(range(len(self._requests)), key=lambda it: rank(self._requests[it])):
            host, guest = self._requests[number].host, self._requests[number].guest
            roomy = load[host] < self._slots and load[guest] < self._slots
            if roomy and len(self.served) < self._places:
                self.served.add(number)
                load.update((host, guest))

    def _crowding(self, request: Request) -> int:
        """How many of the two ask for more than their slots hold."""
        return sum(self._wishes[who] + self._booked[who] > self._slots for who in (request.host, request.guest))

    def _arcs(self, nodes: dict[str, int], side: frozenset[str]) -> Iterator[_Arc]:
        """Source - one side - other side - sink, and back: served flows, unserved may."""
        # One request more outweighs whatever priorities can be won or lost.
        one_more = 1 + 2 * sum(abs(request.priority) for request in self._requests)
        load = Counter[str]()
        for number, request in enumerate(self._requests):
            ends = (request.host, request.guest)
            tail, head = (nodes[who] for who in (ends if request.host in side else ends[::-1]))
            gain = one_more + request.priority
            if number in self.served:
                load.update(ends)
                yield _Arc(head, tail, gain, number)
            else:
                yield _Arc(tail, head, -gain, number)
        for party, node in nodes.items():
            tail, head = (_SOURCE, node) if party in side else (node, _SINK)
            if load[party] + self._booked[party] < self._slots:
                yield _Arc(tail, head, 0)
            if load[party]:
                yield _Arc(head, tail, 0)
        yield _Arc(_SOURCE, _SINK, 0)
        if len(self.served) < self._places:
            yield _Arc(_SINK, _SOURCE, 0)


def _improving_cycles(nodes: int, arcs: list[_Arc]) -> list[list[_Arc]]:
    """Disjoint cycles of negative cost, none only if there is none.

    Bellman-Ford: costs that still fall after as many rounds as nodes lie on a cycle, so it ends.
    """
    costs = [0] * nodes
    reached_by: dict[int, _Arc] = {}
    while True:
        changed = False
        for arc in arcs:
            cost = costs[arc.tail] + arc.cost
            if cost < costs[arc.head]:
                costs[arc.head] = cost
                reached_by[arc.head] = arc
                changed = True
        if not changed:
            return []
        if cycles := _cycles(reached_by):
            return cycles


def _cycles(reached_by: dict[int, _Arc]) -> list[list[_Arc]]:
    """Find the closed walks along the arcs by which the nodes were reached."""
    cycles = []
    walked: dict[int, int] = {}
    for start in reached_by:
        node = start
        while node in reached_by and node not in walked:
            walked[node] = start
            node = reached_by[node].tail
        if walked.get(node) == start:
            cycle = [reached_by[node]]
            while cycle[-1].tail != node:
                cycle.append(reached_by[cycle[-1].tail])
            cycles.append(cycle)
    return cycles
