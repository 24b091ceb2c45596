"""Kafka as a process: Apache Kafka itself, or noida-db, a small stand-in that speaks its protocol."""

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.cache import cache_folder
from deploy.local.errors import StackError
from deploy.local.ports import HOST, free_port
from deploy.local.probes import kafka_answers
from deploy.local.process import ChildProcess

SETUP = Path(__file__).with_name("kafka")
CLUSTER_ID = "TechMarketLocalKafkaAA"
JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN")


class KafkaProcess(ChildProcess):
    """A broker on this machine. Topics exist only if created: neither kind makes them up."""

    def __init__(self, folder: Path, port: int) -> None:
        """The log and the data live in `folder`."""
        super().__init__("kafka", folder, port)

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return f"{HOST}:{self.port}"

    def is_ready(self) -> bool:
        """Whether the broker offers itself to clients."""
        return kafka_answers(self.port)


class NoidaKafka(KafkaProcess):
    """noida-db: 15 MB, ready in a blink, and not for tests of faults.

    One member per consumer group only: it hangs when a second one joins. It acknowledges before it writes: `kill`
    loses the topics and messages of the last moment; `stop` and `restart` keep all.
    """

    label = "noida-db (embedded Kafka)"
    service_settings: Mapping[str, str] = {"EMPTY_FETCH_PAUSE_MS": "20"}

    def command(self) -> Sequence[str]:
        """The binary inside the wheel: its Python wrapper would leave the server behind when killed."""
        package = importlib.util.find_spec("noida_db")
        if package is None or package.origin is None:
            raise StackError("noida-db is not installed; install the extra that holds it: uv sync --extra local")
        binary = str(Path(package.origin).with_name("noida-db"))
        data = str(self.folder / "noida")
        return (binary, "start", "--only", "kafka", "--kafka-port", str(self.port), "--data-dir", data)


class ApacheKafka(KafkaProcess):
    """The real broker: one node that is broker and controller (KRaft), its jars from Maven Central."""

    label = "Apache Kafka"
    service_settings: Mapping[str, str] = {}

    @staticmethod
    def possible() -> bool:
        """Whether Java and Maven are here."""
        return all(shutil.which(program) for program in ("java", "mvn"))

    def command(self) -> Sequence[str]:
        """Serve from the jars in the cache."""
        return ("java", *JVM, "-cp", f"{_jars()}/*", "kafka.Kafka", str(self._settings))

    def start(self) -> None:
        """Fetch the jars and format the data folder where that has not happened yet, then serve."""
        if self.running:
            return
        _fetch()
        self._data.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(self._filled_in())
        if not (self._data / "meta.properties").exists():
            self._format()
        super().start()

    @property
    def _data(self) -> Path:
        return self.folder / "apache-kafka"

    @property
    def _settings(self) -> Path:
        return self.folder / "kafka.properties"

    def _filled_in(self) -> str:
        template = (SETUP / "server.properties").read_text()
        return template.format(port=self.port, controller_port=free_port(), data=self._data)

    def _format(self) -> None:
        tool = ("java", "-cp", f"{_jars()}/*", "kafka.tools.StorageTool", "format")
        _run((*tool, "--cluster-id", CLUSTER_ID, "--config", str(self._settings)), "formatting Kafka's data folder")


def _jars() -> Path:
    version = re.search(r"<kafka.version>(.+)</kafka.version>", (SETUP / "pom.xml").read_text())
    if version is None:
        raise StackError(f"{SETUP / 'pom.xml'} names no kafka.version")
    return cache_folder() / f"kafka-{version[1]}"


def _fetch() -> None:
    """All jars or none: they appear in the cache in one move, so that a broken download is not taken for whole."""
    jars = _jars()
    if jars.exists():
        return
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        fetched = Path(scratch) / jars.name
        maven = ("mvn", "--quiet", "--batch-mode", "--file", str(SETUP / "pom.xml"))
        _run((*maven, "dependency:copy-dependencies", f"-DoutputDirectory={fetched}"), "fetching Kafka's jars")
        if not jars.exists():
            fetched.rename(jars)


def _run(command: Sequence[str], doing: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        output = "\n".join((result.stdout + result.stderr).splitlines()[-15:])
        raise StackError(f"{doing} failed with exit code {result.returncode}:\n{output}\nThe command: {command}")
