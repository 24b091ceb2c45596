import asyncio
import signal
from collections.abc import Iterator

import pytest
import typer

from cli.terminal import Exit, Terminal


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Hear of Ctrl-C, also where the tests run in the background, which shells start with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def cut_off() -> None:
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(60)


def test_work_that_ctrl_c_cuts_off_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        Terminal().run(cut_off())

    assert ended.value.exit_code == Exit.FAILED
    assert "stopped" in capsys.readouterr().err


def test_what_only_ctrl_c_ends_ends_well_by_it() -> None:
    with pytest.raises(typer.Exit) as ended:
        Terminal().run(cut_off(), interrupted=Exit.OK)

    assert ended.value.exit_code == Exit.OK
