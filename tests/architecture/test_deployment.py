"""What Docker and Kubernetes are told is what the code asks for, and an image holds what its service needs."""

import importlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.check import compose, rendered
from deploy.local.ports import HOST, free_port
from deploy.local.probes import http_answers
from deploy.local.services import BEHIND_THE_GATEWAY, CATALOG, GATEWAY, SERVICES
from shared.relay import Relay
from shared.service import GRACE_SECONDS
from shared.settings import ProcessSettings

CHECKOUT = Path(__file__).resolve().parents[2]
BASE = CHECKOUT / "deploy" / "k8s" / "base"
NOWHERE = "127.0.0.1:1"
PORT = ProcessSettings.model_fields["port"].default
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
START_SECONDS = 60.0
STOP_SECONDS = 60.0


def read(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((BASE / path).read_text(encoding="utf-8"))
    return content


def container_of(deployment: dict[str, Any]) -> dict[str, Any]:
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = container
    return found


def told_by_kubernetes(name: str) -> set[str]:
    """The environment variables of a service's container, put together as kustomize does."""
    common = {each.partition("=")[0] for each in read("kustomization.yaml")["configMapGenerator"][0]["literals"]}
    own = {each["name"] for each in container_of(read("service/deployment.yaml"))["env"]}
    patches = {GATEWAY: "gateway/upstreams.yaml", CATALOG: "catalog/files.yaml"}
    patched = container_of(read(patches[name]))["env"] if name in patches else []
    return common | own | {each["name"] for each in patched}


def settings_class(name: str) -> type[ProcessSettings]:
    found: type[ProcessSettings] = importlib.import_module(f"services.{name}.settings").Settings
    return found


def asked_by(name: str) -> tuple[set[str], set[str]]:
    """The environment variables a service cannot do without, and all it knows."""
    fields = settings_class(name).model_fields
    return {each.upper() for each, field in fields.items() if field.is_required()}, {each.upper() for each in fields}


@pytest.mark.parametrize("name", SERVICES)
def test_kubernetes_tells_a_service_what_it_asks_for_and_nothing_else(name: str) -> None:
    needed, known = asked_by(name)

    assert needed <= told_by_kubernetes(name) <= known


@pytest.mark.parametrize("name", SERVICES)
def test_compose_tells_a_service_what_it_asks_for_and_nothing_else(name: str) -> None:
    needed, known = asked_by(name)

    assert needed <= set(COMPOSE["services"][name]["environment"]) <= known


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_deployed(name: str) -> None:
    kustomization = read(f"{name}/kustomization.yaml")

    assert name in read("kustomization.yaml")["resources"]
    assert f"techmarket/{name}" in {each["name"] for each in read("kustomization.yaml")["images"]}
    assert kustomization["images"] == [{"name": "techmarket/service", "newName": f"techmarket/{name}"}]
    assert kustomization["labels"][0]["pairs"] == {"app.kubernetes.io/name": name}
    assert COMPOSE["services"][name]["build"]["args"] == {"SERVICE": name}


def test_the_gateway_is_told_where_its_upstreams_are() -> None:
    on_kubernetes = {each["name"]: each["value"] for each in container_of(read("gateway/upstreams.yaml"))["env"]}
    in_compose = COMPOSE["services"][GATEWAY]["environment"]

    for name in BEHIND_THE_GATEWAY:
        variable = f"UPSTREAM_{name.upper()}"
        assert on_kubernetes[variable] == in_compose[variable] == f"http://{name}:{PORT}"


def test_every_port_is_the_one_that_services_open() -> None:
    [opened] = container_of(read("service/deployment.yaml"))["ports"]
    [served] = read("service/service.yaml")["spec"]["ports"]

    assert opened["containerPort"] == served["port"] == PORT
    assert f"EXPOSE {PORT}" in DOCKERFILE
    assert COMPOSE["services"][GATEWAY]["ports"] == [f"127.0.0.1:${{GATEWAY_PORT:-8080}}:{PORT}"]


def test_only_readiness_looks_at_kafka_and_mongodb() -> None:
    container = container_of(read("service/deployment.yaml"))
    asked = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}

    assert asked == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    assert "/readyz" in DOCKERFILE


