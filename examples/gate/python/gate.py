"""A gate of a market day that may be offline, killed and started again: each scan counts once, at its own time.

    python gate.py --market https://market.example --token-file token --database gate.sqlite3

Needs only Python. A scanner's lines are `ptc_...` at the entrance, `mtg_... pty_...` at a table. Each is stored with
the time and a nonce of its own before it is said to be stored, and sent until the market has answered.
"""

import argparse
import http.client
import json
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

UNDECIDED = {401, 408, 429, 500, 502, 503, 504}
"""Answers after which the same scan is sent again, as where nobody answers."""


def opened(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30)
    database.execute("CREATE TABLE IF NOT EXISTS scans (nonce TEXT PRIMARY KEY, path TEXT, body TEXT, answer INTEGER)")
    return database


def keep(path: str) -> None:
    """Store each scan as it is read; who is not told so scans again, which does no harm."""
    database = opened(path)
    for line in sys.stdin:
        what, *party = line.split()
        kind = "participations" if what.startswith("ptc_") else "meetings"
        scan = {"scanned_at": datetime.now(UTC).isoformat()} | ({"party": party[0]} if party else {})
        with database:
            row = (uuid.uuid4().hex, f"/v1/{kind}/{what}/check-in", json.dumps(scan))
            database.execute("INSERT INTO scans VALUES (?, ?, ?, NULL)", row)
        print("stored", line.strip(), flush=True)


def answered(url: str, nonce: str, token: str, body: str) -> int:
    """Return the status of the answer, 0 for none; by the nonce the market knows a repeat."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": nonce, "If-Match": "*"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=15) as reply:
            return reply.status
    except urllib.error.HTTPError as refusal:
        return 0 if b"write.contended" in refusal.read() else refusal.code
    except (OSError, http.client.HTTPException):
        return 0


def send(options: argparse.Namespace, scanner: threading.Thread) -> None:
    """Send what has no answer yet, the oldest first, until the scanner has ended and nothing is left."""
    database, alive, left = opened(options.database), True, []
    while alive or left:
        alive = scanner.is_alive()
        left = database.execute("SELECT nonce, path, body FROM scans WHERE answer IS NULL ORDER BY rowid").fetchall()
        for nonce, path, body in left:
            token = Path(options.token_file).read_text(encoding="utf-8").strip()
            if (status := answered(options.market + path, nonce, token, body)) in {0, *UNDECIDED}:
                break
            with database:
                database.execute("UPDATE scans SET answer = ? WHERE nonce = ?", (status, nonce))
        time.sleep(0.2)


if __name__ == "__main__":
    chosen = argparse.ArgumentParser(description="Tell the market who came.")
    for name in ("--market", "--token-file", "--database"):
        chosen.add_argument(name, required=True)
    thread = threading.Thread(target=keep, args=[chosen.parse_args().database], daemon=True)
    thread.start()
    send(chosen.parse_args(), thread)
