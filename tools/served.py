"""Serve a folder of pages as a public site does, and close a page of a browser off from everything else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, Route

SUB = "/layerlab"


class SubPath(SimpleHTTPRequestHandler):
    """Serves a folder under a sub-path, and says nothing."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".wasm": "application/wasm", ".mjs": "text/javascript"}

    def translate_path(self, path: str) -> str:
        """Return the file for an address; outside of the sub-path there is none."""
        inside = path == SUB or path.startswith(f"{SUB}/")
        return super().translate_path(path.removeprefix(SUB) if inside else "/no/such/file")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder from this process under a sub-path, and yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SubPath, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{SUB}"
        server.shutdown()


def closed(page: Page, site: str) -> list[str]:
    """Close a page off from all but the site; return the list that takes what it asks for elsewhere."""
    elsewhere: list[str] = []

    def check(route: Route) -> None:
        inside = route.request.url.startswith((site, "data:", "blob:"))
        if not inside:
            elsewhere.append(route.request.url)
        route.continue_() if inside else route.abort()

    page.context.route("**/*", check)
    return elsewhere
