"""Rules no import linter sees: where the environment is read, what errors say, how long modules grow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared import errors

CHECKOUT = Path(__file__).resolve().parents[2]
HANGUL = re.compile(r"[가-힣]")
ERRORS = {
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.MarketError) and each is not errors.MarketError
}
LONGEST = 250
NOTICED = {
    "cli/api.py",
    "cli/dzn.py",
    "services/catalog/domain/product.py",
    "services/contracts/domain/contract.py",
    "services/matching/domain/event.py",
    "services/matching/domain/meeting.py",
    "services/matching/domain/participation.py",
    "shared/calls.py",
    "shared/events/catalog.py",
    "shared/events/matching.py",
    "shared/events/verification.py",
    "shared/messaging.py",
    "shared/relay.py",
    "shared/store.py",
    "shared/web.py",
}
"""Longer ones that a review has seen."""


def modules(*roots: str) -> Iterator[tuple[str, ast.Module]]:
    for root in roots:
        for file in sorted((CHECKOUT / root).rglob("*.py")):
            yield str(file.relative_to(CHECKOUT)), ast.parse(file.read_text(encoding="utf-8"))


def texts() -> list[tuple[str, ast.expr, ast.expr]]:
    """Where each error is made, with its English and its Korean text: given there, or named `en, ko` just before."""
    return [
        (f"{file}:{node.lineno}", *pair)
        for file, tree in modules("services", "shared")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call | ast.Assign) and (pair := _raised(node) or _prepared(node))
    ]


def literal(text: ast.expr) -> str | None:
    """What is written there, without what is filled in; None when it is a name for something made elsewhere."""
    parts = [node.value for node in ast.walk(text) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return " ".join(parts) if parts else None


def test_only_settings_read_the_environment() -> None:
    readers = {
        f"{file}:{node.lineno}"
        for file, tree in modules("services", "shared")
        if not file.endswith("settings.py")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.Name) and node.id in {"environ", "getenv", "BaseSettings"})
    }

    assert readers == set()


def test_every_error_speaks_both_languages() -> None:
    said = [(where, literal(en), literal(ko)) for where, en, ko in texts()]

    assert len(said) > 100
    assert [where for where, en, _ in said if en is None or HANGUL.search(en)] == []
    assert [where for where, _, ko in said if ko is None or not HANGUL.search(ko)] == []


def test_a_module_that_grows_long_is_noticed() -> None:
    files = [
        file for root in ("services", "shared", "cli", "deploy", "bench") for file in (CHECKOUT / root).rglob("*.py")
    ]
    long = {
        str(file.relative_to(CHECKOUT))
        for file in files
        if len(file.read_text(encoding="utf-8").splitlines()) > LONGEST
    }

    assert long - NOTICED == set()


def test_the_rule_about_languages_sees_a_wrong_text() -> None:
    swapped = ast.parse('raise Refused("a.b", "이미 사용 중입니다", "it is taken")')
    [call] = [node for node in ast.walk(swapped) if isinstance(node, ast.Call)]

    assert HANGUL.search(literal(call.args[1]) or "")
    assert not HANGUL.search(literal(call.args[2]) or "")


def _raised(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.Call) and _name(node.func) in ERRORS and len(node.args) > 2:
        _, en, ko, *_ = node.args
        if [_name(en), _name(ko)] != ["en", "ko"]:
            return en, ko
    return None


def _prepared(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
        [target] = node.targets
        if isinstance(target, ast.Tuple) and [_name(each) for each in target.elts] == ["en", "ko"]:
            en, ko = node.value.elts
            return en, ko
    return None


def _name(expression: ast.expr) -> str:
    return expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", "")
