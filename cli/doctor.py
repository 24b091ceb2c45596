"""`market doctor`: what this machine has and lacks; every failure comes with its fix."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import typer
from rich.table import Table
from rich.text import Text

from cli.findings import Finding, Verdict
from cli.terminal import AsJson, Exit, Terminal, helped

app = typer.Typer()

HELP = helped(
    "Look at what this machine has: interpreter, ports, disk, programs, and whether both servers do what we need.",
    "market doctor",
    "market doctor --json",
)
MARKS: dict[Verdict, str] = {"ok": "[green]ok[/green]", "note": "[yellow]note[/yellow]", "failed": "[red]FAILED[/red]"}

OLDEST_PYTHON = (3, 11)
LEAST_DISK_GB = 2
OLDEST_YEAR = 2026
PROGRAM_PATIENCE = 20.0
PROGRAMS = {
    "java": ("--version", "install a JDK 17 or later to use Apache Kafka; noida-db does without"),
    "mvn": ("--version", "install Maven to fetch Apache Kafka; noida-db does without"),
    "cargo": ("--version", "install Rust to build the fast MongoDB stand-in; the Python one does without"),
}


@app.command(help=HELP)
def doctor(*, as_json: AsJson = False) -> None:
    terminal = Terminal(as_json=as_json)
    findings = []
    table = Table("what", "", "found", "what to do")
    for finding in examined():
        findings.append(finding)
        table.add_row(finding.subject, MARKS[finding.verdict], finding.found, finding.fix)
        terminal.say(f"looked at {finding.subject}", "dim")
    failed = sum(finding.verdict == "failed" for finding in findings)
    rows = [
        {"subject": each.subject, "verdict": each.verdict, "found": each.found, "fix": each.fix} for each in findings
    ]
    terminal.show({"ok": not failed, "findings": rows}, table)
    if failed:
        terminal.say(f"{failed} of {len(findings)} are not well: see the last column", "red")
        raise typer.Exit(Exit.FAILED)


def examined() -> Iterator[Finding]:
    """Look at one thing after the other."""
    yield _python()
    yield _clock()
    yield _disk()
    for program, (argument, fix) in PROGRAMS.items():
        yield _program(program, argument, fix)
    # deploy/ is no part of the service images: only commands that start servers need it.
    from cli.servers import examined_ports, examined_servers  # noqa: PLC0415

    yield from examined_ports()
    yield from examined_servers()


def _python() -> Finding:
    found = sys.version.split()[0]
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("python", "ok", found)
    return Finding("python", "failed", found, "install Python 3.11 or later, then make the environment anew")


def _clock() -> Finding:
    found = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    if time.gmtime().tm_year < OLDEST_YEAR:
        return Finding("clock", "failed", found, "set the clock: tokens, deadlines and certificates go by it")
    return Finding("clock", "ok", found)


def _disk() -> Finding:
    free = shutil.disk_usage(".").free / 2**30
    if free < LEAST_DISK_GB:
        return Finding("disk", "failed", f"{free:.1f} GB free", f"free {LEAST_DISK_GB} GB: the servers keep data")
    return Finding("disk", "ok", f"{free:.1f} GB free")


def _program(name: str, argument: str, fix: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, "note", "not here", fix)
    try:
        told = subprocess.run(  # noqa: S603  a program we name, found on the path
            [path, argument], capture_output=True, text=True, timeout=PROGRAM_PATIENCE, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        return Finding(name, "note", f"{path} does not run: {error}", fix)
    # Maven prints its version in colours, whoever reads it.
    return Finding(name, "ok", Text.from_ansi((told.stdout or told.stderr).splitlines()[0]).plain)
