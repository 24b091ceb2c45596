"""Who may do what in the catalog. Whose things they may touch is for the routes and aggregates to say."""

from shared.auth import ANYONE, Policy

OWNERS = ("sme", "institution", "operator")
OPERATOR = ("operator",)

POLICY: Policy = {
    "register_party": ANYONE,
    "list_parties": ANYONE,
    "get_party": ANYONE,
    "activate_party": OPERATOR,
    "restrict_party": OPERATOR,
    "restore_party": OPERATOR,
    "close_party": ("sme", "institution", "expert_institution", "investor", "ministry", "operator"),
    "draft_product": ("sme", "institution"),
    "list_products": ANYONE,
    "get_product": ANYONE,
    "get_product_versions": ANYONE,
    "get_product_purchases": ANYONE,
    "edit_product": OWNERS,
    "register_product": OWNERS,
    "request_product_revision": OPERATOR,
    "approve_product": OPERATOR,
    "reject_product": OPERATOR,
    "revise_product": OWNERS,
    "pause_product": OWNERS,
    "resume_product": OWNERS,
    "withdraw_product": OWNERS,
}
