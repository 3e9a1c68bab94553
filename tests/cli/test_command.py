import ast
import contextlib
import importlib.metadata
import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.requirements import Requirement

from layerlab import ArchiveError, EngineError, Host, Layer, LayerlabError, filler, load, scratch
from layerlab.cli import setup_check
from layerlab.cli.main import main
from layerlab.cli.setup_check import Finding
from tests.archive.build import config, digest, docker, dumps, member, oci, tar, write
from tests.engine_api.replies import Talker, listening

BASE = tar(member("usr/base", bytes(2_000_000)))
LOG = tar(member("var/log", bytes(500_000)))
CLEAN = tar(member("var/.wh.log"))
PAGE = tar(member("srv/page", bytes(1_000)))


@pytest.fixture
def shop(tmp_path: Path) -> str:
    history = [
        {"created_by": "/bin/sh -c #(nop) ADD rootfs.tar /"}, {"created_by": "ENV A=1", "empty_layer": True},
        {"created_by": "/bin/sh -c make   log\x1b[2J"}, {"created_by": "rm " + "x" * 200},
    ]  # fmt: skip
    documents = docker(BASE, LOG, CLEAN)
    item = {"Config": "it.json", "RepoTags": ["shop:1"], "Layers": ["0/layer.tar", "1/layer.tar", "2/layer.tar"]}
    documents |= {"it.json": config(BASE, LOG, CLEAN, history=history), "manifest.json": dumps([item])}
    return str(write(tmp_path / "shop.tar", documents))


@pytest.fixture
def page(tmp_path: Path) -> str:
    return str(write(tmp_path / "page.tar", docker(BASE, PAGE, RepoTags=["page:1"])))


def test_inspect_shows_layers_what_made_them_and_their_dead_bytes(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["inspect", shop])
    out = capsys.readouterr().out
    base, log, clean = (digest(layer)[7:19] for layer in (BASE, LOG, CLEAN))
    lines = [
        "LAYER     SIZE    DEAD  DIFF ID       CREATED BY",
        f"    0  2.00 MB     0 B  {base}  ADD rootfs.tar /",
        f"    1   500 kB  500 kB  {log}  make log\\x1b[2J",
        f"    2      0 B     0 B  {clean}  rm {'x' * 44}...",
        "TOTAL  2.50 MB  500 kB",
    ]
    assert "\n".join(lines) in out
    assert "shop:1\n" in out
    assert "  platform  linux/amd64\n" in out
    assert "500 kB  layer 1  layer 2 (whiteout)  var/log\n" in out


