"""Who may do what in the gateway itself; what it passes on, each service checks by its own table."""

from shared.auth import ANYONE, Policy
from shared.events import catalog, contracts, matching, verification
from shared.events.envelope import Event

OPERATOR = ("operator",)

POLICY: Policy = {
    "get_product_overview": ANYONE,
    "get_meeting_overview": ANYONE,
    "listen_live": ANYONE,
    "get_board": ANYONE,
    "follow_board": ANYONE,
    "rebuild_product_overview": OPERATOR,
    "get_product_overview_rebuild": OPERATOR,
}

HEARD_BY_ALL: frozenset[type[Event]] = frozenset(
    {
        catalog.PartyActivated,
        catalog.PartyClosed,
        catalog.ProductListed,
        catalog.ProductCertificatesChanged,
        catalog.ProductPaused,
        catalog.ProductResumed,
        catalog.ProductLapsed,
        catalog.ProductWithdrawn,
        catalog.FieldSchemaPublished,
        verification.ProductVerified,
        verification.CertificateRenewed,
        verification.CertificateExpired,
        verification.CertificateRevoked,
        verification.CertificateQuestioned,
        verification.CertificateKept,
        verification.RuleSetPublished,
        matching.EventPlanned,
        matching.EventAdvanced,
        matching.EventReleased,
        matching.EventCancelled,
        matching.EventTableClosed,
        contracts.ContractSigned,
        contracts.ContractCompleted,
        contracts.ContractTerminated,
    }
)
"""What the routes show to everybody, the live feed tells everybody; of all else it tells those whom an event names."""
