"""A server or service as a child process: start, ask, pause, kill, start again on the same port."""

import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.ports import require_free

CHECKOUT = Path(__file__).resolve().parents[2]
TETHER = Path(__file__).with_name("tether.py")
READY_TIMEOUT = 90.0
GRACE = 15.0
POLL = 0.05
LOG_LINES = 15
# The kernel counts the death of the *thread* that started a child as the parent's death. Worker threads end early
# (asyncio.to_thread, a closed loop); this one lives as long as we do.
SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


class ChildProcess(ABC):
    """One process in a session of its own, so that Ctrl-C spares it and a kill reaches everything it started."""

    def __init__(self, name: str, folder: Path, port: int) -> None:
        """`folder` keeps the log (`<name>.log`, appended) and, for servers, the data."""
        self.name = name
        self.port = port
        self.folder = folder.absolute()
        self.log = self.folder / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Program and arguments; raises StackError when the program is not installed."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it serves its callers now."""

    def environment(self) -> Mapping[str, str]:
        """Set on top of our own environment."""
        return {}

    @property
    def running(self) -> bool:
        """Whether the process lives; a paused one does."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._living().pid

    def start(self) -> None:
        """Start it unless it runs. It is not ready yet when this returns."""
        if self.running:
            return
        require_free(self.port, self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self.command()
        if shutil.which(command[0]) is None:
            raise StackError(f"{self.name} cannot start: there is no program {command[0]}")
        self._child = SPAWNER.submit(self._spawn, command).result()

    def wait_ready(self, timeout: float) -> None:
        """Return once it serves; raise StackError if it ends or the time (seconds) is over."""
        deadline = time.monotonic() + timeout
        self._living()
        while not self.is_ready():
            if report := self.death():
                raise StackError(report)
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready on port {self.port} within {timeout:g} s.\n{self.tail()}")
            time.sleep(POLL)

    def death(self) -> str | None:
        """The report of an end nobody asked for: exit code and last log lines; None while all is well."""
        if self._child is None or self._child.poll() is None:
            return None
        return f"{self.name} ended by itself ({_cause(self._child.returncode)}).\n{self.tail()}"

    def kill(self) -> None:
        """SIGKILL to the whole group, as a power cut would."""
        self._end(self._living())

    def pause(self) -> None:
        """Freeze it: connections stay open, nobody answers."""
        _signal(self._living(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on."""
        _signal(self._living(), signal.SIGCONT)

    def ask_to_stop(self) -> None:
        """SIGTERM without waiting, so that several can end side by side."""
        if self._child is not None and self.running:
            _signal(self._child, signal.SIGTERM)
            _signal(self._child, signal.SIGCONT)  # a paused process would not hear it

    def stop(self) -> None:
        """Ask politely, wait, then kill. Nothing happens to what does not run."""
        self.ask_to_stop()
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(GRACE)
            self._end(self._child)

    def restart(self) -> None:
        """Start again on the same data and port and wait until it is ready."""
        self.stop()
        self.start()
        self.wait_ready(READY_TIMEOUT)

    def resident_mb(self) -> float:
        """Memory it holds now, as the kernel counts it (Linux)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def tail(self) -> str:
        """The last lines of its log and where the rest is."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"Last lines of {self.log}:", *(lines[-LOG_LINES:] or ["(empty)"])])

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command],
                cwd=CHECKOUT,
                env=os.environ | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _living(self) -> subprocess.Popen[bytes]:
        if self._child is None or not self.running:
            raise StackError(self.death() or f"{self.name} does not run: start it first")
        return self._child

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            _signal(child, signal.SIGKILL)
        child.wait()
        self._child = None


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
