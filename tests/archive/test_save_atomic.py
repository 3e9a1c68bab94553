"""Saving is all or nothing: whatever happens on the way, the old archive is there, or the new one."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import layerlab as ll
from layerlab.archive import atomic

IMAGE = ll.scratch.with_layer(ll.Layer.of({"a": ll.filler(100_000), "b": ll.filler(50_000, seed=1)}))

# A process that may write so many bytes to one file: one more is an error ("ignored"), or ends it ("default").
LIMITED = """
import os, resource, signal, sys, tempfile
import layerlab as ll

path, action, owner = sys.argv[1:4]
image = ll.scratch.with_layer(ll.Layer.of({"a": ll.filler(100_000), "b": ll.filler(50_000, seed=1)}))
image.id
# Imported while this process may read all of Python.
save, refused = ll.save, ll.ArchiveError
for limit in map(int, sys.argv[4:]):
    child = os.fork()
    if not child:
        if owner != "0":
            os.setgroups([])
            os.setuid(int(owner))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if action == "default" else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            save(image, path)
        except refused as error:
            print(error, flush=True)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    folder = os.path.dirname(path)
    print(limit, code, sorted(os.listdir(folder)), flush=True)
    if os.path.isfile(path):
        print(os.path.getsize(path), flush=True)
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind are Linux's")


