"""What documents name is there: functions, files, dependencies."""

import ast
import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z_/]+\.py)` \| `([A-Za-z_.]+)` \|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\)")
DOCUMENTS = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md"), *(CHECKOUT / "docs" / "decisions").glob("*.md")]


def defined(file: Path) -> set[str]:
    """The functions and classes of a module, methods with their class."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            names |= {f"{node.name}.{method.name}" for method in methods}
    return names


def test_every_step_of_the_flow_is_in_the_code() -> None:
    steps = ROW.findall((CHECKOUT / "docs" / "flow.md").read_text(encoding="utf-8"))

    assert len(steps) > 20
    assert [step for step in steps if step[1] not in defined(CHECKOUT / step[0])] == []


def test_no_document_points_nowhere() -> None:
    dead = {
        f"{file.relative_to(CHECKOUT)}: {target}"
        for file in DOCUMENTS
        for target in LINK.findall(file.read_text(encoding="utf-8"))
        if not (file.parent / target).exists()
    }

    assert dead == set()


def test_the_readme_lists_every_dependency_as_it_is_locked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = tomllib.loads((CHECKOUT / "uv.lock").read_text(encoding="utf-8"))
    locked = {package["name"]: package["version"] for package in lock["package"]}
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["local"],
        *project["dependency-groups"]["dev"],
    ]
    wanted = {name: locked[name] for each in asked for name in [re.split(r"[\[><=; ]", each)[0]]}

    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| ([0-9][0-9a-z.]*) \|", _readme(), re.MULTILINE))

    assert listed == wanted


def _readme() -> str:
    return (CHECKOUT / "README.md").read_text(encoding="utf-8")
