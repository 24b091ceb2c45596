"""The catalogue of rules: every refusal the code can give, read from the code itself.

A rule is the first argument of a call of a class in `shared/errors.py`. `…` stands where a sentence names the case,
`*` in a rule where the code puts a state or a noun. A rule that the code hands on in a variable is not found here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.web import STATUS, TITLES

ROOT = Path(__file__).parents[2]
SOURCES = ("shared", "services")
SENTENCES = 3
REFUSALS = {error.__name__: status for error, status in STATUS.items()}


def catalogue(root: Path = ROOT) -> dict[str, Any]:
    """Return {rule: {status, title_en, title_ko, sentences: [{en, ko}]}}, in order of the rules."""
    found: dict[str, Any] = {}
    for status, rule, en, ko in sorted(_refusals(root), key=lambda refusal: refusal[1:]):
        title_en, title_ko = TITLES[status]
        entry = found.setdefault(rule, {"status": status, "title_en": title_en, "title_ko": title_ko, "sentences": []})
        if en and {"en": en, "ko": ko} not in entry["sentences"]:
            entry["sentences"].append({"en": en, "ko": ko})
    return found


def _refusals(root: Path) -> Iterator[tuple[int, str, str, str]]:
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and len(node.args) >= SENTENCES and _class(node.func) in REFUSALS:
                    rule, en, ko = (_read(argument) for argument in node.args[:SENTENCES])
                    if rule:
                        yield REFUSALS[_class(node.func)], rule.replace("…", "*"), en, ko


def _class(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _read(argument: ast.expr) -> str:
    """Return a string as it is written, with … for what is put in when it is raised; nothing for other expressions."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        return "".join("…" if isinstance(part, ast.FormattedValue) else _read(part) for part in argument.values)
    return ""
