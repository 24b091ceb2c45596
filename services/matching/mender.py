"""Mending a day as a process: `python -m services.matching.mender` mends the one on its stdin, and says so on stdout.

Not the worker that plans: that imports twice as much, and somebody waits here.
"""

import sys

from services.matching.piped import ANSWER, DAMAGE, Answer, Mended
from services.matching.timetable.repairing import repair


def main() -> None:
    asked = sys.stdin.buffer.read()
    if not asked:  # whoever might have asked has ended
        return
    damage = DAMAGE.validate_json(asked)
    found = repair(damage.day, damage.standing, damage.since, frozenset(), damage.seconds, damage.hops)
    mended = Mended(found.timetable, found.price, found.bound)
    sys.stdout.buffer.write(ANSWER.dump_json(Answer(mended=mended)) + b"\n")


if __name__ == "__main__":
    main()
