"""Consultation days from MiniZinc data files, the format of the published brokerage events.

Source: M. Bofill and others, Constraint Solving Approaches to the Business-to-Business Meeting
Scheduling Problem, Journal of Artificial Intelligence Research 74 (2022), article 12670. Read are
days to be planned, with English or Catalan field names, and finished ones (`listReunions`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, NoReturn


class Session(IntEnum):
    """The part of the day a meeting is wanted in."""

    MORNING = 1
    AFTERNOON = 2
    EITHER = 3


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two participants who are to meet: in this slot if one is fixed, and after those meetings."""

    one: int
    other: int
    session: Session
    fixed: int | None = None
    after: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Day:
    """A brokerage day, all numbered from 1; `forbidden` are the slots a participant cannot use."""

    participants: int
    tables: int
    slots: int
    morning_slots: int
    meetings: tuple[Meeting, ...]
    forbidden: tuple[frozenset[int], ...]

    def slots_of(self, session: Session) -> range:
        """Return the slots of a part of the day."""
        noon = self.morning_slots + 1
        return range(
            noon if session == Session.AFTERNOON else 1, noon if session == Session.MORNING else self.slots + 1
        )


class DznError(ValueError):
    """A text that is not such a day: the line, the field, what was expected and what is there."""

    def __init__(self, line: int, field: str, expected: str, found: str) -> None:
        """Say it in one sentence."""
        super().__init__(f"line {line}, {field}: expected {expected}, found {found}")
        self.line = line
        self.field = field


def parse(text: str) -> Day:
    """Read a day; raise DznError for a text cut short, malformed or with numbers out of range."""
    file = _File(text)
    participants = file.number("nBusiness", range(1, _MANY))
    slots = file.number("nTotalSlots", range(1, _MANY))
    return Day(
        participants=participants,
        tables=file.number("nTables", range(1, _MANY)),
        slots=slots,
        morning_slots=slots if file.finished else file.number("nMorningSlots", range(slots + 1)),
        meetings=tuple(_meetings(file, participants, slots)),
        forbidden=tuple(file.sets("forbidden", participants, range(1, slots + 1))),
    )


_CATALAN = {
    "nEmpreses": "nBusiness",
    "nReunions": "nMeetings",
    "nTaules": "nTables",
    "nFrangesTotal": "nTotalSlots",
    "nFrangesMati": "nMorningSlots",
    "demanades": "requested",
    "prohibides": "forbidden",
    "fixat": "fixed",
}
_MANY = 1_000_000
_TOKEN = re.compile(
    r"(?:\s|%[^\n]*)*"
    r"(?:(?P<name>[A-Za-z_]\w*)|(?P<number>-?\d{1,6})(?!\d)"
    r"|(?P<sign>\[\||\|\]|[=;,|\[\]{}])|(?P<end>\Z)|(?P<odd>.))",
    re.ASCII | re.DOTALL,
)


class _Field(NamedTuple):
    """One assignment; a number and a list are one row, the sets and the table a row each."""

    name: str
    line: int
    kind: str
    rows: list[list[int]]


