"""Let many learners work at once on a real JupyterHub of this machine, and print what failed and what it took.

`make hub` runs this in a virtual environment of its own. Each learner logs in, starts a server, opens two lessons, runs
their cells over the kernel's websocket, presses buttons of benches and cards, and pauses to read, as a person does.
Memory is PSS, the proportional share: a page that several processes have counts once in the sum of all processes. It
depends little on the machine. Seconds depend on it, and on what else it does, so the load is printed beside them.
"""

import argparse
import asyncio
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from typing import Any

from nbformat import NotebookNode
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, WebSocketError, websocket_connect

from tools.outputs import differences
from tools.rebuild import NOTEBOOKS, WIDGET_VIEW, read

LESSONS = ("02-what-does-a-container-add", "04-where-did-the-bytes-go")
PROXY = NOTEBOOKS.parent / "build" / "hub" / "node_modules" / ".bin" / "configurable-http-proxy"
# A reader of lessons, and the seconds to think before a card is answered or a button pressed.
WORDS_A_MINUTE = 170
THINKS = 8.0
PRESSES = 3
# Nothing may take longer: a machine of two cores starts thirty servers one after the other.
PATIENCE = 900.0  # seconds
MIB = 1 << 20
CONFIG = """
import os, shutil
from pathlib import Path
c = get_config()
home = Path({home!r})
c.JupyterHub.bind_url = {url!r}
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = str(home / "cookie")
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {token!r}
c.Authenticator.allow_all = True
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.pid_file = str(home / "proxy.pid")
# A server is a process of this user with a home of its own. Rights of files separate nobody here, as on Kubernetes.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(home / "homes" / "{{username}}")
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
# What grades is installed beside, and would take ten seconds of each start.
c.Spawner.args = [
    f"--ServerApp.jpserver_extensions=nbgrader.server_extensions.{{name}}=False"
    for name in ("formgrader", "validate_assignment", "assignment_list", "course_list")
] + (["--allow-root"] if os.getuid() == 0 else [])
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience}
c.JupyterHub.load_roles = [
    dict(name="load", scopes=["admin:users", "admin:servers", "tokens", "list:users"], services=["load"])]
c.JupyterHub.services = [dict(name="load", api_token={token!r})]

def lessons(spawner):
    there = home / "homes" / spawner.user.name
    there.mkdir(parents=True, exist_ok=True)
    for path in Path({notebooks!r}).glob("*.ipynb"):
        shutil.copy(path, there)

c.Spawner.pre_spawn_hook = lessons
"""


@dataclass
class Memory:
    """The most that a learner's server and kernels took at one moment, in bytes, each for itself."""

    server: int = 0
    kernels: list[int] = field(default_factory=list)

    @property
    def whole(self) -> int:
        """All processes of the learner."""
        return self.server + sum(self.kernels)


@dataclass
class Learner:
    """What one learner did and saw: seconds, failures in a line each, and memory."""

    name: str
    started: float = 0.0
    first_cell: float = 0.0
    whole: float = 0.0
    cells: int = 0
    pressed: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    resident: int = 0
    busy_at_first: float = 0.0
    busy: float = 0.0


# ---------------------------------------------------------------------------------------------------------- processes


