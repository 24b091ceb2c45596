"""The timetable engine as a process: `python -m services.matching.worker` plans the day on its stdin.

It answers on stdout with a line of JSON for every improvement and the plan last. Whoever started it kills it to cancel.
"""

import sys
import time

from services.matching.solver import ANSWER, TASK, Answer
from services.matching.timetable.day import Progress
from services.matching.timetable.planning import plan


def main() -> None:
    began = time.monotonic()
    task = TASK.validate_json(sys.stdin.buffer.read())

    def answer(said: Answer) -> None:
        sys.stdout.buffer.write(ANSWER.dump_json(said) + b"\n")
        sys.stdout.buffer.flush()

    def tell(progress: Progress) -> None:
        answer(Answer(progress=progress))

    answer(Answer(plan=plan(task.day, lambda: began + task.seconds - time.monotonic(), task.seed, tell)))


if __name__ == "__main__":
    main()
