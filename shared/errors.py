"""Why the market says no: a small tree, each with a rule code and a sentence in English and in Korean."""

from collections.abc import Sequence


class MarketError(Exception):
    """A refusal the caller can act on.

    `rule` is a stable code such as `product.not_draft`. `field`, when one is to blame, is a JSON Pointer (RFC 6901)
    such as `/product/version`, or `header/…`, `query/…`. The HTTP status belongs to `shared/web.py` alone.
    """

    def __init__(self, rule: str, en: str, ko: str, *, field: str = "") -> None:
        super().__init__(f"{rule}: {en}")
        self.rule = rule
        self.en = en
        self.ko = ko
        self.field = field


class NotFound(MarketError):
    """There is no such thing, or the caller may not know that there is."""


class Refused(MarketError):
    """The thing is in a state, or under a rule, that does not allow this."""


def wrong_state(noun: str, korean: str, status: str, wanted: Sequence[str]) -> Refused:
    """Return the refusal of a step that only `wanted` states allow. `korean` is the noun with its particle: 제품이."""
    return Refused(
        f"{noun}.not_{wanted[0]}",
        f"the {noun} is {status}, not {' or '.join(wanted)}",
        f"{korean} {status} 상태입니다({' 또는 '.join(wanted)} 상태여야 합니다)",
    )


class Stale(MarketError):
    """The caller decided on a version that is no longer the current one."""


class PreconditionRequired(MarketError):
    """A change must name the version it was decided on."""


class Invalid(MarketError):
    """The request itself is wrong, whatever the state."""


class Malformed(MarketError):
    """The body cannot be read at all."""


class Unauthenticated(MarketError):
    """There is no token, or not a good one."""


class Forbidden(MarketError):
    """This person may not do this for this party."""


class NotKnownYet(MarketError):
    """Another service's fact has not arrived here yet: try again shortly."""


class Contended(MarketError):
    """Too many others are changing this at the same moment: try again shortly."""


class Unavailable(MarketError):
    """The service cannot take this now; nothing was changed."""


class TookTooLong(MarketError):
    """No answer within the time limit; whether it was done is open. A repeat under the same key is safe."""


class TooLarge(MarketError):
    """The body is longer than this market accepts."""


class Unsupported(MarketError):
    """The body is of a type that is not taken here, or is not what it says it is."""


class TooMany(MarketError):
    """The caller has used up its share of calls for now."""


class Conflict(Exception):
    """Another command was written first: load and decide again. Never leaves the edge that retries it."""


class AlreadyApplied(Exception):
    """This event's effect is already in the document: nothing to do. Never leaves the consumer."""