def proportional(pid: int) -> tuple[int, int]:
    """Return the proportional and the resident memory of a process in bytes, zero of one that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0, 0
    amounts = dict(re.findall(r"^(Pss|Rss): +(\d+) kB$", text, re.MULTILINE))
    return int(amounts.get("Pss", 0)) * 1024, int(amounts.get("Rss", 0)) * 1024


def busy(pid: int) -> float:
    """Return the seconds of processor time that a process has taken, zero of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that still run."""
    try:
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _children_of(task)]
    except OSError:
        return []


def _children_of(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _user(pid: int) -> str:
    try:
        found = re.search(r"\0?JUPYTERHUB_USER=([^\0]*)", Path(f"/proc/{pid}/environ").read_text())
    except OSError:
        return ""
    return found[1] if found else ""


class Watch:
    """Looks at the memory of a hub, its proxy, and each learner's server and kernels, again and again."""

    def __init__(self, hub: int, learners: Sequence[Learner]) -> None:
        self._hub, self._learners = hub, {learner.name: learner for learner in learners}
        self.hub = self.proxy = self.most = 0

    async def look(self, seconds: float = 3.0) -> None:
        """Look until this is cancelled."""
        while True:
            self.once()
            await asyncio.sleep(seconds)

    def once(self) -> None:
        """Look now, and keep what is more than was seen before."""
        whole, _ = proportional(self._hub)
        self.hub = max(self.hub, whole)
        for child in children(self._hub):
            taken, resident = proportional(child)
            whole += taken
            if learner := self._learners.get(_user(child)):
                pids = [kernel for kernel in children(child) if "ipykernel" in _command(kernel)]
                kernels = [proportional(kernel) for kernel in pids]
                whole += sum(kernel for kernel, _ in kernels)
                now = Memory(taken, [kernel for kernel, _ in kernels])
                learner.memory = max(learner.memory, now, key=lambda memory: memory.whole)
                learner.resident = max(learner.resident, resident + sum(kernel for _, kernel in kernels))
                learner.busy = max(learner.busy, sum(map(busy, [child, *pids])))
                if not learner.first_cell:
                    learner.busy_at_first = learner.busy
            elif "proxy" in _command(child):
                self.proxy = max(self.proxy, taken)
        self.most = max(self.most, whole)


# ----------------------------------------------------------------------------------------------------------- the hub


@asynccontextmanager
async def running(folder: Path, proxy: Path) -> AsyncIterator[tuple[str, str, int]]:
    """Run a hub in a folder; yield its address, the token that may do all, and its process."""
    port, hub_port, api_port = (_free_port() for _ in range(3))
    url, token = f"http://127.0.0.1:{port}", secrets.token_hex(16)
    facts = {
        "home": str(folder), "url": url, "hub_port": hub_port, "api_port": api_port, "token": token,
        "proxy": str(proxy), "python": sys.executable, "notebooks": str(NOTEBOOKS), "patience": int(PATIENCE),
    }  # fmt: skip
    config = folder / "jupyterhub_config.py"
    config.write_text(CONFIG.format(**facts))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    with (folder / "log.txt").open("wb") as log:
        hub = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            cwd=folder, env=kept | {"CONFIGPROXY_AUTH_TOKEN": token}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            await _answers(f"{url}/hub/api/", hub, folder / "log.txt")
            yield url, token, hub.pid
        finally:
            # The hub then stops its proxy and all servers, and they their kernels.
            hub.send_signal(signal.SIGTERM)
            await asyncio.to_thread(hub.wait, 120)


