"""What the kernel taught the model: each test names a rule of overlayfs or of Linux that random programs found."""

import errno
import os
from collections.abc import Callable

import pytest

from layerlab import Container, Directory, Fifo, File, Host, Layer, Symlink, scratch
from layerlab.model.entry import Spec

CAPABILITY = b"\1\0\0\2" + bytes(4) + b"\x20" + bytes(11)


def start(files: dict[str, Spec]) -> Container:
    host = Host()
    host.add(scratch.with_layer(Layer.of(files)), "demo")
    return host.run("demo", name="web")


def refused(call: Callable[[], object]) -> str:
    try:
        call()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "allowed"


def test_an_attribute_that_the_file_system_refuses_has_copied_the_file_up_all_the_same() -> None:
    web = start({"a": b"12345"})
    assert "ENOTSUP" == refused(lambda: web.setxattr("a", "nodot", b""))
    assert 5 == web.size_rw


def test_an_attribute_that_cannot_be_removed_copies_nothing_up() -> None:
    web = start({"a": b"12345"})
    assert "ENOTSUP" == refused(lambda: web.removexattr("a", "nodot"))
    assert 0 == web.size_rw


@pytest.mark.parametrize(
    ("key", "expected"),
    [("", "ERANGE"), ("user." + "k" * 251, "ERANGE"), ("user.", "EINVAL"), ("trusted.", "EINVAL"), ("x.y", "ENOTSUP")],
)
def test_a_key_that_is_none_is_refused_as_linux_does(key: str, expected: str) -> None:
    web = start({"a": b"1"})
    assert expected == refused(lambda: web.setxattr("a", key, b""))
    assert expected == refused(lambda: web.getxattr("a", key))


def test_a_keys_length_is_looked_at_before_the_path() -> None:
    assert "ERANGE" == refused(lambda: start({}).getxattr("nowhere", "user." + "k" * 251))


@pytest.mark.parametrize(
    "change",
    [
        lambda web: web.append("bin/ping", b"!"),
        lambda web: web.write("bin/ping", b""),
        lambda web: web.truncate("bin/ping", 1),
        lambda web: web.chown("bin/ping", -1, -1),
    ],
)
def test_a_file_loses_its_capabilities_when_its_bytes_or_owner_change(change: Callable[[Container], None]) -> None:
    web = start({"bin/ping": File(b"ping", xattrs={"security.capability": CAPABILITY})})
    change(web)
    assert [] == web.listxattr("bin/ping")


def test_a_file_keeps_its_capabilities_when_its_mode_or_time_changes() -> None:
    web = start({"bin/ping": File(b"ping", xattrs={"security.capability": CAPABILITY})})
    web.chmod("bin/ping", 0o700)
    web.utime("bin/ping", 5)
    assert CAPABILITY == web.getxattr("bin/ping", "security.capability")


def test_truncating_to_the_same_size_sets_the_time() -> None:
    web = start({"a": File(b"1", mtime=0)})
    web.truncate("a", 1)
    assert 0 < web.stat("a").mtime


@pytest.mark.parametrize("target", ["nowhere/", "loop/", "d/"])
def test_making_a_file_through_a_symlink_that_ends_in_a_slash_is_eisdir(target: str) -> None:
    web = start({"loop": Symlink("loop"), "d/": Directory(), "a": Symlink(target)})
    assert "EISDIR" == refused(lambda: web.write("a", b""))


def test_a_failed_rename_onto_a_full_new_directory_has_marked_the_moved_one_opaque() -> None:
    web = start({"d/": Directory()})
    web.mkdir("d/new")
    web.mkdir("d/full")
    web.write("d/full/x", b"")
    assert "ENOTEMPTY" == refused(lambda: web.rename("d/new", "d/full"))
    assert "d/new/.wh..wh..opq" in web.layer.entries
    assert "d/full/.wh..wh..opq" not in web.layer.entries