class Terminal(io.StringIO):
    """A terminal, and what it has been sent."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_says_how_far_reading_has_come_and_is_gone_before_the_result(
    shop: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr("layerlab.cli.terminal.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert 0 == main(["inspect", shop])
    first, *others = terminal.getvalue().split("\r\x1b[K")
    assert "" == first
    assert f"reading {'#' * 30} 2.51 MB of 2.51 MB" in others
    assert ["accounting for every byte", ""] == others[-2:]
    assert 0 == main(["usage", shop])
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "\r" not in capsys.readouterr().out


def test_where_there_is_no_terminal_no_bar_is_drawn(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["inspect", shop])
    assert "" == capsys.readouterr().err


def test_inspect_as_json_says_all_in_bytes(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["inspect", shop, "--json"])
    (image,) = json.loads(capsys.readouterr().out)["images"]
    assert (["shop:1"], 2_500_000, 500_000) == (image["names"], image["size"], image["dead_size"])
    assert [digest(layer) for layer in (BASE, LOG, CLEAN)] == [layer["diff_id"] for layer in image["layers"]]
    assert [0, 500_000, 0] == [layer["dead"] for layer in image["layers"]]
    assert [{"path": "var/log", "bytes": 500_000, "layer": 1, "by": 2, "reason": "whiteout"}] == image["dead"]


def test_an_image_without_a_name_is_shown_as_docker_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["inspect", str(write(tmp_path / "it.tar", oci(PAGE)))])
    assert capsys.readouterr().out.startswith("<none>\n")


def test_the_columns_of_usage_add_up(shop: str, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["usage", shop, page])
    table = [line.split() for line in capsys.readouterr().out.split("\n\n")[0].splitlines()]
    assert ["IMAGE", "SIZE", "SHARED", "UNIQUE", "FAIR"] == table[0]
    assert ["shop:1", "page:1", "TOTAL"] == [row[0] for row in table[1:]]
    for column in range(1, 8, 2):
        first, second, total = (float(row[column]) * (1_000 if row[column + 1] == "MB" else 1) for row in table[1:])
        assert round(total, 3) == round(first + second, 3)


def test_usage_as_json_counts_shared_layers_once(shop: str, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["usage", shop, page, "--json"])
    usage = json.loads(capsys.readouterr().out)
    assert 2_000_000 + 500_000 + 1_000 == usage["disk"] == sum(image["fair"] for image in usage["images"])
    assert [2_000_000] * 2 == [image["shared"] for image in usage["images"]]
    assert [500_000, 1_000] == [image["unique"] for image in usage["images"]]


def test_usage_takes_a_pipe_as_inspect_does(
    shop: str, page: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(page).open("rb") as pipe:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=pipe, isatty=lambda: False))
        assert 0 == main(["usage", shop, "-", "--json"])
    assert 2_000_000 + 500_000 + 1_000 == json.loads(capsys.readouterr().out)["disk"]


@pytest.mark.parametrize("name", ["docker:", "podman:", "registry:Shop"])
def test_usage_says_of_a_name_what_inspect_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["inspect", name])
    said = capsys.readouterr().err
    assert 1 == main(["usage", name])
    assert said == capsys.readouterr().err
    assert said.startswith(f"layerlab: {name}")


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_a_file_may_be_called_as_an_engine_is(
    name: str, page: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(page).parent)
    Path(page).rename(name)
    assert 0 == main(["inspect", name])
    assert capsys.readouterr().out.startswith("page:1\n")


def test_usage_without_archives_is_that_of_an_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    host = Host()
    base = scratch.with_layer(Layer.of({"usr/base": filler(20_000_000)}))
    host.add(base, "base")
    host.add(base.with_layer(Layer.of({"srv/page": filler(5_000_000)})), "shop")
    host.run("shop", name="web").append("usr/base", b"!")
    with listening(Talker(host), tmp_path) as address:
        assert 0 == main(["usage", "--engine", address])
        text = capsys.readouterr().out
        assert 0 == main(["usage", "--engine", address, "--json"])
        told = json.loads(capsys.readouterr().out)
    lines = [
        "IMAGE     SIZE   SHARED   UNIQUE     FAIR",
        "base   20.0 MB  20.0 MB      0 B  10.0 MB",
        "shop   25.0 MB  20.0 MB  5.00 MB  15.0 MB",
        "TOTAL  45.0 MB  40.0 MB  5.00 MB  25.0 MB",
        "",
        "   THIN  VIRTUAL  CONTAINER  STATE    IMAGE",
        "20.0 MB  45.0 MB  web        running  shop",
        "20.0 MB  45.0 MB  TOTAL",
        "",
        "On disk: 25.0 MB, each layer once, and thin layers of 20.0 MB: 45.0 MB in all.",
        "FAIR splits a shared layer among its images and adds up to it.",
        "sizes as Docker 1.2 counts them: a layer's files; not counted: logs",
    ]
    assert lines == text.splitlines()
    assert ("Docker 1.2", 25_000_000, 45_000_001) == (told["engine"], told["disk"], told["total"])
    assert [("web", 20_000_001, 45_000_001)] == [
        (row["name"], row["size_rw"], row["virtual_size"]) for row in told["containers"]
    ]


def test_on_a_terminal_a_line_says_which_engine_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with listening(Talker(Host()), tmp_path) as address:
        assert 0 == main(["usage", "--engine", address])
    assert "\r\x1b[Kasking Docker 1.2\r\x1b[K" == terminal.getvalue()


def test_no_engine_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["usage", "--engine", "/no/such.sock"])
    out, error = capsys.readouterr()
    assert ("", 1) == (out, error.count("\n"))
    assert error.startswith("layerlab: no engine answers at unix:///no/such.sock (No such file or directory): start ")


def test_an_image_without_a_name_goes_by_its_id_in_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["usage", str(write(tmp_path / "it.tar", oci(PAGE)))])
    assert digest(config(PAGE))[7:19] in capsys.readouterr().out


@pytest.mark.parametrize("command", [["inspect"], ["usage"], ["inspect", "--json"]])
def test_bad_input_is_one_line_on_standard_error(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.tar"
    path.write_bytes(b"x" * 5000)
    assert 1 == main([*command, str(path)])
    captured = capsys.readouterr()
    assert ("", f"layerlab: {path}: byte 0: no tar header: it has no checksum\n") == captured


def run(*arguments: str, out: Any = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-W", "error", "-m", "layerlab", *arguments]
    return subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)


def test_a_refusal_names_the_limit_that_an_option_raises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(tmp_path / "it.tar", docker(tar(member("a"), member("b")))))
    for command in ("inspect", "usage"):
        assert 1 == main([command, "--limit", "entries=2", path])
        said = capsys.readouterr().err
        assert "more than 2 entries: if you trust it, load it with larger limits (--limit entries=NUMBER)" in said
        assert 0 == main([command, "--limit", "values=1000", "--limit", "entries=9", path])


@pytest.mark.parametrize("limit", ["entry=9", "entries", "entries=-1", "entries=x"])
def test_a_limit_that_is_none_is_a_usage_error(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["inspect", "--limit", limit, "it.tar"])
    assert "entries" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error_to_tell(shop: str) -> None:
    process = run("inspect", shop, "--json")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert b"" == process.stderr.read()
    process.stderr.close()
    assert 1 == process.wait()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no disk that is always full")
def test_output_that_has_no_room_is_told_in_one_line(shop: str) -> None:
    with open("/dev/full", "wb") as full:
        process = run("inspect", shop, "--json", out=full)
    _, errors = process.communicate()
    assert (1, b"layerlab: the output: No space left on device\n") == (process.returncode, errors)


def test_a_file_that_shrinks_while_it_is_inspected_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tar(member("srv/page", b"a"))
    path = write(tmp_path / "it.tar", docker(page, tar(member("srv/page", b"b", mode=0o600))))

    def cut(path: str, *others: Any) -> Any:
        images = load(path, *others)
        os.truncate(path, 0)
        return images

    monkeypatch.setattr("layerlab.cli.opening.load", cut)
    assert 1 == main(["inspect", str(path)])
    assert ("", f"layerlab: {path}: the file that was loaded has become shorter: no byte at 1,024\n") == (
        capsys.readouterr()
    )


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes them")
@pytest.mark.parametrize("command", ["inspect", "usage"])
def test_without_any_output_a_command_only_tells_whether_it_went_well(shop: str, command: str) -> None:
    closed = f'exec "{sys.executable}" -m layerlab {command} "$0" >&- 2>&-'
    assert [0, 1] == [subprocess.run(["sh", "-c", closed, path], check=False).returncode for path in (shop, "none")]


def test_letters_that_the_output_has_not_are_printed_as_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    layers = [tar(member("é/日", data)) for data in (b"a", b"bc")]
    out, errors = run("inspect", str(write(tmp_path / "it.tar", docker(*layers)))).communicate()
    assert b"" == errors
    assert b"  \xe9/\\u65e5\n" in out


def test_help_teaches_with_an_example() -> None:
    out, errors = run("--help").communicate()
    assert b"docker save coreos/apache -o apache.tar" in out
    assert b"" == errors


def test_no_command_is_a_usage_error() -> None:
    process = run()
    assert b"usage: layerlab" in process.communicate()[1]
    assert 2 == process.returncode


def test_colour_is_for_terminals_alone(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["usage", shop])
    assert "\x1b" not in capsys.readouterr().out


def test_check_reports_each_finding_and_fails_with_the_first_that_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found() -> Iterator[Finding]:
        yield Finding("Python", True, "3.12.1")
        yield Finding("an engine", False, "none answers", needed=False)
        yield Finding("matplotlib", False, "No module named 'matplotlib'")

    monkeypatch.setattr("layerlab.cli.setup_check.findings", found)
    assert 1 == main(["check"])
    out = capsys.readouterr().out
    assert (
        "ok  Python          3.12.1\n-   an engine       none answers (only for what is on your own machine)\n" in out
    )
    assert "NO  matplotlib      No module named 'matplotlib'\nNot ready: " in out


def test_this_set_up_can_run_the_lessons() -> None:
    found = list(setup_check.findings())
    whats = [finding.what for finding in found]
    assert {"anywidget", "ipywidgets", "jupyterlab", "lazy-loader", "matplotlib", "docker"} <= set(whats)
    assert ["Python", "a kernel", "an engine"] == [whats[0], *whats[-2:]]
    assert all(finding.works for finding in found if finding.needed)
    assert [False] == [finding.needed for finding in found if finding.what == "an engine"]


@pytest.fixture
def needing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return what tells what `check` finds where the lessons require one package."""

    def tell(requirement: str) -> str:
        monkeypatch.setattr(setup_check, "_requirements", lambda: [Requirement(requirement)])
        finding = list(setup_check.findings())[1]
        assert not finding.works
        return finding.detail

    monkeypatch.setattr(setup_check, "_kernel", lambda: "starts")
    return tell