def limited(path: Path, action: str, *limits: int, owner: int = 0) -> list[str]:
    """Save the image to `path` once under each limit, and return what the processes said."""
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(LIMITED), str(path), action, str(owner)]
    run = subprocess.run([*command, *map(str, limits)], capture_output=True, text=True, check=True, timeout=60)
    return run.stdout.splitlines()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many bytes the archive has."""
    path = tmp_path_factory.mktemp("whole") / "it.tar"
    ll.save(IMAGE, path)
    return path.stat().st_size


def moments(whole: int) -> list[int]:
    """Limits that stop writing at its first bytes, all along, and just before the end."""
    return [0, 1, 512, 1024, *range(4096, whole, 7777), whole - 1024, whole - 1]


@linux
def test_a_process_that_is_killed_at_any_write_leaves_the_old_archive(tmp_path: Path, whole: int) -> None:
    (tmp_path / "it.tar").write_bytes(b"old")
    stops = moments(whole)
    said = limited(tmp_path / "it.tar", "default", *stops)
    assert [f"{stop} -25 " for stop in stops] == [line.partition("[")[0] for line in said[::2]]
    assert {"3"} == set(said[1::2])
    left = list(tmp_path.glob(".it.tar.*"))
    assert (len(stops), {0o700}) == (len(left), {each.stat().st_mode & 0o777 for each in left})
    for each in left:
        shutil.rmtree(each)
    assert [f"{whole} 0 ['it.tar']", f"{whole}"] == limited(tmp_path / "it.tar", "default", whole)


@linux
def test_a_process_that_is_killed_leaves_no_archive_where_none_was(tmp_path: Path, whole: int) -> None:
    for line in limited(tmp_path / "it.tar", "default", 512, whole - 1):
        assert " -25 ['.it.tar." in line
    assert not (tmp_path / "it.tar").exists()


@linux
def test_a_full_disk_leaves_the_old_archive_and_is_told_in_one_line(tmp_path: Path, whole: int) -> None:
    (tmp_path / "it.tar").write_bytes(b"old")
    stops = moments(whole)
    expected = [line for stop in stops for line in (f"{tmp_path}/it.tar: File too large", f"{stop} 1 ['it.tar']", "3")]
    assert expected == limited(tmp_path / "it.tar", "ignored", *stops)


@linux
def test_a_full_disk_leaves_no_part_of_a_folder(tmp_path: Path, whole: int) -> None:
    assert [f"{tmp_path}/it: File too large", "9999 1 []"] == limited(tmp_path / "it", "ignored", 9999)
    (tmp_path / "it").mkdir()
    assert [f"{tmp_path}/it: File too large", "9999 1 ['it']"] == limited(tmp_path / "it", "ignored", 9999)
    assert [] == os.listdir(tmp_path / "it")


@linux
def test_a_process_that_is_killed_leaves_no_folder_under_the_name(tmp_path: Path) -> None:
    (line,) = limited(tmp_path / "it", "default", 9999)
    assert line.startswith("9999 -25 ['.it.")
    assert not (tmp_path / "it").exists()


@linux
@pytest.mark.parametrize("name", ["it.tar", "it"])
def test_a_read_only_folder_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir(mode=0o555)
    others = 65534 if os.getuid() == 0 else 0
    for above in (tmp_path, *tmp_path.parents[:3]):
        if others and above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o011)
    expected = [f"{folder}/{name}: Permission denied", "1000000 1 []"]
    assert expected == limited(folder / name, "ignored", 1_000_000, owner=others)


def test_a_new_file_takes_the_place_of_the_old_one_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "it"
    for before, after in ((None, b"1"), (b"1", b"2")):
        with atomic.new_file(str(path)) as file:
            file.write(after)
            assert before == (path.read_bytes() if path.exists() else None)
        assert after == path.read_bytes()
    with pytest.raises(ZeroDivisionError), atomic.new_file(str(path)) as file:
        file.writelines(bytes([3 // (2 - number)]) for number in range(3))
    assert b"2" == path.read_bytes()
    assert ["it"] == os.listdir(tmp_path)


def test_a_new_file_has_the_rights_that_any_new_file_has(tmp_path: Path) -> None:
    with atomic.new_file(str(tmp_path / "it")):
        pass
    (tmp_path / "other").touch()
    assert (tmp_path / "other").stat().st_mode == (tmp_path / "it").stat().st_mode


@linux
@pytest.mark.parametrize("name", ["it.tar", "it"])
def test_what_takes_the_place_of_something_private_is_private(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch(0o600) if path.suffix else path.mkdir(0o700)
    before = path.stat().st_mode
    ll.save(IMAGE, path)
    assert before == path.stat().st_mode
    assert [IMAGE] == list(ll.load(path))


def test_the_folder_that_one_is_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (".", "", tmp_path):
        with pytest.raises(ll.ArchiveError, match=r": this is the folder that you are in, which would be gone"):
            ll.save(IMAGE, path)
    assert [] == os.listdir()


def test_a_symlink_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "it.tar").symlink_to("far.tar")
    ll.save(IMAGE, tmp_path / "it.tar")
    assert (tmp_path / "it.tar").is_symlink()
    assert [IMAGE] == list(ll.load(tmp_path / "far.tar"))


@pytest.mark.parametrize("name", ["no/it.tar", "no/it"])
def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(ll.ArchiveError, match=f"{name}: No such file or directory$"):
        ll.save(IMAGE, tmp_path / name)


@linux
@pytest.mark.parametrize("name", ["a\0", "a\0.tar", "\ud800.tar"])
def test_a_name_that_no_file_can_have_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(ll.ArchiveError, match=r": no file can be called so$"):
        ll.save(IMAGE, f"{tmp_path}/{name}")
    assert [] == os.listdir(tmp_path)


def test_a_folder_as_target_is_new_or_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ll.save(IMAGE, tmp_path / "empty")
    assert [IMAGE] == list(ll.load(tmp_path / "empty"))
    with pytest.raises(ll.ArchiveError, match="empty: the folder is not empty"):
        ll.save(IMAGE, tmp_path / "empty")
    (tmp_path / "file").touch()
    with pytest.raises(ll.ArchiveError, match="file: a file is there, where a folder must be new or empty"):
        ll.save(IMAGE, tmp_path / "file")
    (tmp_path / "it.tar").mkdir()
    with pytest.raises(ll.ArchiveError, match=r"it\.tar: a folder is there"):
        ll.save(IMAGE, tmp_path / "it.tar")
    assert ["empty", "file", "it.tar"] == sorted(os.listdir(tmp_path))


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="this system has no device files")
def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "it.tar").symlink_to("/dev/null")
    with pytest.raises(ll.ArchiveError, match="what is there is no regular file"):
        ll.save(IMAGE, tmp_path / "it.tar")
