"""The X-ray's state, tested without a browser, and that its view only follows it."""

import io
import json
import re
import shlex
import tarfile
from hashlib import sha256
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets
import pytest
from traitlets import observe

from layerlab import WHITEOUT, ArchiveError, Image, Layer, Symlink, explain, filler, scratch, shop
from layerlab.benches import progress_bar as progress
from layerlab.benches.recipe import IN_A_STAGE
from layerlab.benches.xray_bench import SECRET, XRay, example
from layerlab.picture.shapes import Looks
from tests.benches.paged import controls, fill, page, press, texts


def test_the_example_has_dead_bytes_of_several_kinds_and_a_secret_that_was_deleted() -> None:
    bench = XRay()
    assert {"whiteout", "metadata", "overwritten"} == {row.reason for row in bench.report.dead}
    assert ["var/lib/shop/catalog.db", SECRET] == [row.path for row in bench.found]
    assert SECRET not in bench.image.view()


def test_a_deleted_file_is_read_from_the_layer_that_still_holds_it() -> None:
    bench = XRay()
    bench.read(1)
    assert "Files" == bench.now.tab
    assert "DB_PASSWORD=open sesame" in str(bench)
    assert "DB_PASSWORD=open sesame" in bench.shown(Looks())
    assert "Layer 8 hides /etc/deploy.env, but layer 5 contains it: see below." == bench.sentence


def test_the_line_of_python_that_is_shown_reads_the_same_bytes() -> None:
    bench = XRay()
    bench.read(1)
    line = next(line for line in str(bench).splitlines() if line.startswith("image."))
    assert b"DB_PASSWORD=open sesame\n" == eval(line, {"image": bench.image})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"text\n", "text"),
        (bytes(3), "00 00 00"),
        (b"\xff\xfe", "ff fe"),
        (b"a\x1b[2J", "61 1b 5b 32 4a"),
        (b"a\tb", "a\tb"),
    ],
)
def test_bytes_that_are_no_text_are_shown_in_hexadecimal(content: bytes, expected: str) -> None:
    bench = XRay(scratch.with_layer(Layer.of({"a": content})).with_layer(Layer.of({"a": WHITEOUT})))
    bench.read()
    assert expected in str(bench).splitlines()


def test_a_deleted_symlink_shows_its_target() -> None:
    bench = XRay(scratch.with_layer(Layer.of({"a": Symlink("there")})).with_layer(Layer.of({"a": WHITEOUT})))
    bench.read()
    assert "there" in str(bench).splitlines()
    line = next(line for line in str(bench).splitlines() if line.startswith("image."))
    assert "there" == eval(line, {"image": bench.image})


def test_only_the_first_bytes_of_a_large_file_are_read() -> None:
    bench = XRay()
    bench.read(0)
    assert len(str(bench)) < 4_000


def test_every_change_is_priced_on_the_image_that_it_makes() -> None:
    bench = XRay()
    for place, change in enumerate(bench.changes):
        bench.what_if(place)
        after = change.make()
        assert set(bench.image.view()) == set(after.view())
        dead = sum(layer.dead for layer in explain(after).layers)
        priced, _ = bench._after[place]
        assert (after.size, dead) == (priced.size, priced.dead)


MADE = scratch.with_layer(Layer.of({"bin/sh": b"sh"}), "ADD /").with_layer(Layer.of({"o": b"1"}), "RUN make")


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (MADE.with_layer(Layer.of({"o": WHITEOUT}), "RUN rm /o"), "RUN make && rm -r /o"),
        (
            MADE.with_layer(Layer.of({"o": WHITEOUT, "p": b"1"}), "RUN mv /o /p"),
            "RUN make && mv /o /p, for layers 1 to 2",
        ),
        (
            MADE.with_layer(Layer.of({"p": b"1"}), "COPY p /").with_layer(
                Layer.of({"o": WHITEOUT}), "RUN use && rm /o"
            ),
            IN_A_STAGE.format(1),
        ),
        (
            MADE.with_layer(Layer.of({"a": b"22"}), "COPY a /").with_layer(
                Layer.of({"a": WHITEOUT}), "RUN use /a && rm /a"
            ),
            IN_A_STAGE.format(2),
        ),
    ],
)
def test_a_line_is_proposed_only_where_no_step_may_have_read_the_file(image: Image, said: str) -> None:
    bench = XRay(image)
    assert said == bench.changes[0].recipe(bench.changed(0)).said


