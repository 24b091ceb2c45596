"""The timetable engine as a process: `python -m services.matching.worker` plans the day on its stdin.

It answers on stdout with a line of JSON for every improvement and the plan last. Whoever started it kills it to cancel.
With nothing on its stdin it only compiles its kernels, in no hurry, so that the next one finds them compiled.
"""

import os
import sys
import time

from services.matching.piped import ANSWER, TASK, Answer
from services.matching.timetable.day import Progress
from services.matching.timetable.planning import plan
from services.matching.timetable.smoothing import compile_kernels

IN_NO_HURRY = 19


def main() -> None:
    began = time.monotonic()
    given = sys.stdin.buffer.read()
    if not given:
        os.nice(IN_NO_HURRY)
        compile_kernels()
        return
    task = TASK.validate_json(given)

    def answer(said: Answer) -> None:
        sys.stdout.buffer.write(ANSWER.dump_json(said) + b"\n")
        sys.stdout.buffer.flush()

    def tell(progress: Progress) -> None:
        answer(Answer(progress=progress))

    answer(Answer(plan=plan(task.day, lambda: began + task.seconds - time.monotonic(), task.seed, tell)))


if __name__ == "__main__":
    main()
