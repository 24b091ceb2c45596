"""Run them: `python -m bench.timetable [--only NAME ...]`; Markdown rows on stdout."""

import argparse
import sys

from bench.timetable.published import naive, published

MEASURES = {"published": published, "naive": naive}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timetable", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    for name in parser.parse_args().only:
        for line in MEASURES[name]():
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
