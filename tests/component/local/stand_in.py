"""A service that only says it is there, with its environment, for tests of the stack; DIES_WITH ends it at once."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Show the environment under every path."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())


if __name__ == "__main__":
    if code := os.environ.get("DIES_WITH"):
        sys.stderr.write("no database of that name\n")
        sys.exit(int(code))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), StandIn).serve_forever()
