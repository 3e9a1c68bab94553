"""What `os` and the kernel refuse, and what they take, at the bounds that random programs seldom meet."""

import errno
import os
import stat
from collections.abc import Callable
from typing import Any

import pytest

import layerlab as ll
from layerlab.model.entry import Spec

MOST = 2**63 - 1
CAPABILITY = b"\1\0\0\2" + bytes(4) + b"\x20" + bytes(11)
OF_ROOT, OF_OTHER = (b"\1\0\0\3" + CAPABILITY[4:] + bytes([user, 0, 0, 0]) for user in (0, 5))


def start() -> ll.Container:
    host = ll.Host()
    files: dict[str, Spec] = {
        "f": b"12345", "d/": ll.Directory(), "tmp/": ll.Directory(mode=0o1777), "tmp/l": ll.Symlink("../f", uid=7),
        "tmp/own": ll.Symlink("../f"), "tmp/c": ll.Device("char", 0xF007, uid=7), "block": ll.Device("block", 0xF007),
        "ping": ll.File(b"", xattrs={"security.capability": OF_ROOT}),
    }  # fmt: skip
    host.add(ll.scratch.with_layer(ll.Layer.of(files)), "it")
    return host.run("it", name="web")


def answer(call: Callable[[], object]) -> object:
    try:
        return call()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    except (OverflowError, ValueError, TypeError) as error:
        return type(error).__name__


EMPTY: list[tuple[str, Callable[[ll.Container], object]]] = [
    (verb, lambda web, verb=verb, more=more: getattr(web, verb)("", *more))  # type: ignore[misc]
    for verb, more in {
        "stat": (), "lstat": (), "listdir": (), "readlink": (), "read": (), "write": (b"",), "append": (b"",),
        "write_at": (0, b""), "truncate": (0,), "mkdir": (), "rmdir": (), "unlink": (), "rmtree": (), "chmod": (0,),
        "chown": (0, 0), "utime": (0,), "touch": (), "setxattr": ("user.a", b""), "getxattr": ("user.a",),
        "listxattr": (), "removexattr": ("user.a",), "mknod": (stat.S_IFREG,), "open": (0,), "link": ("x",),
        "rename": ("x",),
    }.items()
]  # fmt: skip


@pytest.mark.parametrize(("verb", "call"), EMPTY, ids=[verb for verb, _ in EMPTY])
def test_an_empty_path_is_there_for_no_verb(verb: str, call: Callable[[ll.Container], object]) -> None:
    assert "ENOENT" == answer(lambda: call(start()))


@pytest.mark.parametrize(
    ("expected", "call"),
    [
        ("OverflowError", lambda web: web.chown("f", -2, 0)),
        ("OverflowError", lambda web: web.chown("f", 0, 2**32)),
        ("OverflowError", lambda web: web.utime("f", 10**30)),
        ("OverflowError", lambda web: web.mknod("n", stat.S_IFCHR | 0o644, -1)),
        ("EINVAL", lambda web: web.mknod("n", stat.S_IFCHR | 0o644, 2**32)),
        ("EINVAL", lambda web: web.mknod("n", -1)),
        ("OverflowError", lambda web: web.mknod("n", 2**31)),
        ("OverflowError", lambda web: web.truncate("f", 2**64)),
        ("EINVAL", lambda web: web.write_at("f", 2**63 - 3, b"12345")),
        ("OverflowError", lambda web: web.write_at("f", 2**63, b"1")),
        ("OverflowError", lambda web: web.chmod("f", 2**31)),
        ("OverflowError", lambda web: web.open("f", os.O_RDONLY, 2**31)),
        ("TypeError", lambda web: web.utime("f", 1.5)),
        ("TypeError", lambda web: web.write("f", "text")),
        ("TypeError", lambda web: web.read(b"f")),
        ("ValueError", lambda web: web.symlink("a\0b", "new")),
        ("ValueError", lambda web: web.setxattr("f", "user.a\0b", b"")),
        ("ValueError", lambda web: web.rename("nowhere/f", "a\0b")),
        ("UnicodeEncodeError", lambda web: web.write("\ud800", b"")),
        ("EINVAL", lambda web: web.setxattr("f", "trusted.overlay.", b"")),
        ("ENOTSUP", lambda web: web.setxattr("f", "trusted.overlay." + "k" * 232, b"")),
        (None, lambda web: web.setxattr("f", "trusted.overlay." + "k" * 231, b"")),
        ("EINVAL", lambda web: web.setxattr("f", "security.capability", b"all")),
    ],
)
def test_what_os_and_the_kernel_refuse_is_refused_and_copies_nothing_up(
    expected: object, call: Callable[[Any], object]
) -> None:
    web = start()
    before = web.read("f")
    assert (expected or "None") == str(answer(lambda: call(web)))
    assert before == web.read("f")


def test_the_owner_of_32_bits_that_is_none_leaves_the_owner() -> None:
    web = start()
    web.chown("f", 5, 6)
    web.chown("f", 2**32 - 1, 2**32 - 1)
    assert (5, 6) == (web.stat("f").uid, web.stat("f").gid)


def test_a_file_ends_at_the_last_offset_and_what_has_no_room_there_is_not_written() -> None:
    web = start()
    web.truncate("f", MOST - 1)
    with web.open("f", os.O_WRONLY | os.O_APPEND) as handle:
        assert 1 == handle.write(b"123")
        assert "EINVAL" == answer(lambda: handle.write(b"123"))  # its position has moved to the end
        assert 0 == handle.write(b"")
    with web.open("f", os.O_WRONLY | os.O_APPEND) as handle:
        assert "EFBIG" == answer(lambda: handle.write(b"123"))
    assert MOST == web.stat("f").size


