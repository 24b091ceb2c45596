"""Which reads answer an ETag, and which of them also 304: read from the routes themselves, not guessed from paths."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cli.documents.problems import ROOT, SOURCES

CONDITIONAL, TAGGING = "shown", "shown_content"
"""The functions of shared/calls.py that compare If-None-Match; a route of the second describes that header itself."""


def conditional_reads(root: Path = ROOT) -> set[str]:
    """Return the names of the routes that answer 304 to a caller who has the current version."""
    return {route.name for route in _routes(root) if any(_calls(CONDITIONAL, node) for node in ast.walk(route))}


def tagged_reads(root: Path = ROOT) -> set[str]:
    """Return the names of the routes that answer an ETag: the conditional ones, and those that set it themselves."""
    setting = {route.name for route in _routes(root) if any(_sets_etag(node) for node in ast.walk(route))}
    return setting | conditional_reads(root)


def _routes(root: Path) -> Iterator[ast.AsyncFunctionDef]:
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
                    yield node


def _calls(function: str, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function


def _sets_etag(node: ast.AST) -> bool:
    return _calls(TAGGING, node) or (isinstance(node, ast.Constant) and node.value == "ETag")
