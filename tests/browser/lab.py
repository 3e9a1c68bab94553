"""A JupyterLab server of its own, and the waits that make a browser test reliable."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from layerlab.cli.lab import SETTINGS

TOKEN = "browser-test"
START_TIMEOUT = 240.0  # seconds: on a busy machine a server takes minutes
KERNEL_TIMEOUT = 60_000  # milliseconds, as playwright counts
# The indicator in the toolbar says "idle" before there is a kernel; a Run All at that moment is dropped.
KERNEL_IS_READY = """() => {
    const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const kernel = context?.session?.kernel;
    return context?.isReady && kernel?.connectionStatus === "connected" && kernel?.status === "idle";
}"""
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address and the folder that it serves."""

    url: str
    root: Path

    def page_of(self, name: str) -> str:
        """The address of the notebook `name`, in a workspace without a past."""
        return f"{self.url}/lab/tree/{name}?token={TOKEN}&reset"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    """The environment of a user who has never started Jupyter."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
    return inherited | {
        "HOME": str(home),
        "JUPYTER_CONFIG_PATH": str(SETTINGS),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def running_lab(root: Path, home: Path) -> Iterator[Server]:
    """Serve `root` with JupyterLab; `home` takes all that the server writes."""
    # JupyterLab's own folder may have settings of another program.
    settings = home / "app-settings"
    settings.mkdir(parents=True)
    options = [f"--LabApp.app_settings_dir={settings}", "--expose-app-in-browser"]
    with running("jupyterlab", root, home, *options) as server:
        yield server


@contextmanager
def running(module: str, root: Path, home: Path, *options: str, ready: str = "/api/status") -> Iterator[Server]:
    """Serve `root` with a Jupyter server that is started as a module; it answers at the path `ready` once it is up."""
    home.mkdir(exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", module, "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"]
    command += options
    if os.getuid() == 0:
        command.append("--allow-root")
    log = home / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment(home), stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(f"{url}{ready}?token={TOKEN}", process, log)
            yield Server(url, root)
        finally:
            process.terminate()
            process.wait(timeout=30)


def open_and_run_all(page: Page, server: Server, name: str) -> None:
    """Open the notebook `name` of the server's folder and return when all its cells have run."""
    open_notebook(page, server, name)
    page.evaluate(RUN_ALL)


def open_notebook(page: Page, server: Server, name: str) -> None:
    """Open the notebook `name` of the server's folder and return when its kernel can run cells."""
    page.goto(server.page_of(name))
    page.wait_for_function(KERNEL_IS_READY, timeout=KERNEL_TIMEOUT)


def dark(page: Page) -> None:
    """Change to JupyterLab's dark theme."""
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    expect(page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
