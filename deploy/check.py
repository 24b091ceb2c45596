"""Run by `make check`: are the Kubernetes manifests, docker-compose.yml and the API's documents well-formed?

Every manifest is validated as it stands in git against the schemas of Kubernetes (kubernetes-validate). What the
overlays render to is validated too where kustomize or kubectl is installed, and docker-compose.yml where Docker Compose
is; OpenAPI and AsyncAPI are linted where npm is, which fetches Spectral the first time. What was left out is said.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import kubernetes_validate
import typer
import yaml

from deploy.lint import RULESETS, LintError, lint, spectral

CHECKOUT = Path(__file__).resolve().parents[1]
KUBERNETES = CHECKOUT / "deploy" / "k8s"
DOCUMENTS = CHECKOUT / "services" / "gateway" / "static"
BUILDS = ("base", "overlays/dev")
TOOLS = ("kustomize.config.k8s.io",)
"""Groups of files that only kustomize reads."""


class CheckError(Exception):
    """Something is not well-formed; the text says what and where."""


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every whole object of the manifests with its file; patches are no whole objects."""
    patches = {file.parent / each["path"] for file, each in _patches() if "path" in each}
    for file in sorted(KUBERNETES.rglob("*.yaml")):
        if file in patches:
            continue
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if not document["apiVersion"].startswith(TOOLS):
                yield str(file.relative_to(CHECKOUT)), document


def rendered(build: str) -> list[dict[str, Any]] | None:
    """Return what kustomize makes of a folder of deploy/k8s, or None where there is no kustomize."""
    folder = str(KUBERNETES / build)
    if kustomize := shutil.which("kustomize"):
        command = [kustomize, "build", folder]
    elif kubectl := shutil.which("kubectl"):
        command = [kubectl, "kustomize", folder]
    else:
        return None
    return list(yaml.safe_load_all(_output(command)))


def compose() -> dict[str, Any] | None:
    """Return docker-compose.yml as Docker Compose understands it, or None where there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and _succeeds([*command, "version"]):
            files = ["--file", "docker-compose.yml", "--env-file", ".env.example"]
            whole: dict[str, Any] = yaml.safe_load(_output([*command, *files, "config"]))
            return whole
    return None


def validate(where: str, document: dict[str, Any]) -> None:
    """Raise CheckError unless this is a Kubernetes object with nothing unknown in it."""
    try:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        raise CheckError(f"{where}: {error}") from error


def main() -> None:
    """Check all and say what was checked."""
    for where, document in manifests():
        validate(where, document)
    for build in BUILDS:
        documents = rendered(build)
        for document in documents or ():
            validate(f"kustomize build deploy/k8s/{build}", document)
        seen = "not rendered: neither kustomize nor kubectl is installed" if documents is None else "valid"
        typer.echo(f"deploy/k8s/{build}: {seen}")
    understood = compose()
    typer.echo(
        f"docker-compose.yml: {'not checked: Docker Compose is not installed' if understood is None else 'valid'}"
    )
    npm = shutil.which("npm")
    for name, ruleset in RULESETS.items():
        if npm:
            lint(spectral(npm), DOCUMENTS / name, ruleset)
        typer.echo(f"{name}: {f'clean with {ruleset}' if npm else 'not checked: npm is not installed'}")


def _patches() -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in KUBERNETES.rglob("kustomization.yaml"):
        for patch in yaml.safe_load(file.read_text(encoding="utf-8")).get("patches", ()):
            yield file, patch


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _output(command: Sequence[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, check=False)
    if result.returncode != 0:
        raise CheckError(f"{' '.join(command)} failed:\n{result.stderr}")
    return result.stdout


if __name__ == "__main__":
    try:
        main()
    except (CheckError, LintError) as error:
        sys.exit(str(error))
