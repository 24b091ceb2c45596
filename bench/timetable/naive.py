"""The same problem as anybody would first write it for CP-SAT: Booleans meeting x slot, gaps as run starts."""

import itertools

from ortools.sat.python import cp_model

from services.matching.timetable.problem import Problem, slots_in


def fewest_gaps(problem: Problem, seconds: float) -> tuple[str, int | None]:
    """Return the solver's word and the gaps it found, with its own settings on one worker."""
    model = cp_model.CpModel()
    there = [[model.new_bool_var("") for _ in range(problem.slots)] for _ in problem.meetings]
    for meeting, literals in zip(problem.meetings, there, strict=True):
        model.add_exactly_one(literals)
        allowed = slots_in(meeting.slots)
        model.add(sum(literals[slot] for slot in range(problem.slots) if slot not in allowed) == 0)
    for slot in range(problem.slots):
        model.add(sum(literals[slot] for literals in there) <= problem.tables)
    for later, meeting in enumerate(problem.meetings):
        for earlier in meeting.after:
            times = [sum(slot * there[it][slot] for slot in range(problem.slots)) for it in (earlier, later)]
            model.add(times[0] < times[1])
    gaps = [_gaps_of(problem, model, [there[it] for it in mine]) for mine in problem.meetings_of]
    if problem.fairness is not None:
        least, most = (model.new_int_var(0, problem.slots, "") for _ in range(2))
        for each in gaps:
            model.add(each >= least)
            model.add(each <= most)
        model.add(most - least <= problem.fairness)
    model.minimize(sum(gaps))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    word = solver.status_name(solver.solve(model)).lower()
    return word, round(solver.objective_value) if word in {"optimal", "feasible"} else None


def _gaps_of(problem: Problem, model: cp_model.CpModel, there: list[list[cp_model.IntVar]]) -> cp_model.LinearExprT:
    """Runs of meetings, less one if there is any."""
    if not there:
        return 0
    busy = [model.new_bool_var("") for _ in range(problem.slots)]
    for slot, here in enumerate(busy):
        model.add(sum(literals[slot] for literals in there) == here)
    starts = [busy[0]]
    for before, here in itertools.pairwise(busy):
        start = model.new_bool_var("")
        model.add_bool_and([here, ~before]).only_enforce_if(start)
        model.add_bool_or([~here, before]).only_enforce_if(~start)
        starts.append(start)
    return sum(starts) - 1
