"""Events and states: numbered without a gap, in order, all of them; every view and copy as its owner says."""

from collections.abc import Iterator

from tests.faults.facts import Facts, Violation


def numbered(facts: Facts) -> Iterator[Violation]:
    """Each aggregate's first copies are 1, 2, 3 ... n in this order, and n is what its document says."""
    for subject, heard in facts.first_copies.items():
        numbers = [each.sequence for each in heard]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation("numbered", f"{subject} has its events on Kafka as {numbers[:12]}")
        if subject not in facts.documents:
            yield Violation("numbered", f"{subject} has {len(numbers)} events on Kafka and no document")
    for stored in facts.stored:
        published = len(facts.first_copies.get(stored.id, []))
        if published != stored.sequence:
            yield Violation("numbered", f"{stored.id} counts {stored.sequence} events, Kafka has {published}")
        if stored.waiting:
            yield Violation("numbered", f"{stored.id} still has {stored.waiting} events in its outbox")
    if facts.unreadable:
        yield Violation("numbered", f"{facts.unreadable} records on Kafka cannot be read")


def same_event(facts: Facts) -> Iterator[Violation]:
    """Every copy of an event is the same event."""
    first = {(each.subject, each.sequence): each for heard in facts.first_copies.values() for each in heard}
    told = set()
    for event in facts.events:
        one = first[event.subject, event.sequence]
        differs = (one.name, one.correlation, one.data) != (event.name, event.correlation, event.data)
        if differs and (event.subject, event.sequence) not in told:
            told.add((event.subject, event.sequence))
            text = f"{event.subject}:{event.sequence} is {one.name} of {one.correlation}"
            yield Violation("same event", f"{text} and also {event.name} of {event.correlation}")


def states(facts: Facts) -> Iterator[Violation]:
    """The newest public state on Kafka is the owner's."""
    for stored in facts.stored:
        newest = facts.newest_states.get(stored.id)
        if newest is None:
            yield Violation("states", f"{stored.id} has no public state on Kafka")
        elif newest.sequence != stored.sequence:
            yield Violation("states", f"{stored.id} is at {stored.sequence}, its state on Kafka at {newest.sequence}")
        elif newest.data != stored.public:
            yield Violation(
                "states", f"{stored.id}: {_difference(newest.data, stored.public)} on Kafka, not at its owner"
            )


def newest_state_last(facts: Facts) -> Iterator[Violation]:
    """Compaction keeps the last state of a key: it has to be the newest one."""
    last = {each.subject: each for each in facts.states}
    for subject, newest in facts.newest_states.items():
        if last[subject].sequence != newest.sequence:
            text = f"{subject}: the last state on Kafka is of {last[subject].sequence}"
            yield Violation("newest state last", f"{text}, the newest of {newest.sequence}")


def views(facts: Facts) -> Iterator[Violation]:
    """Every row of the view and of each service's copies is its owner's public state, and none is missing."""
    rows = {(each.service, each.id): each for each in facts.copied}
    for service, kind in facts.copied_kinds:
        for stored in facts.all(kind):
            row = rows.get((service, stored.id))
            if row is None:
                yield Violation("views", f"{service} knows nothing of {stored.id}")
            elif row.sequence != stored.sequence:
                yield Violation("views", f"{service} has {stored.id} at {row.sequence}, its owner at {stored.sequence}")
            elif row.state != stored.public:
                yield Violation("views", f"{service} has {stored.id} with {_difference(row.state, stored.public)}")
    for row in facts.copied:
        if row.id not in facts.documents:
            yield Violation("views", f"{row.service} knows {row.id}, which no service has")


def nothing_parked(facts: Facts) -> Iterator[Violation]:
    """All was applied in the end."""
    for text in facts.parked:
        yield Violation("nothing parked", text)


def _difference(one: dict[str, object], other: dict[str, object]) -> str:
    names = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    return ", ".join(f"{name}={one.get(name)!r} (owner: {other.get(name)!r})" for name in names[:3])
