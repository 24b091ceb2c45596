"""`market schemas`: what is generated from the code, and whether it still keeps its promises.

`check` fails when a generated file is not what the code gives now (stale), when an event schema breaks the golden one
(rules in cli/documents/compatibility.py), or when an operation of the API lacks a summary, description or example.
Golden are the schemas that lie in docs/events/schemas: `write` takes over what was added and refuses a break.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.documents.compatibility import Break, breaks
from cli.documents.files import SCHEMAS, SERVED, generated
from cli.documents.openapi import lacking
from cli.documents.problems import ROOT

app = typer.Typer(help="Event schemas, AsyncAPI and OpenAPI, generated from the code.", no_args_is_help=True)

Root = Annotated[Path, typer.Option(help="Root of the checkout", file_okay=False, exists=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]


@app.command()
def write(*, root: Root = ROOT, as_json: AsJson = False) -> None:
    """Write the files anew, unless that would break who reads a published event."""
    files = generated()
    broken = broken_schemas(golden(root), files)
    if broken:
        _tell([], broken, [], len(files))
        raise typer.Exit(1)
    changed = stale(root, files)
    for path in changed:
        if path in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
        else:
            (root / path).unlink()
    if as_json:
        typer.echo(json.dumps({"files": len(files), "written": changed}))
        return
    typer.echo(f"{len(files)} files, {len(changed)} of them changed", err=True)


@app.command()
def check(
    *,
    root: Root = ROOT,
    as_json: AsJson = False,
) -> None:
    """Fail when a file is stale, a published event schema is broken, or an operation is not fully described."""
    files = generated()
    old = stale(root, files)
    broken = broken_schemas(golden(root), files)
    missing = lacking(json.loads(files[f"{SERVED}/openapi.json"]))
    if as_json:
        details = [{"schema": each.schema, "pointer": each.pointer, "rule": each.rule} for each in broken]
        typer.echo(json.dumps({"stale": old, "broken": details, "lacking": missing}))
    else:
        _tell(old, broken, missing, len(files))
    if old or broken or missing:
        raise typer.Exit(1)


def stale(root: Path, files: dict[str, str]) -> list[str]:
    """Return the paths whose file is missing, different, or no longer generated."""
    old = [path for path, text in files.items() if not (root / path).is_file() or _read(root / path) != text]
    return old + [path for path in _lying(root) if path not in files]


def golden(root: Path) -> dict[str, Any]:
    """Return {path: schema} as they lie there."""
    return {path: json.loads(_read(root / path)) for path in _lying(root)}


def broken_schemas(before: dict[str, Any], files: dict[str, str]) -> list[Break]:
    """Return every way in which the generated schemas break those before."""
    found: list[Break] = []
    for path, schema in before.items():
        new = json.loads(files[path]) if path in files else None
        found += breaks(Path(path).stem, schema, new)
    return found


def _lying(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in (root / SCHEMAS).glob("*.json"))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _tell(old: list[str], broken: list[Break], missing: list[str], files: int) -> None:
    for path in old:
        typer.echo(f"stale: {path}", err=True)
    for each in broken:
        typer.echo(f"break: {each.schema} {each.pointer or '/'}: {each.rule}: {each.detail}", err=True)
    for what in missing:
        typer.echo(f"not described: {what}", err=True)
    if old:
        typer.echo("run `market schemas write` and commit what it changes", err=True)
    if broken:
        typer.echo("a published event cannot change like this: publish a new version of the type beside it", err=True)
    if not (old or broken or missing):
        typer.echo(f"{files} files are current, nothing is broken", err=True)