async def _answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            await AsyncHTTPClient().fetch(url)
            return
        except (OSError, HTTPClientError):
            await asyncio.sleep(0.2)
    raise RuntimeError(f"the hub did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --------------------------------------------------------------------------------------------------------- a learner


class Client:
    """Asks a hub, and the server of one learner, with that learner's token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"token {token}"}

    async def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Return what was answered, from JSON where it is JSON."""
        said = await self._fetch(path, method, body)
        return json.loads(said.body or "null") if "json" in said.headers.get("Content-Type", "") else said.body

    async def _fetch(self, path: str, method: str, body: object) -> HTTPResponse:
        sent = None if method in ("GET", "DELETE") else json.dumps(body)
        return await AsyncHTTPClient().fetch(self._request(self.url + path, method=method, body=sent))

    def _request(self, address: str, **facts: Any) -> HTTPRequest:
        return HTTPRequest(address, headers=self.headers, request_timeout=PATIENCE, connect_timeout=PATIENCE, **facts)

    async def connect(self, path: str) -> WebSocketClientConnection:
        """Return an open websocket."""
        request = self._request(self.url.replace("http", "ws", 1) + path)
        return await websocket_connect(request, max_message_size=64 * MIB)


class Kernel:
    """One kernel as a page knows it: cells are run in it, and pressed widgets answer."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket, self._session = socket, uuid.uuid4().hex
        self.markup: dict[str, str] = {}
        # Tracebacks of what a press started: no cell is there to show them.
        self.complaints: list[str] = []

    def _message(self, kind: str, content: object) -> dict[str, Any]:
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self._session, "username": "", "version": "5.3",
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }  # fmt: skip
        return {
            "header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell",
            "buffers": [],
        }  # fmt: skip

    async def _heard(self, message: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Send a message, and yield each one that comes from it, to the last."""
        await self._socket.write_message(json.dumps(message))
        wanted = message["header"]["msg_id"]
        replied, idle = message["header"]["msg_type"] == "comm_msg", False
        while not (replied and idle):
            raw = await asyncio.wait_for(self._socket.read_message(), PATIENCE)
            if raw is None:
                raise ConnectionError("the connection to the kernel was closed")
            got = json.loads(raw) if isinstance(raw, str) else _unpacked(raw)
            self._see(got)
            if got["parent_header"].get("msg_id") == wanted:
                kind = got["header"]["msg_type"]
                replied = replied or kind.endswith("_reply")
                idle = idle or (kind == "status" and got["content"]["execution_state"] == "idle")
                yield got

    def _see(self, got: dict[str, Any]) -> None:
        content = got["content"]
        if got["header"]["msg_type"] in ("comm_open", "comm_msg"):
            state = content["data"].get("state", {})
            if "markup" in state:
                self.markup[content["comm_id"]] = state["markup"]

    async def ready(self) -> None:
        """Wait until the kernel answers."""
        async for _ in self._heard(self._message("kernel_info_request", {})):
            pass

    async def run(self, code: str) -> tuple[int, list[dict[str, Any]]]:
        """Run a cell; return its number and its outputs as a notebook keeps them."""
        asked = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
        count, outputs = 0, list[dict[str, Any]]()
        async for got in self._heard(self._message("execute_request", asked)):
            kind, content = got["header"]["msg_type"], got["content"]
            if kind == "execute_reply":
                count = content["execution_count"]
            elif kind == "stream":
                last = outputs[-1] if outputs else {}
                if last.get("output_type") == "stream" and last["name"] == content["name"]:
                    last["text"] += content["text"]
                else:
                    outputs.append({"output_type": kind, **content})
            elif kind in ("execute_result", "display_data", "error"):
                outputs.append({"output_type": kind, **content})
        return count, outputs

    async def press(self, comm: str, key: str, form: dict[str, str | bool]) -> float:
        """Press what has this key on a widget's page that is filled in so; return the seconds to the last answer."""
        begin = time.monotonic()
        data = {"method": "custom", "content": {"press": key, "form": form}}
        async for got in self._heard(self._message("comm_msg", {"comm_id": comm, "data": data})):
            content = got["content"]
            if got["header"]["msg_type"] == "error":
                self.complaints.append(f"{key}: {content['ename']}: {content['evalue']}")
            elif got["header"]["msg_type"] == "stream" and "Traceback" in content["text"]:
                self.complaints.append(f"{key}: {content['text'].splitlines()[-1]}")
        return time.monotonic() - begin


class Controls(HTMLParser):
    """What a widget's page lets one press, and what is filled in there, as the page sends it with each press.

    >>> page = Controls('<select name="of"><option value="a">A</option></select><button data-press="run">Run</button>')
    >>> page.keys, page.form
    (['run'], {'of': 'a'})
    >>> Controls('<button data-press="back" aria-disabled="true">Back</button>').keys
    []
    """

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.keys: list[str] = []
        self.form: dict[str, str | bool] = {}
        self._select = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what one tag says."""
        facts = {name: value or "" for name, value in attrs}
        name, key = facts.get("name", ""), facts.get("data-press")
        off = "disabled" in facts or facts.get("aria-disabled") == "true"
        if tag == "button" and key and not off and key not in self.keys:
            self.keys.append(key)
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in facts or self._select not in self.form):
            self.form[self._select] = facts.get("value", "")
        elif tag == "input" and facts.get("type") == "checkbox":
            self.form[name] = "checked" in facts
        elif tag == "input" and (facts.get("type") != "radio" or "checked" in facts):
            self.form[name] = facts.get("value", "")


def _unpacked(raw: bytes) -> dict[str, Any]:
    """Return a message that has buffers beside it: their offsets come first, and the first of them is the message."""
    count = int.from_bytes(raw[:4], "big")
    ends = [int.from_bytes(raw[4 + 4 * place : 8 + 4 * place], "big") for place in range(count)] + [len(raw)]
    got: dict[str, Any] = json.loads(raw[ends[0] : ends[1]])
    return got


def paused(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, float]]:
    """Yield each code cell that has code, with the seconds that a person reads and thinks before running it.

    >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    >>> text, code = new_markdown_cell("one word " * 85), new_code_cell("1")
    >>> [seconds for _, seconds in paused(new_notebook(cells=[text, code]))]
    [68.0]
    """
    read_before = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            read_before += len(cell.source.split())
        elif cell.source.strip():
            yield cell, 60 * read_before / WORDS_A_MINUTE + THINKS
            read_before = 0


@dataclass
class Visit:
    """One learner's way through the lessons: whose it is, and how much faster than a person."""

    learner: Learner
    client: Client
    pace: float
    chance: random.Random

    async def go(self) -> None:
        """Log in, run the lessons, and note what fails."""
        begin = time.monotonic()
        try:
            await self._start()
            self.learner.started = time.monotonic() - begin
            for number, lesson in enumerate(LESSONS):
                await self.lesson(lesson, begin if number == 0 else None)
        except (OSError, HTTPClientError, WebSocketError, KeyError, ValueError) as error:
            self.learner.failures.append(f"{type(error).__name__}: {error}")
        self.learner.whole = time.monotonic() - begin

    @property
    def _server(self) -> str:
        return f"/user/{self.learner.name}"

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.chance.uniform(0.5, 1.5) / self.pace)

    async def _start(self) -> None:
        user = f"/hub/api/users/{self.learner.name}"
        await self.client.ask(f"{user}/server", "POST", {})
        deadline = time.monotonic() + PATIENCE
        while not (await self.client.ask(user))["servers"].get("", {}).get("ready"):
            if time.monotonic() > deadline:
                raise TimeoutError("the server was not ready in time")
            await asyncio.sleep(0.5)
        # What a browser asks for first: the page of JupyterLab.
        await self.client.ask(f"{self._server}/lab")

    async def lesson(self, lesson: str, begin: float | None = None) -> None:
        """Run all cells of a lesson in a kernel of its own. `begin` is when the learner came, for the first lesson."""
        notebook, path = read(NOTEBOOKS / f"{lesson}.ipynb"), f"{lesson}.ipynb"
        await self.client.ask(f"{self._server}/api/contents/{path}?content=1")
        asked = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = await self.client.ask(f"{self._server}/api/sessions", "POST", asked)
        address = (
            f"{self.client.url.replace('http', 'ws', 1)}{self._server}/api/kernels/{session['kernel']['id']}/channels"
        )
        request = HTTPRequest(address, headers=self.client.headers, request_timeout=PATIENCE, connect_timeout=PATIENCE)
        socket = await websocket_connect(request, max_message_size=64 * MIB)
        kernel, ran = Kernel(socket), dict[int, list[Any]]()
        await kernel.ready()
        for cell, seconds in paused(notebook):
            # The first cell is run as soon as there is a kernel: that moment is what is measured.
            if ran or begin is None:
                await self._pause(seconds)
            count, outputs = await kernel.run(cell.source)
            if not ran and begin is not None:
                self.learner.first_cell = time.monotonic() - begin
            ran[id(cell)] = [count, outputs]
            self.learner.cells += 1
            await self._presses(kernel, outputs)
        found = differences(notebook, [ran.get(id(cell)) for cell in notebook.cells])
        self.learner.failures += [f"{lesson}: {line}" for line in (*found, *kernel.complaints)]
        written = {"type": "notebook", "format": "json", "content": notebook}
        await self.client.ask(f"{self._server}/api/contents/{path}", "PUT", written)
        # A page that is left open keeps its kernel, so both kernels are there in the end.
        socket.close()

    async def _presses(self, kernel: Kernel, outputs: list[dict[str, Any]]) -> None:
        for comm in [view["model_id"] for output in outputs if (view := output.get("data", {}).get(WIDGET_VIEW))]:
            for _ in range(PRESSES):
                page = Controls(kernel.markup.get(comm, ""))
                if not page.keys:
                    break
                await self._pause(THINKS / 2)
                self.learner.pressed.append(await kernel.press(comm, self.chance.choice(page.keys), page.form))