class _Reader:
    """Reads `name = value;` one after the other; a value is a number, list, list of sets, table."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._name = "start"
        self._read(0)

    def fields(self) -> dict[str, _Field]:
        fields: dict[str, _Field] = {}
        while self._kind != "end":
            line = self._line
            self._name = self._take("name", "the name of a field")
            self._sign("=")
            field = _Field(self._name, line, *self._value())
            self._sign(";")
            first = fields.setdefault(_CATALAN.get(self._name, self._name), field)
            # One published file defines nMorningSlots again, as a list.
            if first is not field and (first.kind, field.kind) != ("number", "list"):
                raise DznError(line, self._name, "one definition", "a second")
        return fields

    def _value(self) -> tuple[str, list[list[int]]]:
        if self._kind == "number":
            return "number", [[int(self._take("number", "a number"))]]
        if self._met("[|"):
            return "table", list(self._table())
        self._sign("[")
        if self._next == "{":
            return "sets", list(self._sets())
        numbers = self._numbers("]")
        self._sign("]")
        return "list", [numbers]

    def _table(self) -> Iterator[list[int]]:
        while not self._met("|]"):
            yield self._numbers("|", "|]")
            self._met("|")

    def _sets(self) -> Iterator[list[int]]:
        while not self._met("]"):
            self._sign("{")
            yield self._numbers("}")
            self._sign("}")
            if self._next != "]":
                self._sign(",")

    def _numbers(self, *ends: str) -> list[int]:
        """Numbers with commas between them, perhaps one more before the end, which stays unread."""
        numbers = []
        while self._next not in ends:
            numbers.append(int(self._take("number", "a number of at most six digits")))
            if self._next not in ends:
                self._sign(",")
        return numbers

    def _sign(self, sign: str) -> None:
        if not self._met(sign):
            self._refuse(sign)

    def _met(self, sign: str) -> bool:
        return self._next == sign and bool(self._take("sign", sign))

    def _take(self, kind: str, expected: str) -> str:
        if self._kind != kind:
            self._refuse(expected)
        taken = self._next
        self._read(self._end)
        return taken

    def _read(self, start: int) -> None:
        """Look at the next word, number or sign, past blanks and comments."""
        match = next(_TOKEN.finditer(self._text, start))
        self._kind = str(match.lastgroup)
        self._next = match[self._kind]
        self._end = match.end()

    @property
    def _line(self) -> int:
        return 1 + self._text.count("\n", 0, self._end)

    def _refuse(self, expected: str) -> NoReturn:
        raise DznError(self._line, self._name, expected, self._next or "the end of the text")


class _File:
    """The fields of a text by English name, asked for in the shape and range they must have."""

    def __init__(self, text: str) -> None:
        self._fields = _Reader(text).fields()
        self._last_line = 1 + text.count("\n")
        self.finished = "listReunions" in self._fields
        catalan = any(it.name in _CATALAN for it in self._fields.values())
        self._left_out = {"precedences" if catalan else "", "forbidden" if self.finished else ""}

    def number(self, name: str, allowed: range) -> int:
        return self._rows(name, "number", [1], allowed)[0][0]

    def numbers(self, name: str, count: int, allowed: range) -> list[int]:
        """Take a list with so many numbers."""
        return self._rows(name, "list", [count], allowed)[0]

    def sets(self, name: str, count: int, allowed: range) -> list[frozenset[int]]:
        """Take so many sets; the 0 in them is a filler. Some files have none of some."""
        if name in self._left_out:
            return [frozenset()] * count
        rows = self._rows(name, "sets", [None] * count, range(allowed.stop))
        return [frozenset(row) - {0} for row in rows]

    def triples(self, name: str, count: int, pair: range, last: range) -> list[list[int]]:
        """Take so many rows of two different participants and something else."""
        rows = self._rows(name, "table", [3] * count, max(pair, last, key=len))
        for row in rows:
            if row[0] == row[1] or row[0] not in pair or row[1] not in pair or row[2] not in last:
                self._refuse(name, f"two participants and 1 to {last[-1]}", str(row))
        return rows

    def _rows(self, name: str, kind: str, widths: Sequence[int | None], allowed: range) -> list[list[int]]:
        if name not in self._fields:
            raise DznError(self._last_line, name, f"a {kind} of this name", "no such field")
        field = self._fields[name]
        if field.kind != kind:
            self._refuse(name, f"a {kind}", f"a {field.kind}")
        if len(field.rows) != len(widths):
            self._refuse(name, f"{len(widths)} of them", str(len(field.rows)))
        for row, width in zip(field.rows, widths, strict=True):
            if width not in {None, len(row)}:
                self._refuse(name, f"{width} numbers", str(len(row)))
            if wrong := [number for number in row if number not in allowed]:
                self._refuse(name, f"{allowed[0]} to {allowed[-1]}", str(wrong[0]))
        return field.rows

    def _refuse(self, name: str, expected: str, found: str) -> NoReturn:
        field = self._fields[name]
        raise DznError(field.line, field.name, expected, found)


def _meetings(file: _File, participants: int, slots: int) -> Iterator[Meeting]:
    count = file.number("nMeetings", range(1, _MANY))
    parties = range(1, participants + 1)
    if file.finished:
        for one, other, slot in file.triples("listReunions", count, parties, range(1, slots + 1)):
            yield Meeting(one, other, Session.EITHER, slot)
        return
    rows = file.triples("requested", count, parties, range(1, len(Session) + 1))
    fixed = file.numbers("fixed", count, range(slots + 1))
    after = file.sets("precedences", count, range(1, count + 1))
    for (one, other, session), slot, earlier in zip(rows, fixed, after, strict=True):
        yield Meeting(one, other, Session(session), slot or None, earlier)
