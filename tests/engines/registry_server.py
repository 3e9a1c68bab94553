"""Debian's docker-registry on this machine, behind proxies that write down each request."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PROGRAM = "docker-registry"
PATIENCE = 60
CONFIG = """\
version: 0.1
log: {{formatter: text, level: warn}}
storage:
  filesystem: {{rootdirectory: {folder}/registry-data}}
  delete: {{enabled: false}}
http: {{addr: "127.0.0.1:{port}"}}
{more}"""
KINDS = {"manifests": "manifest", "uploads": "upload", "blobs": "blob", "tags": "tags"}


@dataclass
class Written:
    """What passed through the proxies since it was emptied."""

    requests: Counter[str] = field(default_factory=Counter)
    up: int = 0
    down: int = 0

    def clear(self) -> None:
        self.requests.clear()
        self.up = self.down = 0


class RegistryServer:
    """A running registry: its own port, and ports of proxies that lead to it, each another name for it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.written = Written()
        self.names: list[str] = []

    @property
    def data(self) -> Path:
        return self.folder / "registry-data"

    def empty(self) -> None:
        """Remove all that it stores."""
        shutil.rmtree(self.data, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(folder: Path, names: int = 1, more: str = "") -> Iterator[RegistryServer]:
    """Start a registry with its data in `folder`, and so many proxies before it."""
    folder.mkdir(parents=True, exist_ok=True)
    server = RegistryServer(folder, free_port())
    config = folder / "registry.yml"
    config.write_text(CONFIG.format(folder=folder, port=server.port, more=more))
    with ExitStack() as running, (folder / "registry.log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "serve", str(config)], stdout=log, stderr=log)
        running.callback(process.wait)
        running.callback(process.terminate)
        end = time.monotonic() + PATIENCE
        while not _listens(server.port):
            assert time.monotonic() < end, (folder / "registry.log").read_text()[-2000:]
            time.sleep(0.05)
        for _ in range(names):
            proxy = _Proxy(server)
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            running.callback(proxy.server_close)
            running.callback(proxy.shutdown)
            server.names.append(f"127.0.0.1:{proxy.server_port}")
        yield server


def _kind(path: str) -> str:
    found = re.search(r"/(manifests|uploads|blobs|tags)/(?!uploads/)", path)
    return KINDS[found[1]] if found else "ping"


def _listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behind: RegistryServer) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = behind
        self.lock = threading.Lock()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _ask(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        upstream = HTTPConnection("127.0.0.1", self.server.behind.port, timeout=PATIENCE)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        # One by one, because a client may state Accept several times.
        for name, value in self.headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "expect"):
                upstream.putheader(name, value)
        upstream.putheader("Content-Length", str(len(body)))
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        return answer, data

    def _pass(self) -> None:
        body = self._body()
        answer, data = self._ask(body)
        head = self.command == "HEAD"
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection") and (head or name.lower() != "content-length"):
                self.send_header(name, value)
        if not head:
            self.send_header("Content-Length", str(len(data)))
        # Counted before the client sees the end, so that no request comes late.
        with self.server.lock:
            written = self.server.behind.written
            written.requests[f"{self.command} {_kind(self.path)} {answer.status}"] += 1
            written.up += len(body)
            written.down += len(data)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - called so by the base class