def test_times_and_devices_go_to_the_ends_of_what_the_kernel_holds() -> None:
    web = start()
    web.utime("f", MOST)
    web.mknod("n", stat.S_IFCHR, 2**32 - 1)
    assert (MOST, 2**32 - 1) == (web.stat("f").mtime, web.stat("n").rdev)


@pytest.mark.parametrize(
    ("path", "flags", "expected"),
    [
        ("tmp/l", os.O_CREAT | os.O_NOFOLLOW, "EACCES"),
        ("tmp/l", os.O_NOFOLLOW, "ELOOP"),
        ("tmp/own", os.O_CREAT | os.O_NOFOLLOW, "ELOOP"),
        ("tmp/c", os.O_CREAT, "EACCES"),
        ("tmp/c", os.O_RDONLY, "ENXIO"),
        ("tmp/s", os.O_CREAT | os.O_WRONLY, "EACCES"),
        ("tmp/s", os.O_WRONLY, "ENXIO"),
        ("tmp/s", os.O_CREAT | os.O_EXCL, "EEXIST"),
    ],
)
def test_o_creat_is_refused_for_what_others_put_into_a_sticky_directory(path: str, flags: int, expected: str) -> None:
    web = start()
    web.mknod("tmp/s", stat.S_IFSOCK | 0o666)
    web.chown("tmp/s", 7, 7)
    assert expected == answer(lambda: web.open(path, flags))


def test_a_capability_is_read_as_the_kernel_shows_it() -> None:
    web = start()
    assert CAPABILITY == web.getxattr("ping", "security.capability")
    for given, shown in ((OF_ROOT, CAPABILITY), (OF_OTHER, OF_OTHER), (CAPABILITY, CAPABILITY)):
        web.setxattr("f", "security.capability", given)
        assert shown == web.getxattr("f", "security.capability")
    web.setxattr("f", "security.capability", b"")
    assert "EINVAL" == answer(lambda: web.getxattr("f", "security.capability"))
    web.append("f", b"!")
    assert ["security.capability"] == web.listxattr("f")


def test_docker_diff_says_nothing_of_the_time_of_a_block_device() -> None:
    web = start()
    web.utime("block", 5)
    assert [] == web.diff()
    web.chmod("block", 0o600)
    assert ["C /block"] == web.diff()


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("cmd is a list of texts, as in ['sh'], not one", lambda: ll.scratch.with_config(cmd="sh")),
        ("expose is a list of texts, as in ['80/tcp'], not one", lambda: ll.scratch.with_config(expose="80/tcp")),
        ("env is a dictionary, as in {'NAME': 'value'}, not list", lambda: ll.scratch.with_config(env=["A=1"])),  # type: ignore[arg-type]
        ("user is text, not int", lambda: ll.scratch.with_config(user=5)),  # type: ignore[arg-type]
        ("created_by is text, not int", lambda: ll.scratch.with_config(created_by=5)),  # type: ignore[arg-type]
        ("with_layer takes a layer, not a dict: Layer.of returns one", lambda: ll.scratch.with_layer({})),  # type: ignore[arg-type]
        ("diff takes images, not a str: with_layer and commit return one", lambda: ll.diff("a", "b")),  # type: ignore[arg-type]
        ("explain takes images, not a Container: with_layer and commit return one", lambda: ll.explain(start())),  # type: ignore[arg-type]
        ("add takes images, not a str: with_layer and commit return one", lambda: ll.Host().add("shop", "it")),  # type: ignore[arg-type]
        ("an image's name is text, not Image", lambda: ll.Host().run(ll.scratch)),  # type: ignore[call-overload]
        ("diff_ids is a list of texts, as in ['abc'], not one", lambda: ll.chain_ids("abc")),
        ("'a': a file's content is bytes, as in b'hi', not int", lambda: ll.Layer.of({"a": ll.File(5)})),  # type: ignore[arg-type]
        ("'a': an attribute's value is bytes, as in b'hi', not str",
         lambda: ll.Layer.of({"a": ll.File(b"", xattrs={"user.a": "1"})})),  # type: ignore[dict-item]
        ("a name in a layer is text, not int", lambda: ll.Layer.of({5: b""})),  # type: ignore[dict-item]
        ("what Layer.of takes is a dictionary, as in {'a': b'hi'}, not list", lambda: ll.Layer.of(["a"])),  # type: ignore[arg-type]
        ("names is a list of texts, as in ['web'], not one", lambda: ll.shop().usage().reclaim("web")),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named_with_what_is_taken(line: str, call: Callable[[], object]) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert line == str(caught.value)


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(KeyError) as caught:
        ll.shop("shop", "blog").usage().reclaim(["nope"])
    assert "no image or container is called 'nope': take one of shop, blog" == caught.value.args[0]


@pytest.mark.parametrize(
    "spec", [ll.File(b"", mode=0o100644), ll.File(b"", uid=-1), ll.Symlink(""), ll.Fifo(gid=2**32)]
)
def test_a_spec_that_no_file_can_be_is_refused(spec: Any) -> None:
    with pytest.raises((ValueError, OverflowError), match=r"^'a': "):
        ll.Layer.of({"a": spec})
