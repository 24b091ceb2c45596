"""Commands: an acknowledged one has its effect once, a refused one none, any other one wholly or not at all."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.faults.facts import Facts, Heard, Remembered, Stored, Violation
from tests.faults.history import Attempt, Command

INTERNAL_ERROR = 500
REMEMBERED_BY = list[tuple[Stored, Remembered]]


def acknowledged(facts: Facts) -> Iterator[Violation]:
    """Every acknowledged command is in its document and, up to its position, on Kafka."""
    for command in facts.commands:
        for answer in command.acknowledgements:
            if problem := _lost(answer, command, facts):
                yield Violation("acknowledged", f"{command} was answered {answer.position} and {problem}")
                break


def one_effect(facts: Facts) -> Iterator[Violation]:
    """A key is remembered once, and everything that follows from it follows from one of its attempts."""
    by_key = _remembered(facts)
    correlations = _by_correlation(facts)
    for command in facts.commands:
        remembered = by_key.get(command.stored_key, [])
        if len(remembered) > 1:
            where = ", ".join(f"{stored.id} at version {each.version}" for stored, each in remembered)
            yield Violation("one effect", f"{command} is remembered {len(remembered)} times: {where}")
        effective = [each for each in sorted(command.request_ids) if correlations.get(each)]
        if len(effective) > 1:
            names = [
                f"{event.name} {event.subject}:{event.sequence}" for each in effective for event in correlations[each]
            ]
            yield Violation("one effect", f"{command} took effect in {len(effective)} attempts: {', '.join(names[:6])}")


def whole_or_nothing(facts: Facts) -> Iterator[Violation]:
    """What a command wrote and what it published agree; a command that was refused for good did neither."""
    by_key = _remembered(facts)
    direct: defaultdict[str, list[Heard]] = defaultdict(list)
    for heard in facts.first_copies.values():
        for event in heard:
            direct[event.causation].append(event)
    for command in facts.commands:
        events = [event for each in sorted(command.request_ids) for event in direct.get(each, [])]
        remembered = by_key.get(command.stored_key, [])
        if command.refused and (events or remembered):
            what = f"published {events[0].subject}:{events[0].sequence}" if events else f"wrote {remembered[0][0].id}"
            yield Violation("whole or nothing", f"{command} was refused ({command.attempts[-1].rule}) and {what}")
        if events and not remembered and not _forgotten(events, facts):
            first = events[0]
            yield Violation(
                "whole or nothing", f"{command} published {first.subject}:{first.sequence} and is not stored"
            )
        for stored, each in remembered:
            beyond = [event for event in events if event.subject != stored.id or event.sequence > each.sequence]
            if beyond:
                text = f"{command} is stored as {stored.id}:{each.sequence} and published {beyond[0].subject}"
                yield Violation("whole or nothing", f"{text}:{beyond[0].sequence}")


def own_versions(facts: Facts) -> Iterator[Violation]:
    """Each command made a version of its own: two at the same one, and the first one's change is gone."""
    for stored in facts.stored:
        versions = Counter(each.version for each in stored.remembered)
        for version, count in versions.items():
            if count > 1:
                yield Violation("own versions", f"{stored.id} remembers {count} commands at version {version}")


def no_internal_errors(facts: Facts) -> Iterator[Violation]:
    """Whatever is away, callers are told to try again and never that something broke."""
    broken = Counter(
        f"{each.method} {each.path.rpartition('/')[2]}: {each.rule}"
        for command in facts.commands
        for each in command.attempts
        if each.status == INTERNAL_ERROR
    )
    for what, count in broken.items():
        yield Violation("no internal errors", f"{what} was answered 500, {count} times")


def same_answer(facts: Facts) -> Iterator[Violation]:
    """The same key is answered alike, and once acknowledged it is never refused."""
    for command in facts.commands:
        answers = {(each.status, each.answer, each.etag, each.position) for each in command.acknowledgements}
        if len(answers) > 1:
            shown = ", ".join(sorted(f"{status} {etag} {position}" for status, _, etag, position in answers))
            yield Violation("same answer", f"{command} was answered in {len(answers)} ways: {shown}")
        if command.acknowledgements:
            known_at = min(each.end for each in command.acknowledgements)
            for each in command.attempts:
                if each.refused and each.start > known_at:
                    yield Violation("same answer", f"{command} was acknowledged and later refused: {each.rule}")


def etags_in_order(facts: Facts) -> Iterator[Violation]:
    """A command that began after another one on the same aggregate had ended has a higher version."""
    by_aggregate: defaultdict[str, list[Attempt]] = defaultdict(list)
    for command in facts.commands:
        for each in command.acknowledgements:
            if not each.replayed:
                by_aggregate[each.aggregate].append(each)
    for aggregate, attempts in by_aggregate.items():
        attempts.sort(key=lambda each: each.end)
        for later in attempts:
            before = [each for each in attempts if each.end < later.start and each.key != later.key]
            if before and (highest := max(before, key=lambda each: each.version)).version >= later.version:
                text = f"{aggregate}: key {later.key} got version {later.version}, though {highest.key} had ended"
                yield Violation("etag order", f"{text} with {highest.version} before it began")


def _lost(answer: Attempt, command: Command, facts: Facts) -> str:
    """Return what is missing of an acknowledged command, empty when nothing is."""
    stored = facts.documents.get(answer.aggregate)
    if stored is None:
        return "there is no such document"
    if stored.sequence < answer.sequence or stored.version < answer.version:
        return f"the document is at {stored.id}:{stored.sequence}, version {stored.version}"
    if not any(each.sequence == answer.sequence for each in facts.first_copies.get(answer.aggregate, [])):
        return "Kafka does not have that event"
    remembered = [each for each in stored.remembered if each.key == command.stored_key]
    if not remembered and not stored.forgetful:
        return "its document does not remember it"
    if remembered and (remembered[0].version, remembered[0].sequence) != (answer.version, answer.sequence):
        return f"its document remembers version {remembered[0].version}, sequence {remembered[0].sequence}"
    return ""


def _forgotten(events: list[Heard], facts: Facts) -> bool:
    stored = facts.documents.get(events[0].subject)
    return stored is not None and stored.forgetful


def _remembered(facts: Facts) -> dict[str, REMEMBERED_BY]:
    by_key: defaultdict[str, REMEMBERED_BY] = defaultdict(list)
    for stored in facts.stored:
        for each in stored.remembered:
            by_key[each.key].append((stored, each))
    return by_key


def _by_correlation(facts: Facts) -> dict[str, list[Heard]]:
    found: defaultdict[str, list[Heard]] = defaultdict(list)
    for heard in facts.first_copies.values():
        for event in heard:
            found[event.correlation].append(event)
    return found
