"""The promises of a consultation day, each checked against the evidence: who meets, who moved, and how it ended."""

from itertools import chain

from cli.api import Json
from cli.demo.evidence import Evidence
from cli.demo.programme import on_stage

Found = tuple[list[str], str]
"""What is wrong, and on what it rests where nothing is."""
SEATED = frozenset({"matching.consultation.awaited", "matching.consultation.started"})
MOVED = "matching.consultation.moved"
HANDS_OVER = "hands_over"
"""Why a meeting is among a repair's moves that stays at its table while another officer meets."""


def absences_kept(evidence: Evidence) -> Found:
    """Nobody has a meeting in a slot in which they cannot. On stage is the first officer of a party."""
    away = {
        (each["party"], officer, slot)
        for each in evidence.participations
        for officer in range(1, each["officers"] + 1)
        for slot in each["absences"]
    }
    away |= {
        (each["party"], of_one["officer"], slot)
        for each in evidence.participations
        for of_one in each["officer_absences"]
        for slot in of_one["slots"]
    }
    away |= {(party, 1, slot) for party, slot in on_stage(evidence.day)}
    wrong = [
        f"{each[side]} cannot meet in slot {each['slot']} and has {each['id']} there"
        for each in evidence.meetings
        for side in ("firm", "institution")
        if each["status"] != "cancelled" and (each[side], each[f"{side}_officer"], each["slot"]) in away
    ]
    absent = sum(bool(each["absences"] or each["officer_absences"]) for each in evidence.participations)
    return wrong, f"{absent} parties with absences, {len(evidence.day['parts'])} talks and awards"


def mended(evidence: Evidence) -> Found:
    """Whatever a repair moved was shown before and is told with its reason, and nothing final moved unless hit."""
    released = {each["repair"]: each["changes"] for each in evidence.releases if each["repair"]}
    wrong = []
    for repair in evidence.repairs:
        why = repair["trouble"]["reason"]
        shown = {_move(each) for each in repair["moves"] if each["why"] != HANDS_OVER}
        changes = released.get(repair["id"], [])
        logged = {_move(each) for each in changes}
        wrong += [f"{repair['id']} is {repair['status']}"] if repair["status"] != "applied" else []
        wrong += [f"{repair['id']} showed {each}, which nobody was told" for each in sorted(shown - logged)]
        unseen = {_move(each) for each in changes if each["reason"] == why} - shown
        wrong += [f"{repair['id']} moved {each} without showing it" for each in sorted(unseen)]
    moves = list(chain.from_iterable(each["moves"] for each in evidence.repairs))
    handed_over = {each["meeting"] for each in moves if each["why"] == HANDS_OVER}
    told = {meeting for meeting in handed_over if _is_told(evidence, meeting)}
    wrong += [f"{each} was handed over, which nobody was told" for each in sorted(handed_over - told)]
    hit = handed_over.union(each["meeting"] for each in moves if each["why"] == "hit")
    seated = _seated(evidence)
    wrong += [f"{each} moved with somebody at the table" for each in sorted(seated.keys() - hit) if seated[each]]
    return wrong, f"{len(evidence.repairs)} repairs, {len(moves)} moves, {len(seated)} meetings with a seat taken"


def ended(evidence: Evidence) -> Found:
    """Every meeting was held or missed, or cancelled with a reason."""
    wrong = [
        f"{each['id']} is {each['status']}" + (" without a reason" if each["status"] == "cancelled" else "")
        for each in evidence.meetings
        if each["status"] in {"booked", "in_progress"} or (each["status"] == "cancelled" and not each["reason"])
    ]
    return wrong, f"{len(evidence.meetings)} meetings"


def _seated(evidence: Evidence) -> dict[str, bool]:
    """Return each meeting at which somebody sat, and whether it moved after that."""
    seated: dict[str, bool] = {}
    for meeting, heard in evidence.history.by_aggregate.items():
        for each in heard:
            if each.name in SEATED:
                seated.setdefault(meeting, False)
            elif each.name == MOVED and meeting in seated:
                seated[meeting] = True
    return seated


def _is_told(evidence: Evidence, meeting: str) -> bool:
    return any(each.name == MOVED for each in evidence.history.by_aggregate.get(meeting, []))


def _move(change: Json) -> tuple[str, str, str]:
    before, after = (str(at and (at["slot"], at["table"])) for at in (change["before"], change["after"]))
    return change["meeting"], before, after
