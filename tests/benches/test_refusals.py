"""What a bench refuses and how that looks, and what its buttons say before anyone has pressed them."""

from typing import Any

import pytest

from layerlab import Host, Layer, Symlink, filler, scratch
from layerlab.benches.bench_view import label
from layerlab.benches.example import CATALOG, SITE
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.verbs import BUTTONS, VERBS, Act
from layerlab.benches.xray_bench import LAYERS_SAID, XRay
from tests.benches.paged import page
from tests.benches.test_bench import after
from tests.benches.test_words import INSIDE

STOPPED = (
    "Refused: Docker says “Container web is not running”. "
    "Start it first; docker cp alone copies files into and out of a stopped container."
)
# A method has the word of its button, but for these, whose buttons say what is written and read.
METHODS = {"Write": ("append", "write"), "Read": ("read", "listdir"), "Change": ("chmod",), "Make": ("write", "mkdir")}


@pytest.mark.parametrize("verb", INSIDE)
def test_nothing_is_done_inside_a_stopped_container(verb: str) -> None:
    table = after("run", "stop")
    table.do(verb)
    assert STOPPED == table.now.sentence
    assert 2 == len(table.acts)


def test_a_stopped_container_is_committed_started_and_removed() -> None:
    table = after("run", "append", "stop", "commit", "start", "stop", "remove")
    assert ["shop", "web-image"] == list(table.host.images)
    assert not table.host.containers


@pytest.mark.parametrize("kind", ["stack", "container", "path", "sharing", "xray", "build"])
def test_a_refusal_looks_like_one_on_every_bench(kind: str) -> None:
    table: Any = bench(kind)
    assert 'class="refused"' not in table.status
    acts = {
        "stack": lambda: table.do("append"),
        "container": lambda: table.do("append", path=SITE),
        "sharing": lambda: table.run(1_001),
        "xray": lambda: table.show("Bytes"),
        "build": lambda: table.move(1, 2),
    }
    if kind == "path":
        table = bench("path", scratch.with_layer(Layer.of({"a": Symlink("a"), "b": b"1"})))
        table.choose("a")
    else:
        acts[kind]()
    assert '<p class="refused"' in table.status
    assert "✕ </span>Refused: " in table.status
    assert '<p class="refused"' in table.widget.markup


def test_an_unknown_verb_is_answered_as_an_unknown_bench_is() -> None:
    with pytest.raises(ValueError, match="no verb is called 'nope': take one of add-files"):
        after().do("nope")
    with pytest.raises(ValueError, match="no bench is called 'nope': take one of stack"):
        bench("nope")


def test_a_path_may_start_with_a_slash_everywhere() -> None:
    table = after("run")
    table.do("append", path=f"/{CATALOG}")
    assert f'web.append("{CATALOG}", b"!")' == table.transcript[-1].python
    table.do("add-deletion", path=f"/{CATALOG}")
    assert table.now.sentence.startswith("The new layer hides 20.0 MB")
    finder = bench("path")
    finder.choose("/bin/sh")
    assert ("bin/sh", "docker exec web stat -L /bin/sh") == (finder.now.path, finder.transcript[-1].docker)


def test_what_the_list_of_paths_shows_is_where_the_picture_goes() -> None:
    finder = bench("path")
    assert "/bin/sh, a link to /bin/dash" in [each.text for each in page(finder).iter("option")]
    finder.choose("bin/sh")
    finder.to_end()
    assert "/bin/dash" in finder.scene.title


def test_the_mode_of_a_directory_is_changed_in_the_thin_layer() -> None:
    table = after("run")
    table.do("chmod", path=SITE)
    moved = "Into web's thin layer: 2 directories. Cost: 0 B. A directory is copied without the files in it."
    assert moved == table.now.sentence


def test_a_layer_changes_no_directory_and_the_file_behind_a_symlink() -> None:
    image = scratch.with_layer(Layer.of({"srv/data": filler(2_000), "srv/link": Symlink("data")}), "COPY . /srv")
    host = Host()
    host.add(image, "shop")
    table: StackBench = bench("stack", host=host)
    table.do("add-change", path="srv/")
    assert "Refused: /srv is a directory. Take a file in it, or delete the tree." == table.now.sentence
    table.do("add-change", path="srv/link")
    top = table.host.images["shop"].layers[-1].entries.items()
    assert {"srv/data": 2_001} == {path: each.size for path, each in top if each.kind != "directory"}
    assert "symlink" == table.host.images["shop"].view()["srv/link"].kind


@pytest.mark.parametrize("key", BUTTONS)
def test_a_tooltip_is_a_docker_command_and_says_nothing_of_bytes(key: str) -> None:
    verb = BUTTONS[key]
    assert verb.tooltip == "" or verb.tooltip.startswith("In Docker: ")
    assert verb.costs not in verb.tooltip
    if len(verb.takes) < 2 or "path" in verb.takes:
        buttons = page(bench("stack", verbs=[key], steps=False)).iter("button")
        assert [verb.tooltip] == [each.get("title", "") for each in buttons if each.get("data-press") == key]


@pytest.mark.parametrize("key", INSIDE)
def test_a_verb_has_one_name_on_its_button_in_python_and_as_a_method(key: str) -> None:
    verb = VERBS[key]
    word = label(verb, "").split()[0]
    methods = METHODS.get(word, (word.lower(),))
    forms = [verb.forms.python, *([verb.tree.python] if verb.tree else [])]
    assert all(any(f".{method}(" in form for method in methods) for form in forms)


def test_no_control_is_named_that_is_not_there() -> None:
    table = after("run")
    for verb in ("remove", "remove-image", "run-layer", "write-image"):
        table.do(verb)
        assert "force=True" not in table.now.sentence


def test_the_x_ray_opens_without_naming_a_culprit() -> None:
    assert LAYERS_SAID == XRay().sentence
    assert "layer 8" not in XRay().status


def test_a_container_runs_a_command_where_its_image_has_none() -> None:
    image = scratch.with_layer(Layer.of({"bin/sleep": b"#!"}), "COPY sleep /bin/")
    table: StackBench = bench("stack", image=image)
    table.do("run")
    assert "docker run --detach --name web image sleep infinity" == table.transcript[-1].docker
    assert "docker run --detach --name web shop" == after("run").transcript[-1].docker
    nothing: StackBench = bench("stack", image=scratch.with_layer(Layer.of({}), ""))
    nothing.do("run")
    assert "Refused: image has no file, so no program that could start." in nothing.now.sentence


def test_an_earlier_container_of_a_name_is_not_the_one_that_is_run_later() -> None:
    host = after("run", "stop").host
    table: StackBench = bench("stack", host=host)
    for verb in ("start", "append", "stop", "remove", "run", "append"):
        table.do(verb)
    names: dict[str, Any] = {"host": after("run", "stop").host}
    exec(table.python, names)
    assert 20_000_001 == names["host"].containers["web"].size_rw
    assert Act("append").it == ""


def test_the_transcript_is_what_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(line: str, names: dict[str, Any]) -> None:
        ran.append(line)
        exec(line, names)

    monkeypatch.setattr("layerlab.benches.stack_bench.run", run)
    table = after("run", "append", "delete")
    assert [line.python for line in table.transcript] == ran
