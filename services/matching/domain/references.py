"""How a caller names an event, a party, a product, a file or a series of events."""

from typing import Annotated

from pydantic import Field

SERIES = r"^ser_[a-z0-9]{1,40}$"

EventRef = Annotated[str, Field(pattern=r"^evt_[a-z0-9]{1,40}$", examples=["evt_4k2qj4"])]
PartyRef = Annotated[str, Field(pattern=r"^pty_[a-z0-9]{1,40}$", examples=["pty_5k2qj4"])]
ProductRef = Annotated[str, Field(pattern=r"^prd_[a-z0-9]{1,40}$", examples=["prd_7dk3m2"])]
FileRef = Annotated[str, Field(pattern=r"^fil_[a-z0-9]{1,40}$", examples=["fil_3m7k2p"])]
SeriesRef = Annotated[str, Field(pattern=SERIES, examples=["ser_6w1n4b"])]
