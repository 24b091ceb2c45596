"""MongoDB as a process: SecantusDB, which speaks its protocol. GPL-2.0: run beside our code, never imported."""

import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.cache import cache_folder
from deploy.local.errors import StackError
from deploy.local.ports import HOST
from deploy.local.probes import mongo_answers
from deploy.local.process import ChildProcess

RUST_VERSION = "0.5.3-beta.196"
CACHE_SIZE = "512M"


class MongoProcess(ChildProcess):
    """A database server on this machine."""

    def __init__(self, folder: Path, port: int, *, durable: bool = False) -> None:
        """The log and the data live in `folder`.

        `durable` writes each commit to disk before acknowledging it, as a replica set of MongoDB does. Without it
        `kill` loses the writes acknowledged in the last moment; with it about a tenth of the writes fit in a second.
        """
        super().__init__("mongo", folder, port)
        self._durability = ("--sync-on-commit",) if durable else ()

    @property
    def uri(self) -> str:
        """Direct, because there are no other members to discover."""
        return f"mongodb://{HOST}:{self.port}/?directConnection=true"

    def is_ready(self) -> bool:
        """Whether the server takes writes."""
        return mongo_answers(self.port)

    def arguments(self, data: str) -> Sequence[str]:
        """What both servers understand; `data` names the folder, as neither reads the other's files."""
        address = ("--host", HOST, "--port", str(self.port))
        storage = ("--storage-path", str(self.folder / data), "--cache-size", CACHE_SIZE)
        return (*address, *storage, *self._durability)


class SecantusPython(MongoProcess):
    """The server of the wheel. It slows with age: give every test run a fresh folder, measure nothing on it."""

    label = "SecantusDB, Python (embedded MongoDB)"

    def command(self) -> Sequence[str]:
        """The script the wheel installs beside our Python."""
        program = Path(sysconfig.get_path("scripts")) / "secantusd-py"
        if not program.exists():
            raise StackError("SecantusDB is not installed; install the extra that holds it: uv sync --extra local")
        return (str(program), *self.arguments("secantus-python"))


class SecantusRust(MongoProcess):
    """The fast server, built once by `build_secantus_rust`."""

    label = "SecantusDB, Rust (embedded MongoDB)"

    @staticmethod
    def program() -> str | None:
        """The binary in the cache, else on the path."""
        return shutil.which(_built_rust()) or shutil.which("secantusd-rs")

    def command(self) -> Sequence[str]:
        """The binary, wherever it was found."""
        program = self.program()
        if program is None:
            raise StackError("secantusd-rs is not built yet: build_secantus_rust() in deploy/local/databases.py does")
        return (program, *self.arguments("secantus-rust"))


def build_secantus_rust(tell: Callable[[str], None]) -> Path:
    """Build the Rust server into the cache with cargo (5-8 minutes); `tell` hears every line of progress."""
    if shutil.which("cargo") is None:
        raise StackError("the Rust server needs cargo to build; install Rust, or use the Python server")
    root = str(cache_folder() / "secantus-rs")
    crate = ("secantus-mdb", "--version", RUST_VERSION)
    # It builds with older compilers than it declares.
    command = ("cargo", "install", *crate, "--locked", "--ignore-rust-version", "--root", root)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as cargo:
        for line in cargo.stderr or ():
            tell(line.rstrip())
    if cargo.returncode != 0:
        raise StackError(f"cargo could not build the Rust server (exit code {cargo.returncode}); see its output above")
    return Path(_built_rust())


def _built_rust() -> str:
    return str(cache_folder() / "secantus-rs" / "bin" / "secantusd-rs")