def test_a_package_that_is_missing_is_found_out(needing: Callable[[str], str]) -> None:
    assert "No package metadata was found for no-such-package; needs >=1" == needing("no-such-package>=1")


def test_a_package_that_is_too_old_is_found_out_with_the_cells_that_fail(needing: Callable[[str], str]) -> None:
    told = needing("matplotlib>=99")
    version = importlib.metadata.version("matplotlib")
    assert told.startswith(f"{version} is here; needs >=99; cells that fail: ")
    # Plots are some of the code cells of lesson 03, and lesson 01 has none.
    assert re.search(r": \d of \d+ in 03, ", told)
    assert " in 01" not in told
    cards = needing("ipywidgets>=99")
    assert re.search(r"\d of \d+ in exit-ticket", cards)
    assert [] == [number for number in ("00", "01", "02", "03", "04", "05") if f" in {number}" not in cards]


def test_a_requirement_of_another_system_is_not_looked_for() -> None:
    stated = importlib.metadata.requires("layerlab") or []
    assert any("extra == 'dev'" in line for line in stated)
    assert "ruff" not in [need.name for need in setup_check._requirements()]


@pytest.mark.parametrize(("error", "python"), [(ArchiveError, ValueError), (EngineError, RuntimeError)])
def test_an_error_of_its_own_is_an_error_of_python_too(error: type[Exception], python: type[Exception]) -> None:
    assert issubclass(error, LayerlabError)
    assert issubclass(error, python)


