"""Run them: `python -m bench.timetable [--only NAME ...] [--seeds N] [--seconds S]`; Markdown rows on stdout."""

import argparse
import sys
from collections.abc import Callable, Iterator

from bench.timetable.published import naive, published
from bench.timetable.repairs import repairs
from bench.timetable.whole_days import days, large


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timetable", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="made-up days of each shape")
    parser.add_argument("--seconds", type=float, default=30.0, help="CPU seconds of each made-up day")
    measures: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
        "published": lambda _: published(),
        "naive": lambda _: naive(),
        "days": lambda asked: days(asked.seeds, asked.seconds),
        "large": lambda asked: large(asked.seconds),
        "repairs": lambda asked: repairs(asked.seeds),
    }
    parser.add_argument("--only", nargs="+", choices=measures, default=list(measures))
    asked = parser.parse_args()
    for name in asked.only:
        for line in measures[name](asked):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