def test_squashing_all_ends_sharing_and_squashing_what_is_not_shared_keeps_it() -> None:
    bench = XRay()
    words = [change.words for change in bench.changes]
    bench.what_if(words.index("squash layers 4 to 8, and leave those that blog shares"))
    assert "on one disk with blog it takes 25.0 MB less" in bench.sentence
    bench.what_if(words.index("squash all layers into one"))
    assert "on one disk with blog it takes 269 MB more, because 294 MB are no longer shared." in bench.sentence


def test_an_image_on_the_base_of_another_may_squash_its_own_layers() -> None:
    base = shop("coreos/apache").images["coreos/apache"]
    bench = XRay(shop().images["shop"].with_layer(Layer.of({"a": b"1"})), base, "apache")
    assert "squash layers 4 to 5, and leave those that apache shares" in [change.words for change in bench.changes]
    bench.show("What if")
    assert "of apache alone" not in str(bench)


def test_an_image_alone_is_priced_without_a_disk() -> None:
    bench = XRay(example())
    bench.show("What if")
    assert "ON ONE DISK" not in str(bench)


def test_one_layer_leaves_nothing_to_change_or_to_find() -> None:
    bench = XRay(scratch.with_layer(Layer.of({"a": b"1"})))
    bench.show("What if")
    assert "There is nothing to change." == bench.sentence
    bench.show("Files")
    assert "No deleted file is left to be found." == bench.sentence
    bench.read()
    assert "Refused: there are 0 deleted files, counted from 0. 0 is none of them." == bench.sentence


@pytest.mark.parametrize("image", [scratch, scratch.with_layer(Layer.of({}))])
def test_an_image_without_bytes_can_be_laid_open(image: Image) -> None:
    bench = XRay(image)
    for tab in ("Layers", "Files", "What if"):
        bench.show(tab)
        assert str(bench)


@pytest.mark.parametrize("place", [-1, 2])
def test_a_file_or_change_that_is_not_in_the_list_is_refused(place: int) -> None:
    bench = XRay()
    bench.read(place)
    assert f"Refused: there are 2 deleted files, counted from 0. {place} is none of them." == bench.sentence
    bench.what_if(place * 5)
    assert (None, 0) == (bench.now.file, bench.now.change)


def test_another_tab_is_refused_and_nothing_changes() -> None:
    bench = XRay()
    bench.show("Bytes")
    assert "Refused: no tab is called 'Bytes'. Take one of Layers, Files, What if." == bench.sentence
    assert "Layers" == bench.now.tab
    bench.show("Files")
    assert "" == bench.now.refused


def test_steps_can_be_taken_back_and_done_again() -> None:
    bench = XRay()
    start = bench.now
    bench.show("Files")
    bench.read(1)
    bench.undo()
    assert ("Files", None) == (bench.now.tab, bench.now.file)
    bench.redo()
    assert 1 == bench.now.file
    bench.start_over()
    assert start == bench.now
    bench.what_if(1)
    assert ["xray.what_if(1)"] == [line.python for line in bench.transcript[1:]]


def test_the_transcript_leads_to_the_same_tab() -> None:
    bench = XRay()
    bench.show("Files")
    bench.read(1)
    pasted: dict[str, Any] = {}
    exec(bench.python, pasted)
    assert str(bench) == str(pasted["xray"])


