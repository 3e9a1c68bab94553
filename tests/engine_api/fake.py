"""A registry over HTTP for tests: the model's answers, with log-ins and with faults on demand."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from layerlab.registries.distribution import Distribution, Response

USER, PASSWORD, TOKEN = "ann", "open-sesame", "a-token"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

Fault = Callable[["Handler", Response], bool]


class Fake(ThreadingHTTPServer):
    """The server. `wants` is "", "basic" or "bearer"; `fault` may answer a GET in place of the registry."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.registry = Distribution()
        self.wants = ""
        self.fault: Fault | None = None
        self.seen: list[tuple[str, str, str | None]] = []
        self.lock = threading.Lock()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Fake
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""

    def allowed(self) -> bool:
        given = self.headers.get("Authorization")
        return {"": True, "basic": given == BASIC, "bearer": given == f"Bearer {TOKEN}"}[self.server.wants]

    def answer(self, response: Response, body: bytes | None = None) -> None:
        data = (response.body or b"") if body is None else body
        self.send_response(response.status)
        stated = {"Content-Length": str(len(data)), **response.headers}
        for name, value in stated.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def handle_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake = self.server
        fake.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if self.path.startswith("/token"):
            good = self.headers.get("Authorization") == BASIC
            self.answer(Response(200 if good else 401, body=b'{"token": "%s"}' % TOKEN.encode() if good else b"{}"))
            return
        if not self.allowed():
            realm = (
                f'Bearer realm="http://{fake.host}/token",service="fake"'
                if fake.wants == "bearer"
                else 'Basic realm="x"'
            )
            self.answer(Response(401, headers={"WWW-Authenticate": realm}))
            return
        with fake.lock:
            response = fake.registry.ask(self.command, self.path, body, dict(self.headers.items()))
        if self.command == "GET" and fake.fault and fake.fault(self, response):
            return
        self.answer(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_one  # noqa: N815 - called so by the base class


@contextmanager
def serving() -> Iterator[Fake]:
    fake = Fake()
    thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.shutdown()
        fake.server_close()
        thread.join()
