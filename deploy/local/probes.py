"""The smallest request that proves a server answers, spoken on the wire so that no driver is needed here."""

import http.client
import socket
import struct
from collections.abc import Callable

from deploy.local.ports import HOST

PATIENCE = 2.0
METADATA_V1 = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # api, version, correlation, no client id, no topics
HELLO = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
OP_MSG = 2013


def kafka_answers(port: int) -> bool:
    """Whether the broker names at least one broker ready for clients: itself."""
    reply = _ask(port, struct.pack(">i", len(METADATA_V1)) + METADATA_V1, lambda head: struct.unpack(">i", head)[0])
    return len(reply) >= struct.calcsize(">ii") and struct.unpack_from(">ii", reply)[1] > 0


def mongo_answers(port: int) -> bool:
    """Whether the server calls itself one that takes writes."""
    document = struct.pack("<i", len(HELLO) + 4) + HELLO
    message = struct.pack("<iiiiiB", 21 + len(document), 1, 0, OP_MSG, 0, 0) + document
    return b"\x08isWritablePrimary\x00\x01" in _ask(port, message, lambda head: struct.unpack("<i", head)[0] - 4)


def http_answers(port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _ask(port: int, message: bytes, rest: Callable[[bytes], int]) -> bytes:
    """One message out, one back: four bytes tell how many follow. Empty when nobody answers."""
    try:
        with socket.create_connection((HOST, port), PATIENCE) as connection, connection.makefile("rb") as replies:
            connection.sendall(message)
            return replies.read(rest(replies.read(4)))
    except (OSError, struct.error):
        return b""