# ------------------------------------------------------------------------------------------------------------- report


async def work(count: int, pace: float, arrive: float, proxy: Path) -> tuple[list[Learner], Watch]:
    """Let so many learners work at once on a hub of their own; return what each saw, and the memory."""
    AsyncHTTPClient.configure(None, max_clients=10_000, max_body_size=256 * MIB)
    with tempfile.TemporaryDirectory(prefix="layerlab-hub-", ignore_cleanup_errors=True) as folder:
        async with running(Path(folder), proxy) as (url, token, pid):
            learners = [Learner(f"learner-{number:02}") for number in range(1, count + 1)]
            watch, boss = Watch(pid, learners), Client(url, token)
            watching = asyncio.create_task(watch.look())
            visits = [asyncio.create_task(_visit(boss, learner, pace, arrive)) for learner in learners]
            await asyncio.gather(*visits)
            watch.once()
            watching.cancel()
    return learners, watch


async def _visit(boss: Client, learner: Learner, pace: float, arrive: float) -> None:
    user = f"/hub/api/users/{learner.name}"
    await boss.ask(user, "POST", {})
    token = (await boss.ask(f"{user}/tokens", "POST", {}))["token"]
    chance = random.Random(learner.name)
    await asyncio.sleep(chance.uniform(0, arrive))
    await Visit(learner, Client(boss.url, token), pace, chance).go()


