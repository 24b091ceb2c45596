"""Which table: a host keeps its own where it can, so that guests walk and nobody searches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Host = tuple[str, int]
"""A party that hosts, and which of its people."""

_NONE: Mapping[int, frozenset[int]] = {}


class Seat(NamedTuple):
    """A host at a table in a slot."""

    host: Host
    slot: int
    table: int


def tables_of(
    hosts: Mapping[int, Host],
    slot_of: Mapping[int, int],
    booked: Sequence[Seat],
    tables: int,
    closed: Mapping[int, frozenset[int]] = _NONE,
) -> dict[int, int]:
    """Give each meeting with a slot a table: its host's own, else the one it had last, else any that is left.

    `closed`: the tables that cannot be given in a slot.
    """
    hours = Counter(table for in_slot in closed.values() for table in in_slot)
    longest_open = sorted(range(1, tables + 1), key=lambda table: hours[table])
    seats = _homes({*hosts.values(), *(seat.host for seat in booked)}, booked, longest_open)
    found: dict[int, int] = {}
    for slot in sorted({*slot_of.values(), *(seat.slot for seat in booked)}):
        taken = {seat.table: seat.host for seat in booked if seat.slot == slot}
        seats.update({host: table for table, host in taken.items()})
        spare = [it for it in range(1, tables + 1) if it not in taken and it not in closed.get(slot, ())]
        meetings = [it for it, at in slot_of.items() if at == slot]
        meetings.sort(key=lambda it: seats.get(hosts[it]) not in spare)
        for meeting in meetings:
            host = hosts[meeting]
            table = seats[host] if seats.get(host) in spare else spare[0]
            spare.remove(table)
            seats[host] = found[meeting] = table
    return found


def _homes(hosts: set[Host], booked: Sequence[Seat], tables: Sequence[int]) -> dict[Host, int]:
    """Give every host a table of its own if there are enough, the one it is booked at if any."""
    if len(hosts) > len(tables):
        return {}
    homes: dict[Host, int] = {}
    for seat in booked:
        if seat.table not in homes.values():
            homes.setdefault(seat.host, seat.table)
    given = set(homes.values())
    spare = iter([table for table in tables if table not in given])
    return homes | {host: next(spare) for host in sorted(hosts) if host not in homes}
