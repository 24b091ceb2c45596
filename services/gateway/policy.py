"""Who may do what in the gateway itself; what it passes on, each service checks by its own table."""

from shared.auth import ANYONE, Policy

OPERATOR = ("operator",)

POLICY: Policy = {
    "get_product_overview": ANYONE,
    "listen_live": ANYONE,
    "rebuild_product_overview": OPERATOR,
    "get_product_overview_rebuild": OPERATOR,
}
