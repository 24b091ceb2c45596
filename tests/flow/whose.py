"""Who may touch the things that `things.py` makes, beside what the policies say of kinds and roles.

A name with a colon is one caller, one without it everybody of that side.
"""

from collections.abc import Mapping

SELLER = frozenset({"firm", "operator"})
BUYER = frozenset({"institution", "operator"})
BOTH = SELLER | BUYER
OTHER_THAN_BY_SIDE: Mapping[str, frozenset[str]] = {
    "get_product_version_changes": BOTH | {"other"},  # each institution may be the one that verifies it
    "report_outcome": frozenset({"firm", "institution"}),
    "answer_review_invitation": frozenset({"newcomer"}),
    "cast_review_vote": frozenset({"newcomer"}),
    "appeal_ban": frozenset({"banned"}),
    "close_party": frozenset({"banned", "operator"}),
    "end_delegation": frozenset({"institution:manager"}),
}
BY_SIDE: Mapping[frozenset[str], str] = {
    SELLER: """
        get_product get_product_purchases get_product_versions
        edit_product register_product revise_product pause_product resume_product withdraw_product
        get_file get_file_content
        check_import get_import start_import cancel_import
        submit_dossier check_entry_rules answer_review_question appeal_review
        change_party_contact erase_party_contact
        withdraw_request check_in_meeting deliver_contract release_commitment
    """,
    BUYER: """
        enrol_member get_member assign_member delegate_roles remove_member
        change_member_contact erase_member_contact
        get_shortlist get_shortlist_items add_to_shortlist remove_from_shortlist freeze_shortlist
        assign_review declare_review_conflict ask_review_question invite_review_members convene_review_committee
        order_review_inspection report_review_inspection recognise_review_certificate decide_review
        renew_certificate revoke_certificate keep_certificate publish_rule_set_version withdraw_recognition_rule
        withdraw_participation check_in_participation limit_participation leave_participation
        state_demand_of_participation make_calendar
        erase_attendees erase_attendee replace_attendee
        accept_request decline_request book_walk_in
        offer_contract accept_contract pay_contract complete_contract explain_commitment
    """,
    BOTH: """
        get_dossier get_review hold_meeting cancel_meeting get_contract sign_contract cancel_contract terminate_contract
    """,
}
WHOSE: Mapping[str, frozenset[str]] = {
    **{operation: who for who, operations in BY_SIDE.items() for operation in operations.split()},
    **OTHER_THAN_BY_SIDE,
}
"""Operation -> who may do it to the thing that it is tried on here."""

FOR_ALL = set(
    """
    get_party get_past_product get_product_overview get_field_schema get_field_schema_version
    get_certificate get_certificate_trail get_certificate_print get_certificate_payload
    get_rule_set get_rule_set_version get_recognition_rule
    get_series get_event get_timetable get_timetable_workbook get_timetable_print get_event_ledger list_releases
    get_participation get_calendar get_request get_meeting get_meeting_overview get_commitment get_board follow_board
    """.split()  # noqa: SIM905  a list of words reads better than one of strings
)
"""What shows one thing to whoever the policy lets in."""

OWN_ALONE = set(
    """
    list_members list_imports list_shortlists
    list_dossiers list_reviews list_waiting_reviews list_waiting_certificates list_contracts list_commitments
    """.split()  # noqa: SIM905  as above
)
"""Lists of which everybody but the operator is shown only what names their own party."""
