"""The API's documents are linted by the real Spectral, where npm is; what goes wrong is said in a sentence."""

import shutil
import sys
from pathlib import Path

import pytest

from deploy.lint import LintError, lint, spectral

NPM = shutil.which("npm")


@pytest.mark.skipif(NPM is None, reason="npm is not installed")
def test_a_document_without_descriptions_does_not_lint_clean(tmp_path: Path) -> None:
    document = tmp_path / "bare.json"
    document.write_text(
        '{"openapi": "3.1.0", "info": {"title": "bare", "version": "1"}, "paths": {}}', encoding="utf-8"
    )

    with pytest.raises(LintError, match=r"bare.json does not lint clean with spectral:oas(.|\n)*info-contact"):
        lint(spectral(NPM or ""), document, "spectral:oas")


def test_a_registry_that_does_not_answer_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('ECONNREFUSED')\n", encoding="utf-8")
    npm.chmod(0o755)
    home = tmp_path / "cache" / "spectral"

    with pytest.raises(LintError, match=r"does npm reach its registry\?\nECONNREFUSED"):
        spectral(str(npm), home)

    assert list(home.parent.iterdir()) == []
