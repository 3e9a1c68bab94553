"""The page of an image: whole without a kernel or a network, small, and without the contents of secrets."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from layerlab import WHITEOUT, Image, Layer, explain, filler, save, scratch
from layerlab.benches.xray_bench import example
from layerlab.cli.html_report import ReportError, report, write_report
from layerlab.cli.main import main

MOST = 2_000_000
"""Bytes of a page about 11,000 files."""


def page_of(image: Image, text: str = "") -> str:
    return report(image, explain(image), text)


def pages_in(page: str) -> dict[str, str]:
    found = re.search(r'<script type="application/json" id="pages">(.+?)</script>', page, re.DOTALL)
    assert found
    read: dict[str, str] = json.loads(found[1])
    return read


def large() -> Image:
    """Return an image of 30 layers with 11,000 files, of which a third is deleted."""
    image = scratch
    for layer in range(29):
        files = {f"srv/{layer}/some-file-with-a-name-{number}": filler(number + 1) for number in range(380)}
        image = image.with_layer(Layer.of(files), f"COPY part-{layer} /srv/{layer}")
    gone = {f"srv/{layer}/some-file-with-a-name-{number}": WHITEOUT for layer in range(29) for number in range(127)}
    return image.with_layer(Layer.of(gone), "RUN clean")


def test_each_press_in_the_page_leads_to_a_page() -> None:
    pages = pages_in(page_of(example()))
    own = {"back", "forward", "start-over"}
    for markup in pages.values():
        pressed = set(re.findall(r'data-press="([^"]+)"', markup)) - own
        lists = {"found", "change"}
        reads = {"read:0"} if "read" in pressed else set()
        assert set() == ((pressed - lists - {"read"}) | reads) - pages.keys()
    assert {"tab-layers", "tab-files", "tab-what-if", "layer:4", "read:0", "change:0"} <= pages.keys()
    assert "20.0 MB" in pages["change:0"]


def test_the_page_asks_for_nothing_and_cannot_be_ended_by_a_name() -> None:
    image = scratch.with_layer(Layer.of({"a</script><script>alert(1)</script>": b"1"}), "COPY </script> /")
    page = page_of(image, "</pre><script>alert(1)</script>")
    assert 2 == page.count("</script>")
    assert [] == re.findall(r'(?:src|href)="(?!data:|#)[^"]+"', page)
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_a_page_about_eleven_thousand_files_is_small() -> None:
    page = page_of(large())
    assert MOST > len(page.encode())


def test_what_is_in_a_deleted_secret_is_not_in_the_page() -> None:
    files = {"srv/deploy.env": b"DB_PASSWORD=open sesame\n", "srv/notes": b"remember the milk\n"}
    image = scratch.with_layer(Layer.of(files), "COPY . /srv").with_layer(
        Layer.of(dict.fromkeys(files, WHITEOUT)), "RUN rm"
    )
    page = page_of(image)
    assert "remember the milk" in page
    assert "open sesame" not in page
    assert "srv/deploy.env" in page


def test_the_command_writes_the_page_beside_its_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save({"it:1": example()}, tmp_path / "it.tar", format="docker")
    assert 0 == main(["inspect", str(tmp_path / "it.tar"), "--html", str(tmp_path / "it.html")])
    page = (tmp_path / "it.html").read_text()
    assert "<title>it:1</title>" in page
    assert "LAYER     SIZE     DEAD  DIFF ID" in page
    assert "TOTAL   324 MB" in capsys.readouterr().out
    assert ["it.html", "it.tar"] == sorted(path.name for path in tmp_path.iterdir())


def test_the_page_is_written_without_jupyter(tmp_path: Path) -> None:
    save({"it:1": example()}, tmp_path / "it.tar", format="docker")
    script = (
        "import sys\n"
        "sys.modules |= dict.fromkeys(('IPython', 'anywidget', 'ipykernel', 'ipywidgets', 'matplotlib'))\n"
        "from layerlab.cli.main import main\n"
        "main(['inspect', 'it.tar', '--html', 'it.html'])"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "" == run.stderr
    assert "<title>it:1</title>" in (tmp_path / "it.html").read_text()


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save({"it:1": example()}, tmp_path / "it.tar", format="docker")
    place = tmp_path / "no" / "it.html"
    assert 1 == main(["inspect", str(tmp_path / "it.tar"), "--html", str(place)])
    assert f"layerlab: {place}: No such file or directory\n" == capsys.readouterr().err


def test_a_page_does_not_replace_the_archive_by_any_of_its_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, link = tmp_path / "it.tar", tmp_path / "link"
    save({"it:1": example()}, archive, format="docker")
    link.symlink_to(archive)
    before = archive.read_bytes()
    for place in (archive, link):
        assert 1 == main(["inspect", str(archive), "--html", str(place)])
        assert f"layerlab: {place}: the page would replace the archive: choose another name with --html\n" == (
            capsys.readouterr().err
        )
    assert before == archive.read_bytes()


def test_a_page_needs_the_name_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save({"it:1": example()}, tmp_path / "it.tar", format="docker")
    assert 1 == main(["inspect", str(tmp_path / "it.tar"), "--html", str(tmp_path)])
    assert f"layerlab: {tmp_path}: it is a folder: write the name of a file\n" == capsys.readouterr().err


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Where a page goes: into a folder in which nothing else is."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here" / "it.html"


def written(path: Path) -> int:
    image = example()
    return write_report(image, explain(image), "", str(path))


def test_a_page_at_a_symlink_takes_the_place_of_the_file_that_it_leads_to(tmp_path: Path, page: Path) -> None:
    (tmp_path / "real.html").write_text("old")
    page.symlink_to("../real.html")
    size = written(page)
    assert page.is_symlink()
    assert size == (tmp_path / "real.html").stat().st_size
    assert ["it.html"] == os.listdir(page.parent)


def test_a_page_has_the_rights_that_any_new_file_has(page: Path) -> None:
    before = os.umask(0o077)
    try:
        written(page)
    finally:
        os.umask(before)
    assert 0o600 == page.stat().st_mode & 0o777
    page.chmod(0o640)
    written(page)
    assert 0o640 == page.stat().st_mode & 0o777


def test_an_interruption_leaves_the_old_page_and_nothing_beside_it(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page.write_text("old")
    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written(page)
    assert "old" == page.read_text()
    assert ["it.html"] == os.listdir(page.parent)


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_page_in_the_place_of_what_is_no_file_is_one_line(page: Path) -> None:
    os.mkfifo(page)
    with pytest.raises(ReportError, match=r"here/it\.html: what is there is no regular file$"):
        written(page)
