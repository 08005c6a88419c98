"""A server that answers as Elasticsearch would, or does not: late, red, with nonsense, over TLS."""

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Status and body of an answer.
Answer = tuple[int, Any]
_NOTHING = {"hits": {"total": {"value": 0}, "hits": []}, "count": 0}
# The same to a search and to two searches in one request.
EMPTY = _NOTHING | {"responses": [_NOTHING, _NOTHING]}


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Server:
    """Answers with `answer(asked)`; under `hold` it says nothing until `release`, and `drops` requests find it gone."""

    answer: Callable[[Asked], Answer] = lambda _asked: (200, EMPTY)
    asked: list[Asked] = field(default_factory=list)
    hold: bool = False
    drops: int = 0
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._go_on = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        if self.tls:
            self._http.socket = self.tls.wrap_socket(self._http.socket, server_side=True)
        scheme = "https" if self.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def release(self) -> None:
        self.hold = False
        self._go_on.set()

    def close(self) -> None:
        self.release()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                server.asked.append(asked)
                if server.drops:
                    server.drops -= 1
                    self.close_connection = True
                    return
                if server.hold:
                    server._go_on.wait(20)
                status, answer = server.answer(asked)
                said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                try:
                    self._say(status, said)
                except OSError:
                    self.close_connection = True  # who asked has gone

            def _say(self, status: int, said: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

            def log_message(self, *_args: Any) -> None:
                """Nothing on the screen."""

        return Handler
