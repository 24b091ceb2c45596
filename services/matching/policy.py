"""Who may do what in matching. Whose things they may touch is for the routes and aggregates to say."""

from shared.auth import ANYONE, Policy

OPERATOR = ("operator",)
PARTICIPANTS = ("sme", "institution", "expert_institution", "operator")
HOSTS = ("institution", "expert_institution", "operator")

POLICY: Policy = {
    "plan_event": OPERATOR,
    "list_events": ANYONE,
    "get_event": ANYONE,
    "advance_event": OPERATOR,
    "cancel_event": OPERATOR,
    "close_table": OPERATOR,
    "release_timetable": OPERATOR,
    "list_releases": PARTICIPANTS,
    "get_timetable": ANYONE,
    "get_timetable_workbook": PARTICIPANTS,
    "get_timetable_print": PARTICIPANTS,
    "get_table_signs": OPERATOR,
    "get_event_ledger": ANYONE,
    "get_event_lineage": OPERATOR,
    "apply_to_event": PARTICIPANTS,
    "list_participations": ANYONE,
    "get_participation": ANYONE,
    "withdraw_participation": PARTICIPANTS,
    "decline_participation": OPERATOR,
    "check_in_participation": PARTICIPANTS,
    "limit_participation": PARTICIPANTS,
    "leave_participation": PARTICIPANTS,
    "make_calendar": PARTICIPANTS,
    "file_request": PARTICIPANTS,
    "list_requests": ANYONE,
    "get_request": ANYONE,
    "accept_request": PARTICIPANTS,
    "decline_request": PARTICIPANTS,
    "withdraw_request": PARTICIPANTS,
    "book_walk_in": HOSTS,
    "list_meetings": ANYONE,
    "get_meeting": ANYONE,
    "check_in_meeting": PARTICIPANTS,
    "start_meeting": OPERATOR,
    "hold_meeting": PARTICIPANTS,
    "cancel_meeting": PARTICIPANTS,
    "report_absence": OPERATOR,
    "move_meeting": OPERATOR,
    "swap_meeting": OPERATOR,
    "report_outcome": PARTICIPANTS,
}
