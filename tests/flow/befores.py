"""What has to have been done with a thing before an operation on it can succeed."""

from collections.abc import Mapping, Sequence

PRODUCTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "edit_product": ("technology", ()),
    "register_product": ("technology", ()),
    "request_product_revision": ("technology", ("registration",)),
    "reject_product": ("technology", ("registration",)),
    "approve_product": ("idle_ip", ("registration",)),
    "withdraw_product": ("technology", ("registration",)),
    "submit_dossier": ("technology", ("registration",)),
}
"""Kind of a product, and what has been done with it, before an operation."""

LISTINGS: Mapping[str, Sequence[str]] = {
    "get_product_overview": (),
    "revise_product": (),
    "pause_product": (),
    "resume_product": ("pause",),
}
"""What has been done with a listed product before an operation."""

ACCEPTED = ("assigned", "invited", "accepted")
CONVENED = (*ACCEPTED, "convened")
REVIEWS: Mapping[str, Sequence[str]] = {
    "assign_review": (),
    "declare_review_conflict": ("assigned",),
    "ask_review_question": ("assigned",),
    "answer_review_question": ("assigned", "asked"),
    "invite_review_members": ("assigned",),
    "answer_review_invitation": ("assigned", "invited"),
    "convene_review_committee": ACCEPTED,
    "order_review_inspection": CONVENED,
    "report_review_inspection": (*CONVENED, "inspected"),
    "cast_review_vote": CONVENED,
    "decide_review": (*CONVENED, "voted for"),
    "appeal_review": (*CONVENED, "voted against", "rejected"),
}
"""What has happened in a review before an operation."""

OUT = ("registering", "requesting", "scheduling", "released")
EVENTS: Mapping[str, Sequence[str]] = {
    "advance_event": (),
    "cancel_event": (),
    "apply_to_event": ("registering",),
    "file_request": ("registering", "requesting"),
    "accept_request": ("registering", "requesting"),
    "decline_request": ("registering", "requesting"),
    "withdraw_request": ("registering", "requesting"),
    "withdraw_participation": ("registering",),
    "decline_participation": ("registering",),
    "limit_participation": ("registering",),
    "state_demand_of_participation": ("registering",),
    "suggest_meetings": ("registering",),
    "check_in_participation": OUT,
    "leave_participation": OUT,
    "erase_attendees": ("registering",),
    "erase_attendee": ("registering",),
    "replace_attendee": ("registering",),
    "make_calendar": ("registering",),
    "get_calendar": ("registering",),
    "release_timetable": ("registering", "requesting", "scheduling"),
    "close_table": OUT,
    "book_walk_in": (*OUT, "running"),
}
"""How far an event has come before an operation on it or in it."""

REPAIRS = ("propose_repair", "get_repair", "apply_repair")

PARTS = ("plan_part", "change_part", "withdraw_part")

DRAFTS = ("plan_draft", "get_draft", "compare_draft", "cancel_draft")

MEETINGS: Mapping[str, Sequence[str]] = {
    "check_in_meeting": (),
    "start_meeting": (),
    "hold_meeting": ("start",),
    "cancel_meeting": (),
    "report_absence": (),
    "move_meeting": (),
    "swap_meeting": (),
    "report_outcome": ("start", "end"),
}
"""What has been done with a meeting before an operation."""

STEPS = (("institution", "offer"), ("firm", "signature"), ("institution", "signature"), ("firm", "delivery"))
CONTRACTS: Mapping[str, int] = {
    "offer_contract": 0,
    "cancel_contract": 1,
    "sign_contract": 2,
    "deliver_contract": 3,
    "terminate_contract": 3,
    "accept_contract": 4,
    "pay_contract": 4,
    "complete_contract": 4,
}
"""How many of these steps a contract has gone before an operation."""
