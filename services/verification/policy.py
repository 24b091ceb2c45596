"""Who may do what in verification. Whose things they may touch is for the routes and aggregates to say."""

from shared.auth import ANYONE, Policy

FIRM = ("sme",)
INSTITUTION = ("institution",)
CONCERNED = ("sme", "institution", "operator")

POLICY: Policy = {
    "submit_dossier": FIRM,
    "check_entry_rules": FIRM,
    "list_dossiers": CONCERNED,
    "get_dossier": CONCERNED,
    "list_reviews": CONCERNED,
    "list_waiting_reviews": ("institution", "operator"),
    "list_review_decisions": ANYONE,
    # committee members from outside hold any role or none: the aggregate knows who they are
    "get_review": ANYONE,
    "declare_review_conflict": ANYONE,
    "answer_review_invitation": ANYONE,
    "cast_review_vote": ANYONE,
    "assign_review": INSTITUTION,
    "ask_review_question": INSTITUTION,
    "answer_review_question": FIRM,
    "invite_review_members": INSTITUTION,
    "convene_review_committee": INSTITUTION,
    "order_review_inspection": INSTITUTION,
    "report_review_inspection": INSTITUTION,
    "decide_review": ("institution:chair",),
    "appeal_review": FIRM,
    "recognise_review_certificate": INSTITUTION,
    "list_certificates": ANYONE,
    "list_waiting_certificates": ("institution", "operator"),
    "get_certificate": ANYONE,
    "get_certificate_trail": ANYONE,
    "get_certificate_print": ANYONE,
    "get_certificate_payload": ANYONE,
    "renew_certificate": INSTITUTION,
    "revoke_certificate": INSTITUTION,
    "keep_certificate": INSTITUTION,
    "create_recognition_rule": INSTITUTION,
    "list_recognition_rules": ANYONE,
    "get_recognition_rule": ANYONE,
    "withdraw_recognition_rule": INSTITUTION,
    "create_rule_set": INSTITUTION,
    "publish_rule_set_version": INSTITUTION,
    "list_rule_sets": ANYONE,
    "get_rule_set": ANYONE,
    "get_rule_set_version": ANYONE,
}
