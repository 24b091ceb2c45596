"""Spectral lints the OpenAPI and AsyncAPI documents: a pinned version, installed once, outside the checkout."""

import subprocess
import tempfile
from pathlib import Path

from deploy.local.cache import cache_folder

VERSION = "6.16.3"
RULESETS = {"openapi.json": "spectral:oas", "asyncapi.json": "spectral:asyncapi"}
INSTALL_SECONDS = 300.0


class LintError(Exception):
    """A document has faults, or Spectral could not be had; the text says which."""


def spectral(npm: str, folder: Path | None = None) -> Path:
    """Return the program, fetched from npm's registry unless it is there. Raise LintError when that does not work."""
    home = folder or cache_folder() / f"spectral-{VERSION}"
    program = home / "node_modules" / ".bin" / "spectral"
    if program.exists():
        return program
    home.parent.mkdir(parents=True, exist_ok=True)
    # made aside and moved, so that an installation that was broken off is none
    with tempfile.TemporaryDirectory(dir=home.parent) as folder_aside:
        aside = Path(folder_aside) / "whole"
        command = [
            npm,
            "install",
            "--prefix",
            str(aside),
            "--no-audit",
            "--no-fund",
            f"@stoplight/spectral-cli@{VERSION}",
        ]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise LintError(f"npm's registry did not answer within {INSTALL_SECONDS:g} s; try again") from error
        if result.returncode != 0:
            raise LintError(f"Spectral could not be installed; does npm reach its registry?\n{result.stderr}")
        if not home.exists():
            aside.rename(home)
    return program


def lint(program: Path, document: Path, ruleset: str) -> None:
    """Raise LintError, with what Spectral says, when a document has an error or a warning."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "ruleset.yaml"
        rules.write_text(f'extends: ["{ruleset}"]\n', encoding="utf-8")
        command = [str(program), "lint", "--quiet", "--fail-severity", "warn", "--ruleset", str(rules), str(document)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LintError(f"{document.name} does not lint clean with {ruleset}:\n{result.stdout}{result.stderr}")
