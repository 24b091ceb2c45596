"""What goes wrong on the day, as the operator says it: who is late or gone, which table is lost, who walks in."""

from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.matching.domain.event import MarketEvent
from services.matching.domain.participation import Participation
from services.matching.domain.references import EventRef, PartyRef
from services.matching.timetable.day import Place
from shared.events.envelope import WHOLE

Slot = Annotated[int, Field(ge=1), WHOLE]


class _Trouble(BaseModel):
    """Of which event and why: those who move are told so. `even_final`: meetings that are final may move too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: EventRef
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S", examples=["교통 정체로 지각"])
    even_final: StrictBool = Field(
        default=False, description="Whether meetings that begin within 15 minutes may move, too", examples=[False]
    )

    @property
    @abstractmethod
    def parties(self) -> tuple[str, ...]:
        """Who has to take part in the event."""

    def must_be_of(self, event: MarketEvent) -> None:
        """Raise Refused while nobody meets, Invalid for a slot or table that the event does not have."""
        event.must_meet()

    def must_suit(self, participation: Participation) -> None:
        """Raise Invalid for an officer that a party does not have."""

    def away(self, party: str, officer: int, left: Collection[int]) -> frozenset[int]:
        """Return in which of the slots left an officer of a party cannot meet for it."""
        del party, officer, left
        return frozenset()

    def befall(self, participation: Participation, left: Collection[int], at: datetime) -> None:
        """Let a party's participation say so."""

    def befall_event(self, event: MarketEvent, at: datetime) -> None:
        """Let the event say so."""
        if self.lost is not None:
            event.close_table(self.lost, self.reason, at)

    @property
    def lost(self) -> Place | None:
        """The table at which nobody sits any more, and from which slot on."""
        return None

    @property
    def pair(self) -> tuple[str, str] | None:
        """The firm and the institution that walk in."""
        return None


class PartyLate(_Trouble):
    """A party, or one of its officers, is late or out for a while: it meets nobody before a slot."""

    kind: Literal["party_late"]
    party: PartyRef
    slot: Slot = Field(description="The first slot in which it meets again", examples=[5])
    officer: Annotated[int, Field(ge=1), WHOLE] | None = Field(
        default=None, description="Which of its officers, when it is one alone; the others meet on", examples=[None]
    )

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.party,)

    def must_be_of(self, event: MarketEvent) -> None:
        super().must_be_of(event)
        event.plan.must_have_place(Place(self.slot, 1))

    def must_suit(self, participation: Participation) -> None:
        if self.officer is not None:
            participation.must_have_officer(self.officer)

    def away(self, party: str, officer: int, left: Collection[int]) -> frozenset[int]:
        concerned = party == self.party and self.officer in {None, officer}
        return frozenset(slot for slot in left if concerned and slot < self.slot)

    def befall(self, participation: Participation, left: Collection[int], at: datetime) -> None:
        if participation.party == self.party and participation.takes_part:
            away = self.away(self.party, self.officer or 1, left)
            known = participation.absences if self.officer is None else participation.absences_of(self.officer)
            participation.be_absent(away.union(known), self.reason, at, self.officer)


class PartyGone(_Trouble):
    """A party is gone for the rest of the day."""

    kind: Literal["party_gone"]
    party: PartyRef

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.party,)

    def away(self, party: str, officer: int, left: Collection[int]) -> frozenset[int]:
        del officer
        return frozenset(left) if party == self.party else frozenset()

    def befall(self, participation: Participation, left: Collection[int], at: datetime) -> None:
        del left
        if participation.party == self.party and participation.takes_part:
            participation.leave(self.reason, at)


class TableLost(_Trouble):
    """A table is closed from a slot on, for the rest of the day."""

    kind: Literal["table_lost"]
    table: Annotated[int, Field(ge=1), WHOLE] = Field(examples=[12])
    slot: Slot = Field(examples=[5])

    @property
    def parties(self) -> tuple[str, ...]:
        return ()

    def must_be_of(self, event: MarketEvent) -> None:
        super().must_be_of(event)
        event.plan.must_have_place(self.lost)

    @property
    def lost(self) -> Place:
        return Place(self.slot, self.table)


class PairWalksIn(_Trouble):
    """A firm and an institution want to meet in any slot to come."""

    kind: Literal["pair_walks_in"]
    firm: PartyRef
    institution: PartyRef

    @property
    def parties(self) -> tuple[str, ...]:
        return self.firm, self.institution

    @property
    def pair(self) -> tuple[str, str]:
        return self.firm, self.institution


Trouble = Annotated[PartyLate | PartyGone | TableLost | PairWalksIn, Field(discriminator="kind")]