def test_a_pod_has_time_to_end_what_it_holds() -> None:
    spec = read("service/deployment.yaml")["spec"]["template"]["spec"]
    before = container_of(read("service/deployment.yaml"))["lifecycle"]["preStop"]["sleep"]["seconds"]
    relay = Relay.stop.__defaults__[0]  # type: ignore[index]

    needed = before + GRACE_SECONDS + 2 * relay
    assert spec["terminationGracePeriodSeconds"] > needed
    assert int(COMPOSE["services"]["catalog"]["stop_grace_period"].removesuffix("s")) > needed


def test_pods_may_do_nothing_they_need_not() -> None:
    for spec in (read(f)["spec"]["template"]["spec"] for f in ("service/deployment.yaml", "topics.yaml")):
        [container] = spec["containers"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert f"USER {spec['securityContext']['runAsUser']}:" in DOCKERFILE


def test_matching_has_somewhere_to_keep_compiled_kernels_and_memory_for_a_worker() -> None:
    [kept] = re.findall(r"NUMBA_CACHE_DIR=(\S+)", DOCKERFILE)
    spec = read("matching/worker.yaml")["spec"]["template"]["spec"]
    container, [volume] = container_of(read("matching/worker.yaml")), spec["volumes"]
    patched = [each["path"] for each in read("matching/kustomization.yaml")["patches"] if "path" in each]
    one_service = container_of(read("service/deployment.yaml"))["resources"]["limits"]["memory"]

    assert patched == ["worker.yaml"]
    assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": kept}]
    assert "emptyDir" in volume
    assert [each.partition(":")[0] for each in COMPOSE["services"]["matching"]["tmpfs"]] == [kept]
    assert _mebibytes(container["resources"]["limits"]["memory"]) >= _mebibytes(one_service) + 240


def test_files_lie_where_a_new_container_finds_them_again() -> None:
    told = COMPOSE["services"][CATALOG]
    folder = told["environment"]["FILES_URL"].removeprefix("file://")

    assert f"files:{folder}" in told["volumes"]
    assert set(COMPOSE["services"]["verification"]["volumes"]) < set(told["volumes"])
    assert "files" in COMPOSE["volumes"]
    assert f" {folder}\n" in DOCKERFILE  # made for the user the image runs as


def _mebibytes(quantity: str) -> int:
    return int(quantity.removesuffix("Mi"))


def test_no_manifest_holds_a_secret() -> None:
    kinds = {
        document["kind"]
        for file in BASE.parent.rglob("*.yaml")
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    }
    generated = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in BASE.parent.rglob("kustomization.yaml")]

    assert "Secret" not in kinds
    assert not any("secretGenerator" in each for each in generated)


@pytest.mark.parametrize("build", ["base", "overlays/dev"])
def test_kustomize_makes_of_the_one_deployment_every_service(build: str) -> None:
    documents = rendered(build)
    if documents is None:
        pytest.skip("neither kustomize nor kubectl is installed")

    deployments = {each["metadata"]["name"]: each for each in documents if each["kind"] == "Deployment"}
    budgets = {each["metadata"]["name"]: each for each in documents if each["kind"] == "PodDisruptionBudget"}
    services = {each["metadata"]["name"]: each for each in documents if each["kind"] == "Service"}

    assert set(deployments) == set(budgets) == set(services) == set(SERVICES)
    for name, deployment in deployments.items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        container = container_of(deployment)
        secrets = {
            each["name"]: each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"] if "valueFrom" in each
        }
        assert container["image"].startswith(f"techmarket/{name}:")
        assert labels["app.kubernetes.io/name"] == name
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        assert budgets[name]["spec"]["selector"]["matchLabels"] == labels
        assert services[name]["spec"]["selector"] == labels
        bucket = {"FILES_ACCESS_KEY_ID": "files", "FILES_SECRET_ACCESS_KEY": "files"} if name == CATALOG else {}
        assert secrets == {"MONGO_URI": name, "CURSOR_SECRET": "market"} | bucket
        assert {each["name"] for each in container["env"]} <= asked_by(name)[1]


def test_docker_compose_understands_its_file() -> None:
    understood = compose()
    if understood is None:
        pytest.skip("Docker Compose is not installed")

    assert set(understood["services"]) == {*SERVICES, "kafka", "mongo", "keys", "topics"}


def test_what_is_shipped_is_what_is_tested() -> None:
    pom = (CHECKOUT / "deploy" / "local" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))

    [kafka] = re.findall(r"<kafka\.version>(.+)</kafka\.version>", pom)
    [python] = re.findall(r"^ARG PYTHON=(\d+\.\d+)\.", DOCKERFILE, re.MULTILINE)

    assert COMPOSE["services"]["kafka"]["image"] == f"apache/kafka:{kafka}"
    assert project["project"]["requires-python"] == f">={python}"