def report(learners: Sequence[Learner], watch: Watch, loads: Sequence[float]) -> list[str]:
    """Return what was measured, a line each."""
    failures = [f"{learner.name}: {line}" for learner in learners for line in learner.failures]
    pressed = sorted(seconds for learner in learners for seconds in learner.pressed)
    cells = sum(learner.cells for learner in learners)
    return [
        f"{len(learners)} learners, {cells} cells run, {len(pressed)} presses, {len(failures)} failures",
        *(f"  {line}" for line in failures[:20]),
        _row("seconds to a server", [learner.started for learner in learners], "{:.1f}"),
        _row("seconds to the first cell", [learner.first_cell for learner in learners], "{:.1f}"),
        _row("seconds from a press to its answer", pressed, "{:.3f}"),
        _row("seconds in all", [learner.whole for learner in learners], "{:.0f}"),
        _row("processor's seconds to the first cell", [learner.busy_at_first for learner in learners], "{:.1f}"),
        _row("processor's seconds in all", [learner.busy for learner in learners], "{:.1f}"),
        _row("server, MiB", [learner.memory.server / MIB for learner in learners], "{:.0f}"),
        _row("a kernel, MiB", [kernel / MIB for learner in learners for kernel in learner.memory.kernels], "{:.0f}"),
        _row("a learner, MiB", [learner.memory.whole / MIB for learner in learners], "{:.0f}"),
        _row("a learner, resident, MiB", [learner.resident / MIB for learner in learners], "{:.0f}"),
        f"hub {watch.hub / MIB:.0f} MiB, proxy {watch.proxy / MIB:.0f} MiB, all together {watch.most / MIB:.0f} MiB",
        f"load of {os.cpu_count()} cores, before and after: " + ", ".join(f"{load:.1f}" for load in loads),
    ]


def _row(name: str, values: Sequence[float], form: str) -> str:
    if not values:
        return f"{name:38} none"
    ordered = sorted(values)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    said = (form.format(value) for value in (ordered[0], median(ordered), late, ordered[-1]))
    return f"{name:38} least {next(said)}, median {next(said)}, 95 % {next(said)}, most {next(said)}"


def main(arguments: list[str] | None = None) -> int:
    """Let learners work; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--pace", type=float, default=1.0, help="how many times faster than a person reads (1)")
    parser.add_argument("--arrive", type=float, default=0.0, help="the seconds within which all log in (0)")
    parser.add_argument("--proxy", type=Path, default=PROXY, help="the command of configurable-http-proxy")
    options = parser.parse_args(arguments)
    if not shutil.which(options.proxy):
        parser.error(f"there is no {options.proxy}: `make hub` fetches it with npm")
    before = os.getloadavg()[0]
    learners, watch = asyncio.run(work(options.learners, options.pace, options.arrive, options.proxy.absolute()))
    print("\n".join(report(learners, watch, [before, os.getloadavg()[0]])))
    return int(any(learner.failures for learner in learners))


if __name__ == "__main__":
    sys.exit(main())
