"""Who may do what in the catalog. Whose things they may touch is for the routes and aggregates to say."""

from shared.auth import ANYONE, Policy

OWNERS = ("sme", "institution", "operator")
OPERATOR = ("operator",)
PARTIES = ("sme", "institution", "expert_institution", "investor", "ministry")
BUYERS = ("institution",)
MANAGERS = (*(f"{kind}:manager" for kind in PARTIES), "operator")

POLICY: Policy = {
    "register_party": ANYONE,
    "list_parties": ANYONE,
    "get_party": ANYONE,
    "activate_party": OPERATOR,
    "check_party": OPERATOR,
    "ban_party": OPERATOR,
    "appeal_ban": PARTIES,
    "decide_ban": OPERATOR,
    "change_party_contact": (*PARTIES, "operator"),
    "erase_party_contact": (*PARTIES, "operator"),
    "close_party": (*PARTIES, "operator"),
    "enrol_member": MANAGERS,
    "list_members": (*PARTIES, "operator"),
    "get_member": (*PARTIES, "operator"),
    "assign_member": MANAGERS,
    "delegate_roles": PARTIES,
    "end_delegation": PARTIES,
    "remove_member": MANAGERS,
    "change_member_contact": (*PARTIES, "operator"),
    "erase_member_contact": ANYONE,
    "draft_product": ("sme", "institution"),
    "list_products": ANYONE,
    "search_products": ANYONE,
    "get_product": ANYONE,
    "get_product_versions": ANYONE,
    "get_product_version_changes": ANYONE,
    "get_past_product": ANYONE,
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
    "create_field_schema": OPERATOR,
    "publish_field_schema_version": OPERATOR,
    "list_field_schemas": ANYONE,
    "get_field_schema": ANYONE,
    "get_field_schema_version": ANYONE,
    "create_shortlist": BUYERS,
    "list_shortlists": BUYERS,
    "get_shortlist": BUYERS,
    "get_shortlist_items": BUYERS,
    "add_to_shortlist": BUYERS,
    "remove_from_shortlist": BUYERS,
    "freeze_shortlist": BUYERS,
    "upload_file": ("sme", "institution"),
    "get_file": ANYONE,
    "get_file_content": ANYONE,
}
