import io
import itertools
import random
import tarfile

import pytest

from layerlab import ArchiveError, Layer, filler
from layerlab.archive.tar_headers import Headers, Member
from tests.archive.build import Style, folder, hard_link, member, symlink, tar

LONG = "d" * 90 + "/" + "e" * 90 + "/" + "f" * 120


def parse(data: bytes, pieces: int = 1 << 20) -> list[Member]:
    members: list[Member] = []
    reader = Headers(members.append)
    for start in range(0, len(data), pieces):
        reader.feed(data[start : start + pieces])
    reader.finish()
    return members


def one(data: bytes) -> Member:
    (found,) = parse(data)
    return found


def refused(data: bytes) -> str:
    with pytest.raises(ArchiveError) as caught:
        parse(data)
    return str(caught.value)


def field(data: bytes, offset: int, value: bytes) -> bytes:
    """Return a tar with bytes of its first header replaced and the checksum made right again."""
    header = bytearray(data[:512])
    header[offset : offset + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data[512:]


@pytest.mark.parametrize("style", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_are_those_that_the_standard_library_wrote(style: Style) -> None:
    data = tar(
        folder("etc", 0o1777),
        member("etc/motd", b"hello", mode=0o4755, uid=1000, gid=65534, mtime=1_700_000_000),
        symlink("etc/link", "motd"),
        hard_link("etc/other", "etc/motd"),
        member("dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
        member("run/pipe", type=tarfile.FIFOTYPE),
        member("a" * 90 + "/" + "b" * 60, b"x" * 513),
        style=style,
    )
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        expected = [
            (info.name.encode(), info.mode, info.uid, info.gid, info.mtime, info.size, info.linkname.encode())
            for info in archive
        ]
    found = [
        (item.name.rstrip(b"/"), item.mode, item.uid, item.gid, item.mtime, item.size, item.link)
        for item in parse(data)
    ]
    assert expected == found
    assert [(1, 3)] == [item.device for item in parse(data) if item.type == b"3"]


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_link_targets_are_whole(style: Style) -> None:
    found = parse(tar(member(LONG, b"x"), symlink("s" * 150, LONG), style=style))
    assert [(LONG.encode(), b""), (b"s" * 150, LONG.encode())] == [(item.name, item.link) for item in found]


def test_a_long_ustar_name_is_split_into_prefix_and_name() -> None:
    name = "p" * 120 + "/" + "n" * 90
    assert name.encode() == one(tar(member(name), style=tarfile.USTAR_FORMAT)).name


def test_gnu_headers_have_no_prefix() -> None:
    assert b"etc" == one(field(tar(member("etc")), 345, b"12345670123")).name


def test_numbers_beyond_octal_are_base_256() -> None:
    found = one(tar(member("big", uid=3_000_000_000, gid=4_000_000_000, mtime=1 << 40)))
    assert (3_000_000_000, 4_000_000_000, 1 << 40) == (found.uid, found.gid, found.mtime)


def test_pax_records_go_before_the_header() -> None:
    records = {
        "path": "naïve/\udcff", "size": "3", "uid": "7", "gid": "8", "mtime": "12.9", "comment": "a=b\n",
        "SCHILY.xattr.user.key": "va\0lue=1\n", "LIBARCHIVE.creationtime": "1",
    }  # fmt: skip
    found = one(tar(member("x", b"abc", uid=1, pax_headers=records), style=tarfile.PAX_FORMAT))
    assert ("naïve/\udcff".encode("utf-8", "surrogateescape"), 3, 7, 8, 12) == (
        found.name, found.size, found.uid, found.gid, found.mtime,
    )  # fmt: skip
    assert {"user.key": b"va\0lue=1\n"} == dict(found.xattrs)


@pytest.mark.parametrize(("text", "seconds"), [("-1", -1), ("-0.5", -1), ("-1.0", -1), ("1.999999999", 1)])
def test_pax_times_are_rounded_down(text: str, seconds: int) -> None:
    assert seconds == one(tar(member("x", pax_headers={"mtime": text}), style=tarfile.PAX_FORMAT)).mtime


def test_an_empty_pax_value_leaves_the_header_as_it_is() -> None:
    assert 5 == one(tar(member("x", uid=5, pax_headers={"uid": ""}), style=tarfile.PAX_FORMAT)).uid


def test_pax_records_hold_for_one_member_alone() -> None:
    data = tar(member("a", pax_headers={"SCHILY.xattr.user.k": "v"}), member("b"), style=tarfile.PAX_FORMAT)
    assert [1, 0] == [len(item.xattrs) for item in parse(data)]


def test_records_for_all_members_are_read_and_ignored() -> None:
    head = tarfile.TarInfo.create_pax_global_header({"uid": "7", "comment": "0" * 600})
    found = [(item.type, item.name, item.uid) for item in parse(head + tar(member("x")))]
    assert [(b"g", b"././@PaxHeader", 0), (b"0", b"x", 0)] == found


def test_raw_bytes_in_a_name_are_kept() -> None:
    data = tar(member("x", pax_headers={"hdrcharset": "BINARY", "path": "\udcff"}), style=tarfile.PAX_FORMAT)
    assert b"\xff" == one(data).name


def test_old_tars_tell_a_directory_by_its_slash() -> None:
    data = field(field(tar(member("etc/")), 257, bytes(8)), 156, b"\0")
    assert (b"5", 0) == (one(data).type, one(data).size)


def test_types_without_content_have_none_whatever_their_size_says() -> None:
    data = field(tar(symlink("s", "t"), member("x", b"y")), 124, b"00000000777\0")
    assert [(b"s", 0), (b"x", 1)] == [(item.name, item.size) for item in parse(data)]


def test_signed_checksums_of_old_tars_are_right_too() -> None:
    header = bytearray(tar(member("\xff" * 20))[:512])
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in header)
    assert 1 == len(parse(bytes(header) + bytes(1024)))


@pytest.mark.parametrize("off", [65_521, -65_521])
def test_a_checksum_that_is_far_off_is_wrong_too(off: int) -> None:
    header = bytearray(tar(member("x"))[:512])
    header[345:500] = b"\xff" * 155
    header[157:257] = b"\xff" * 100
    header[265:297] = b"\xff" * 32
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % (sum(header) + off)
    assert sum(header) > 65_521
    assert "the checksum is wrong" in refused(bytes(header) + bytes(1024))


def test_what_follows_the_end_is_not_looked_at() -> None:
    assert [b"x"] == [item.name for item in parse(tar(member("x")) + b"rubbish" * 200)]


@pytest.mark.parametrize("missing", [1024, 512, 1024 + 500])
def test_padding_and_zero_blocks_at_the_end_may_be_missing(missing: int) -> None:
    assert [b"x"] == [item.name for item in parse(tar(member("x", b"abc"))[:-missing])]


def test_pieces_of_any_size_give_the_same_members() -> None:
    chance = random.Random(7)
    data = tar(
        folder("a"),
        *(member(f"a/{chance.randbytes(60).hex()}{number}", chance.randbytes(number * 37)) for number in range(30)),
        member(LONG, b"z" * 1000, pax_headers={"SCHILY.xattr.user.k": "v" * 700}),
        style=tarfile.PAX_FORMAT,
    )
    whole = parse(data)
    assert 32 == len(whole)
    for pieces in (1, 7, 511, 512, 513, 1000, 4096):
        assert whole == parse(data, pieces)


def test_contents_can_be_left_out() -> None:
    data = b"".join(Layer.of({"a": filler(100_000), "b": b"2"}).tar_chunks())
    members: list[Member] = []
    reader = Headers(members.append)
    fed = 0
    while not reader.ended:
        reader.skip(reader.next)
        fed += reader.missing
        reader.feed(data[reader.next : reader.next + reader.missing])
    assert ([b"a", b"b"], 4 * 512) == ([item.name for item in members], fed)


GOOD = tar(member("x", b"abc"))


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"x" * 512, "byte 0: no tar header: it has no checksum"),
        (GOOD[:10] + b"!" + GOOD[11:], "byte 0: no tar header: the checksum is wrong"),
        (GOOD[:513], "ends too early"),
        (GOOD[:300], "ends too early"),
        (field(GOOD, 124, b"-0000000001\0"), "no octal number"),
        (field(GOOD, 124, b"\xff" * 12), "a negative number"),
        (field(GOOD, 124, b"00000000008\0"), "no octal number"),
        (field(GOOD, 124, b"0x1\0\0\0\0\0\0\0\0\0"), "no octal number"),
        (field(GOOD, 124, b"1_0\0\0\0\0\0\0\0\0\0"), "no octal number"),
        (field(GOOD, 124, b"\x80" + b"\xff" * 11), "a number beyond 64 bits"),
        (field(GOOD, 136, b"\x80" + b"\xff" * 11), "a number beyond 64 bits"),
        (field(GOOD, 136, b"\xc0" + bytes(11)), "a number beyond 64 bits"),
        (field(GOOD, 124, b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7), "more than any file can have"),
        (tar(member("x", pax_headers={"size": str((1 << 63) - 1)}), style=tarfile.PAX_FORMAT), "more than any file"),
        (tar(member("x", pax_headers={"size": "9" * 21}), style=tarfile.PAX_FORMAT), "pax size that is no number"),
        (tar(member("x", pax_headers={"mtime": "9" * 19}), style=tarfile.PAX_FORMAT), "pax mtime that is no time"),
        (field(GOOD, 124, b"\x80" + bytes(6) + b"\x01" + bytes(4)), "ends too early"),
        (field(GOOD, 156, b"S"), "sparse"),
        (bytes(512) + GOOD, "byte 512: a zero block is followed by something else"),
        (tar(member("x", pax_headers={"size": "-1"}), style=tarfile.PAX_FORMAT), "a negative number"),
        (tar(member("x", pax_headers={"uid": "1e3"}), style=tarfile.PAX_FORMAT), "pax uid that is no number"),
        (tar(member("x", pax_headers={"mtime": "now"}), style=tarfile.PAX_FORMAT), "pax mtime that is no time"),
        (tar(member("x", pax_headers={"path": "a\0b"}), style=tarfile.PAX_FORMAT), "zero byte"),
        (tar(member("x", b"20 SCHILY.xattr.\xff=v\n", type=b"x"), member("y")), "whose name is not UTF-8"),
        (tar(member("x", b"30 path=a\n", type=b"x"), member("y")), "pax record that is none"),
        (tar(member("x", b"7 path=a", type=b"x"), member("y")), "pax record that is none"),
        (tar(member("x", b"-9 path=a\n", type=b"x"), member("y")), "pax record that is none"),
        (tar(member("x", b"3 =\n", type=b"x"), member("y")), "pax record that is none"),
        (tar(member("x", b"10 path=a\n", type=b"x"))[:520], "ends too early"),
        (field(GOOD, 329, b"letters\0"), "no octal number"),
        (tar(member("x", b"15 uname=a\0bcd\n", type=b"x"), member("y")), "zero byte in a name"),
        (field(field(GOOD, 156, b"x"), 124, b"00010000000\0"), "an extended header of 2,097,152 bytes"),
    ],
    ids=itertools.count(),
)
def test_what_is_no_tar_is_refused_with_its_cause(data: bytes, cause: str) -> None:
    assert cause in refused(data)
