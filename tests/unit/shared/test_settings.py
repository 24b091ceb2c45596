import pytest
from pydantic import ValidationError

from shared.settings import ProcessSettings

NEEDED = {
    "MONGO_URI": "mongodb://127.0.0.1",
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "JWKS_URI": "file:///jwks.json",
    "CURSOR_SECRET": "0123456789abcdef",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROFILE", raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_a_process_is_in_production_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ProcessSettings().profile == "production"

    monkeypatch.setenv("PROFILE", "local")

    assert ProcessSettings().profile == "local"


@pytest.mark.parametrize("name", NEEDED)
def test_what_has_no_safe_default_must_be_given(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(ValidationError, match=name.lower()):
        ProcessSettings()


@pytest.mark.parametrize(("name", "value"), [("PROFILE", "staging"), ("PORT", "http"), ("CURSOR_SECRET", "too short")])
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name.lower()):
        ProcessSettings()


def test_settings_stay_as_they_were_read() -> None:
    settings = ProcessSettings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