def archive(path: Path) -> Path:
    """Two images in one docker-archive: the second is the first one's base."""
    layers = [Layer.of({"a": filler(3_000_000)}), Layer.of({"a": WHITEOUT})]
    members = {f"{number}.tar": b"".join(layer.tar_chunks()) for number, layer in enumerate(layers)}
    manifest = []
    for name, count in (("shop:1", 2), ("base:1", 1)):
        rootfs = {"type": "layers", "diff_ids": [layer.diff_id for layer in layers[:count]]}
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "rootfs": rootfs, "config": {"Labels": {"n": name}}}
        )
        file = f"{sha256(config.encode()).hexdigest()}.json"
        members[file] = config.encode()
        manifest.append({"Config": file, "RepoTags": [name], "Layers": [f"{number}.tar" for number in range(count)]})
    members["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_the_second_image_of_an_archive_stands_on_the_same_disk(tmp_path: Path) -> None:
    bench = XRay(archive(tmp_path / "two.tar"))
    assert ("base:1", 2) == (bench.other_name, len(bench.image.layers))
    bench.read()
    assert "layerlab stand-in content" in str(bench)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[dict[str, Any]]]:
    """What a notebook's page shows: each value of an HTML widget in turn, and what is displayed."""
    values: list[str] = []
    shown: list[dict[str, Any]] = []

    class Seen(ipywidgets.HTML):  # type: ignore[misc]
        @observe("value")
        def _seen(self, change: Any) -> None:
            values.append(re.sub("<style>.*</style>", "", change["new"], flags=re.DOTALL))

    monkeypatch.setattr(progress, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(progress, "display", lambda data, raw: shown.append(data) if raw else None)
    monkeypatch.setattr("ipywidgets.HTML", Seen)
    return values, shown


def test_a_bar_in_the_page_says_how_much_is_read_and_goes_when_all_is_laid_open(
    tmp_path: Path, notebook: tuple[list[str], list[dict[str, Any]]]
) -> None:
    XRay(archive(tmp_path / "two.tar"))
    values, shown = notebook
    assert ["two.tar: every byte is read once, and every digest is checked."] == [each["text/plain"] for each in shown]
    words = [re.sub("<.*?>", "", value).strip() for value in values]
    assert ("Opening two.tar", "Accounting for every byte of two.tar", "") == (words[0], *words[-2:])
    assert all("<label><progress" in value for value in values[:-1])


def test_the_transcript_opens_the_archive_that_was_given(tmp_path: Path) -> None:
    bench = XRay(archive(tmp_path / 'say "hi".tar'))
    bench.show("Files")
    pasted: dict[str, Any] = {}
    exec(bench.python, pasted)
    assert str(bench) == str(pasted["xray"])
    for line, command in zip(bench.transcript, ("docker load --input", "tar --extract --file"), strict=True):
        assert [*command.split(), f'{tmp_path}/say "hi".tar'] == shlex.split(line.docker, comments=True)
    image = scratch.with_layer(Layer.of({"a": b"1"}))
    exec(XRay(image).python, given := {"image": image})
    assert str(XRay(image)) == str(given["xray"])


def test_a_bar_goes_when_an_archive_is_refused(
    tmp_path: Path, notebook: tuple[list[str], list[dict[str, Any]]]
) -> None:
    with pytest.raises(ArchiveError):
        XRay(tmp_path / "missing.tar")
    assert "" == notebook[0][-1]


def test_outside_a_notebook_nothing_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    XRay(archive(tmp_path / "two.tar"))
    assert ("", "") == capsys.readouterr()


def test_what_is_no_archive_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        XRay(tmp_path / "missing.tar")


@pytest.mark.parametrize(("tab", "start"), [("Layers", "<img alt="), ("Files", "<style>"), ("What if", "<img alt=")])
def test_what_is_stored_is_the_whole_text_and_a_picture_or_table(tab: str, start: str) -> None:
    bench = XRay()
    bench.show(tab)
    bundle = bench._repr_mimebundle_()
    assert str(bench) == bundle["text/plain"]
    assert bundle["text/html"].startswith(start)
    assert "<svg" not in bundle["text/html"]
    assert bench.sentence in unescape(bundle["text/html"])


def test_the_view_acts_on_the_state_and_follows_it() -> None:
    bench = XRay()
    press(bench, "tab-files")
    assert "Files" == bench.now.tab
    fill(bench, "found", 1)
    press(bench, "read")
    assert "DB_PASSWORD" in texts(bench)
    press(bench, "back")
    assert "DB_PASSWORD" not in texts(bench)
    press(bench, "tab-what-if")
    fill(bench, "change", 2)
    assert 2 == bench.now.change
    bench.show("Layers")
    assert ["Layers"] == [each.text for each in page(bench).iter("button") if each.get("aria-pressed") == "true"]
    assert 'role="status"' in bench.status
    assert bench.sentence in texts(bench)
    press(bench, "start-over")
    assert (0, 0) == (bench.now.change, len(bench.acts))


def test_an_open_layer_names_its_largest_files_and_says_which_are_dead() -> None:
    bench = XRay()
    press(bench, "layer:4")
    shown = texts(bench)
    assert "catalog.db" in shown
    assert "hidden by a whiteout in layer 8" in shown
    assert "and 997 more" in shown
    press(bench, "layer:4")
    assert "and 997 more" not in texts(bench)


@pytest.mark.parametrize(
    ("tab", "expected"),
    [
        ("Layers", []),
        ("Files", ["Deleted", "Read its first bytes"]),
        ("What if", ["Change"]),
    ],
)
def test_a_tab_has_the_controls_that_it_needs_and_no_others(tab: str, expected: list[str]) -> None:
    bench = XRay()
    bench.show(tab)
    assert ["Layers", "Files", "What if", "Step back", "Step forward", "Start over", *expected] == controls(bench)
