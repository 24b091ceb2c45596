"""Every service is built alike, says on one screen what it does, and keeps to itself."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from deploy.local.services import BEHIND_THE_GATEWAY, CATALOG, GATEWAY, SERVICES
from shared.events.topics import PUBLISHED
from shared.settings import ProcessSettings

ROOT = Path(__file__).resolve().parents[2] / "services"
NOWHERE = "127.0.0.1:1"
ALIKE = {"__init__.py", "__main__.py", "app.py", "settings.py", "ground.py", "policy.py", "routes.py", "views.py"}
DECIDING = {"subscribers.py", "domain"}
"""What a service has that decides something; the gateway only puts side by side."""


def settings_of(name: str) -> ProcessSettings:
    """Settings good enough to build a service's app, which opens no connection."""
    made: ProcessSettings = import_module(f"services.{name}.settings").Settings(
        mongo_uri=f"mongodb://{NOWHERE}",
        kafka_bootstrap=NOWHERE,
        jwks_uri="file:///dev/null",
        cursor_secret="only to read the routes",  # noqa: S106
        **({"files_url": "file:///nowhere"} if name == CATALOG else {}),
        **{f"upstream_{each}": f"http://{NOWHERE}" for each in BEHIND_THE_GATEWAY if name == GATEWAY},
    )
    return made


@pytest.fixture(scope="module")
def grounds() -> dict[str, Any]:
    return {name: import_module(f"services.{name}.app").create_app(settings_of(name)).state.ground for name in SERVICES}


def handled_by(name: str) -> set[str]:
    """The names of the events a service has handlers for."""
    if name == GATEWAY:
        return set()
    subscriptions = import_module(f"services.{name}.subscribers").subscriptions
    return {event.name for event, _ in subscriptions.handlers.values()}


def said_by(name: str) -> dict[str, str]:
    """The parts of a service's own description by their headings."""
    text = import_module(f"services.{name}").__doc__ or ""
    parts = re.split(r"^(Owns|Publishes|Listens to|Passes on): +", text, flags=re.MULTILINE)
    return {heading: " ".join(words.split()) for heading, words in zip(parts[1::2], parts[2::2], strict=True)}


def plural(noun: str) -> str:
    return noun if noun == "series" else re.sub(r"y$", "ie", noun.replace("_", " ")) + "s"


def test_the_deployables_are_the_folders() -> None:
    folders = {folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists()}

    assert folders == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_who_knows_one_service_knows_all(name: str) -> None:
    present = {file.name for file in (ROOT / name).iterdir()}

    wanted = ALIKE if name == GATEWAY else ALIKE | DECIDING
    assert wanted <= present


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_all_and_only_what_it_publishes(name: str) -> None:
    words = said_by(name)["Publishes"]
    events = {event.name for event in PUBLISHED.get(name, ())}

    patterns = set(re.findall(r"[a-z_]+\.[a-z_]+\.(?:\*|[a-z_]+)", words))
    matched = {
        pattern: {event for event in events if re.fullmatch(pattern.replace("*", "[a-z_]+"), event)}
        for pattern in patterns
    }

    assert [pattern for pattern, found in matched.items() if not found] == []
    assert events - set().union(*matched.values()) == set()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_every_event_it_listens_to(name: str) -> None:
    words = said_by(name)["Listens to"]

    missing = {
        event for event in handled_by(name) for _, noun, verb in [event.split(".")] if not named(words, noun, verb)
    }

    assert missing == set()


@pytest.mark.parametrize("name", BEHIND_THE_GATEWAY)
def test_a_service_listens_to_every_event_it_names(name: str) -> None:
    words = said_by(name)["Listens to"]
    handled = handled_by(name)

    claimed = set(re.findall(r"(?<![a-z_.])(?:[a-z_]+\.)?([a-z_]+\.[a-z_]+)(?![a-z_./])", words)) - {"subscribers.py"}

    assert {each for each in claimed if not any(event.endswith(f".{each}") for event in handled)} == set()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_everything_it_owns_and_keeps_copies_of(name: str, grounds: dict[str, Any]) -> None:
    said = said_by(name)
    owned = {store._aggregate.kind for store in grounds[name].stores}
    copied = {copies.state.kind for copies in grounds[name].copies}

    assert {kind for kind in owned if plural(kind.partition(".")[2]) not in said["Owns"]} == set()
    assert {kind for kind in copied if plural(kind.partition(".")[2]) not in said["Listens to"]} == set()


def test_no_service_waits_for_the_pdf_library_before_it_serves() -> None:
    apps = ", ".join(f"services.{name}.app" for name in SERVICES)
    code = f"import sys, {apps}; print({{'fpdf', 'PIL', 'fontTools'}} & {{*sys.modules}})"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "set()"


def test_no_service_touches_the_documents_of_another(grounds: dict[str, Any]) -> None:
    databases = {name: settings_of(name).database for name in SERVICES}  # type: ignore[attr-defined]
    owned = [store._collection.name for ground in grounds.values() for store in ground.stores]

    assert len(set(databases.values())) == len(SERVICES)
    assert len(set(owned)) == len(owned)


def named(words: str, noun: str, verb: str) -> bool:
    """Whether an event is named in full, or short after another of its noun: `certificate.expired / .revoked`."""
    return re.search(rf"\b{noun}\.(?:[a-z_]+ / \.)*{verb}\b", words) is not None