def test_writing_nothing_to_an_appending_handle_leaves_its_position() -> None:
    with start({"a": b"12345"}).open("a", os.O_RDWR | os.O_APPEND) as handle:
        handle.write(b"")
        assert b"12345" == handle.read()


def test_a_path_handle_can_do_nothing_and_a_negative_size_is_refused_before_it_is_looked_at() -> None:
    handle = start({"a": b"1"}).open("a", os.O_RDWR | os.O_PATH)
    assert "EBADF" == refused(lambda: handle.truncate(1))
    assert "EINVAL" == refused(lambda: handle.truncate(-1))


def test_a_commit_keeps_the_roots_attributes_though_only_a_file_below_changed() -> None:
    web = start({"": Directory(mode=0o700, uid=5), "a": b"1"})
    web.append("a", b"2")
    root = web.commit().view()[""]
    assert (0o700, 5) == (root.mode, root.uid)


def test_a_commit_does_not_take_copies_from_two_layers_for_hard_links() -> None:
    image = scratch.with_layer(Layer.of({"one": b"1"})).with_layer(Layer.of({"two": b"2"}))
    host = Host()
    host.add(image, "demo")
    web = host.run("demo", name="web")
    web.append("one", b"!")
    web.append("two", b"!")
    view = web.commit().view()
    assert view["one"].inode != view["two"].inode
    assert (b"1!", b"2!") == (view["one"].read(), view["two"].read())


@pytest.mark.parametrize(
    ("path", "flags", "expected"),
    [
        ("d", os.O_TMPFILE, "EINVAL"),
        ("d", os.O_TMPFILE | os.O_RDWR, "allowed"),
        ("d", os.O_TMPFILE & ~os.O_DIRECTORY | os.O_RDWR, "EINVAL"),
        ("a", os.O_TMPFILE | os.O_RDWR | os.O_CREAT, "EINVAL"),
        ("nowhere", os.O_TMPFILE | os.O_RDWR | os.O_CREAT, "EINVAL"),
        ("to-d", os.O_TMPFILE | os.O_RDWR, "allowed"),
        ("to-d", os.O_TMPFILE | os.O_RDWR | os.O_NOFOLLOW, "ENOTDIR"),
        ("loop", os.O_TMPFILE | os.O_RDWR | os.O_NOFOLLOW, "ENOTDIR"),
        ("to-d/", os.O_TMPFILE | os.O_RDWR | os.O_NOFOLLOW, "allowed"),
        ("d", os.O_TMPFILE | os.O_PATH, "allowed"),
        ("a", os.O_TMPFILE | os.O_PATH, "ENOTDIR"),
        ("a", os.O_CREAT | os.O_DIRECTORY | os.O_PATH, "ENOTDIR"),
        ("a", os.O_WRONLY | os.O_RDWR, "allowed"),
        ("d", os.O_WRONLY | os.O_RDWR, "EISDIR"),
        ("p", os.O_WRONLY | os.O_RDWR, "EINVAL"),
    ],
)
def test_flags_that_do_not_go_together_are_refused_as_linux_does(path: str, flags: int, expected: str) -> None:
    web = start({"a": b"1", "d/": Directory(), "p": Fifo(), "to-d": Symlink("d"), "loop": Symlink("loop")})
    assert expected == refused(lambda: web.open(path, flags))


def test_a_file_opened_for_path_alone_and_unnamed_copies_nothing_up() -> None:
    web = start({"d/x": b"1"})
    web.open("d", os.O_TMPFILE | os.O_RDWR | os.O_PATH)
    assert {} == web.layer.entries


def test_a_handle_for_writing_alone_and_for_both_neither_reads_nor_writes_nor_copies_up() -> None:
    web = start({"a": b"12345"})
    handle = web.open("a", os.O_WRONLY | os.O_RDWR)
    assert ("EBADF", "EBADF") == (refused(handle.read), refused(lambda: handle.write(b"!")))
    assert "EINVAL" == refused(lambda: handle.truncate(1))
    assert {} == web.layer.entries
