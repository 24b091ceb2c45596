"""Run the benchmarks: `python -m bench [--rounds N] [--commands N] [--only NAME ...]`; Markdown rows on stdout."""

import argparse
import gc
import logging
import sys
import tempfile
from pathlib import Path

import uvloop

from bench.footprint import footprint
from bench.http import OverHttp
from bench.importing import importing
from bench.measure import Compared, Single
from bench.mending import mending
from bench.opening import opening
from bench.processes import servers
from bench.search import latency, relevance
from bench.write_path import SINCE, WritePath
from deploy.local.servers import Kafka, Mongo
from shared.service import GARBAGE_AFTER

HEAD = "| measure | ours | floor | ours / floor: median (least-greatest) | at least |\n| --- | --- | --- | --- | --- |"
WRITING = ("write", "end", "consumer", "service", "gateway", "cliff", *SINCE, "growth")
NAMES = (*WRITING, "search", "import", "dossier", "repairs", "footprint")


def told(result: Compared | Single) -> None:
    print(result.row(), flush=True)


async def measure(only: list[str], rounds: int, commands: int, kafka: Kafka, mongo: Mongo, folder: Path) -> None:
    """Run what was asked for, one measure after the other, on the same servers."""
    path = WritePath(mongo.uri, kafka.bootstrap, commands, folder)
    await path.start()
    if "write" in only:
        told(await path.commands(rounds))
    if "end" in only:
        told(await path.end_to_end(rounds))
    if "consumer" in only:
        told(await path.consumer(rounds))
    if {"service", "gateway", "cliff"} & set(only):
        await measure_http(only, rounds, OverHttp(kafka, mongo, folder, commands))
    for since in [each for each in SINCE if each in only]:
        for quantile in (0.5, 0.99):
            told(await path.latency(since, quantile, rounds))
    if "growth" in only:
        told(await path.growth(rounds))
    await path.stop()
    await measure_catalog(only, rounds, kafka, mongo, folder)


async def measure_catalog(only: list[str], rounds: int, kafka: Kafka, mongo: Mongo, folder: Path) -> None:
    if "search" in only:
        for result in [*relevance(), *await latency(kafka, mongo, folder, rounds)]:
            told(result)
    if "import" in only:
        told(await importing(kafka, mongo, folder, rounds))
    if "dossier" in only:
        told(await opening(kafka, mongo, folder))
    if "repairs" in only:
        for result in await mending(kafka, folder):
            told(result)


async def measure_http(only: list[str], rounds: int, over_http: OverHttp) -> None:
    await over_http.start()
    if "service" in only:
        told(await over_http.service(rounds))
    if "gateway" in only:
        told(await over_http.through_gateway(rounds))
    if "cliff" in only:
        for result in await over_http.cliff(rounds):
            told(result)
    await over_http.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="alternating rounds of each measure")
    parser.add_argument("--commands", type=int, default=3000, help="commands in a round")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    asked = parser.parse_args()
    gc.set_threshold(GARBAGE_AFTER)  # as in a service
    logging.disable(logging.ERROR)  # the clients grumble while a broker elects its leaders
    with tempfile.TemporaryDirectory(prefix="techmarket-bench-") as name:
        folder = Path(name)
        with servers(folder) as (kafka, mongo):
            print(f"{kafka.label}; {mongo.label}; {asked.rounds} rounds of {asked.commands} commands", file=sys.stderr)
            print(HEAD, flush=True)
            uvloop.run(measure(asked.only, asked.rounds, asked.commands, kafka, mongo, folder))
    if "footprint" in asked.only:
        for row in footprint():
            told(row)


if __name__ == "__main__":
    main()