def test_an_engine_that_does_not_answer_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["usage", "--engine", "/no/such.sock"])
    assert ["layerlab: no engine answers at unix:///no/such.sock (No such file or directory)"] == [
        line.rpartition(":")[0] for line in capsys.readouterr().err.splitlines()
    ]


def test_help_waits_for_nothing_that_it_does_not_need() -> None:
    script = (
        "import contextlib, sys; from layerlab.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(['inspect', '--help'])\n"
        "print(sorted(name for name in sys.modules if name.startswith('layerlab.')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [f"layerlab.{name}" for name in ("cli", "cli.main", "model", "model.layerlab_error")] == ast.literal_eval(
        done.stderr
    )


def test_looking_into_a_file_waits_for_no_client_of_an_engine_or_a_registry() -> None:
    script = (
        "import sys; from layerlab.cli.main import main\n"
        "main(['inspect', 'no-such-file.tar'])\n"
        "print(*sorted(name for name in sys.modules if name.startswith('layerlab.engines.')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [f"layerlab.engines.{name}" for name in ("anywhere", "engine_error", "prefixes")] == done.stdout.split()


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", "a\x1b[2J.tar"],
        ["inspect", "a.tar", "b\x1b[2J.tar"],
        ["lab", "--folder", "/dev/null/\x1b[2J"],
        ["present", "\x1b[2J"],
    ],
)
def test_no_error_contains_what_a_terminal_obeys(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        main(words)
    error = capsys.readouterr().err
    assert "\x1b" not in error
    assert r"\x1b[2J" in error