def copied(target: str, service: str) -> list[tuple[str, str]]:
    """What the Dockerfile copies from the checkout into an image, the stages it rests on first."""
    stages: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    stage = ""
    for line in DOCKERFILE.splitlines():
        if begun := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            parent, stage = begun.groups()
            stages[stage] = (parent, list(stages[parent][1]) if parent in stages else [])
        elif (copy := re.fullmatch(r"COPY (?!--)(.+) (\S+)", line)) and stage:
            sources, goal = copy.groups()
            stages[stage][1].extend((source, goal) for source in sources.split())
    return [tuple(path.replace("${SERVICE}", service) for path in pair) for pair in stages[target][1]]  # type: ignore[misc]


def image(folder: Path, target: str, service: str = "") -> Path:
    """Lay out in a folder what an image holds of the checkout."""
    for source, goal in copied(target, service):
        origin = CHECKOUT / source
        if origin.is_dir():
            shutil.copytree(origin, folder / goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / goal).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, folder / goal)
    return folder


def only(folder: Path, **more: str) -> dict[str, str]:
    """An environment in which Python finds this folder and the packages we depend on, and nothing of the checkout."""
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return {
        "PATH": os.defpath,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(folder), *sorted(packages)]),
        **more,
    }


def without_site(*arguments: str) -> list[str]:
    """Python without the links to the checkout that an editable install leaves among the packages."""
    return [sys.executable, "-S", *arguments]


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python to its end in what an image holds."""
    return subprocess.run(
        without_site(*arguments), cwd=folder, env=only(folder), capture_output=True, text=True, check=False
    )


@contextmanager
def started(name: str, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PROFILE": "production",
        "HOST": HOST,
        "PORT": str(port),
        "MONGO_URI": f"mongodb://{NOWHERE}",
        "KAFKA_BOOTSTRAP": NOWHERE,
        "JWKS_URI": "file:///dev/null",
        "CURSOR_SECRET": "0123456789abcdef",
        **({"FILES_URL": "file:///nowhere"} if name == CATALOG else {}),
        **{f"UPSTREAM_{each.upper()}": f"http://{NOWHERE}" for each in BEHIND_THE_GATEWAY if name == GATEWAY},
    }
    command = without_site("-m", f"services.{name}")
    process = subprocess.Popen(
        command, cwd=folder, env=only(folder, **environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_from_what_its_image_holds(name: str, tmp_path: Path) -> None:
    folder = image(tmp_path, "service", name)
    port = free_port()

    with started(name, folder, port) as process:
        deadline = time.monotonic() + START_SECONDS
        while not http_answers(port, "/livez") and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)

        assert process.poll() is None, (process.stderr.read() if process.stderr else b"").decode()
        assert http_answers(port, "/livez")
        assert not http_answers(port, "/readyz")
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)

    assert {each.name for each in (folder / "services").iterdir() if each.is_dir()} == {name}
    assert not (folder / "cli").exists()


def test_the_topics_job_runs_from_what_its_image_holds(tmp_path: Path) -> None:
    folder = image(tmp_path, "tools")

    help_of = run_in(folder, "-m", "cli.main", *container_of(read("topics.yaml"))["args"][:2], "--help")

    assert help_of.returncode == 0, help_of.stderr
    assert "--replication" in help_of.stdout


@pytest.mark.parametrize("asked", [[], ["certificate", "check"], ["timetable", "solve"]])
def test_the_tools_image_holds_what_the_command_imports(tmp_path: Path, asked: list[str]) -> None:
    folder = image(tmp_path, "tools")

    help_of = run_in(folder, "-m", "cli.main", *asked, "--help")

    assert help_of.returncode == 0, help_of.stderr


def test_the_keys_are_made_from_what_the_tools_hold(tmp_path: Path) -> None:
    folder = image(tmp_path / "image", "tools")
    [code] = COMPOSE["services"]["keys"]["command"]

    made = run_in(folder, "-c", code.replace("/run/keys", str(tmp_path / "keys")))

    assert made.returncode == 0, made.stderr
    made_files = {each.name for each in (tmp_path / "keys").iterdir()}
    assert made_files >= {"development_key.json", "jwks.json", "certificate_keys.json"}


def test_images_hold_no_embedded_servers() -> None:
    [sync] = re.findall(r"uv sync .*", DOCKERFILE)

    assert "--no-dev" in sync
    assert "--extra" not in sync
