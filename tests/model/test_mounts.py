"""Volumes, folders of the host, tmpfs and logs: what is seen, what is counted, and what is refused."""

import errno
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab import Bind, Container, Directory, File, Folder, Host, HostError, Layer, Symlink, Tmpfs, Volume, scratch
from layerlab.model.entry import Spec
from layerlab.model.mounts import MountSpec

FILES: dict[str, Spec] = {
    "etc/motd": b"hi", "srv/index": b"index", "data/": Directory(0o750, 7, 8), "data/a": File(b"one", 0o640, 3, 4),
    "data/d/x": b"xx",
}  # fmt: skip
SHOP = scratch.with_layer(Layer.of(FILES))


def start(mounts: dict[str, MountSpec] | None = None) -> tuple[Host, Container]:
    host = Host()
    host.add(SHOP, "shop")
    return host, host.run("shop", name="web", mounts=mounts)


def refused(number: int, act: Callable[[], object]) -> bool:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is what is compared
        act()
    return caught.value.errno == number


def test_an_empty_volume_is_filled_with_modes_and_owners() -> None:
    host, web = start({"data": "orders"})
    orders = host.volume("orders")
    assert ["a", "d"] == web.listdir("data") == orders.listdir()
    assert (0o640, 3, 4, b"one") == (*orders.stat("a")[1:4], orders.read("a"))
    assert (0o750, 7, 8) == orders.stat("/")[1:4]
    assert (5, ("web",)) == (host.usage().volumes["orders"].size, host.usage().volumes["orders"].users)


def test_a_volume_that_holds_something_and_a_folder_hide_the_image() -> None:
    host, _ = start()
    host.volume("orders").write("first", b"1")
    job = host.run("shop", mounts={"data": "orders", "srv": host.folder("/site", {"page": b"new"})})
    assert (["first"], ["page"]) == (job.listdir("data"), job.listdir("srv"))
    assert [] == job.diff()


def test_what_is_written_to_a_mount_is_in_no_layer() -> None:
    host, web = start({"data": "orders", "srv": Bind({}), "run/cache": Tmpfs()})
    for path in ("data/new", "srv/new", "run/cache/new"):
        web.write(path, bytes(1_000))
    assert (0, ["A /run", "A /run/cache"]) == (web.size_rw, web.diff())
    assert ["run", "run/cache"] == list(web.layer.entries)
    made = web.commit()
    assert (SHOP.size, [], ["a", "d"]) == (made.size, sorted(_names(made, "run/cache")), sorted(_names(made, "data")))
    usage = host.usage()
    assert {"volumes": 1_005, "tmpfs": 1_000} == dict(usage.beside)
    assert (SHOP.size, 1_000) == (usage.total, usage.containers["web"].tmpfs)


def _names(image: object, folder: str) -> list[str]:
    view = image.view()  # type: ignore[attr-defined]
    return [path.rpartition("/")[2] for path in view if path.rpartition("/")[0] == folder]


def test_nothing_of_the_image_is_copied_up_for_what_lies_in_a_mount() -> None:
    _, web = start({"data/d/deep": "orders"})
    before = web.layer.entries
    web.write("data/d/deep/new", b"1")
    web.mkdir("data/d/deep/folder")
    assert before == web.layer.entries
    assert {"", "data", "data/d", "data/d/deep"} >= set(before)


def test_a_volume_in_two_containers_is_the_same_files() -> None:
    host, web = start({"data": "orders"})
    job = host.run("shop", name="job", mounts={"backup": "orders"})
    with job.open("backup/a", 2) as handle:
        web.append("data/a", b"!")
        assert b"one!" == handle.read()
    job.unlink("backup/a")
    assert ["d"] == web.listdir("data")


def test_one_folder_at_two_places_is_two_mounts_of_the_same_files() -> None:
    host, _ = start()
    site = host.folder("/site", {"page": b"1", "in/": Directory()})
    web = host.run("shop", mounts={"one": site, "two": site, "one/in": "orders"})
    web.write("two/page", b"22")
    assert b"22" == web.read("one/page") == site.read("page")
    assert refused(errno.EXDEV, lambda: web.link("one/page", "two/linked"))
    assert refused(errno.EBUSY, lambda: web.rmdir("two/in"))
    web.write("one/in/x", b"1")
    assert ["x"] == web.listdir("one/in") == host.volume("orders").listdir()
    assert [] == web.listdir("two/in")


@pytest.mark.parametrize(
    "act",
    [
        lambda web: web.link("data/a", "srv/a"),
        lambda web: web.link("data", "srv/a"),
        lambda web: web.rename("data/a", "srv/a"),
        lambda web: web.rename("srv", "data/srv"),
        lambda web: web.rename("data/.", "srv/a"),
        lambda web: web.rename("data/..", "srv/a"),
    ],
)
def test_nothing_crosses_a_mount(act: Callable[[Container], object]) -> None:
    _, web = start({"data": "orders"})
    with pytest.raises(OSError, match="lie on different mounts, so copy it"):
        act(web)
    assert [] == web.diff()


@pytest.mark.parametrize(
    "act",
    [
        lambda web: web.rmdir("srv/in"),
        lambda web: web.rename("srv/in", "srv/out"),
        lambda web: web.rename("srv/other", "srv/in"),
    ],
)
def test_a_mount_point_is_busy(act: Callable[[Container], object]) -> None:
    _, web = start({"srv/in": "orders"})
    web.mkdir("srv/other")
    with pytest.raises(OSError, match="something is mounted on this directory") as caught:
        act(web)
    assert errno.EBUSY == caught.value.errno


def test_removing_a_tree_takes_all_but_the_mount_and_empties_what_is_mounted() -> None:
    host, web = start({"srv/in": "orders"})
    web.write("srv/in/x", b"1")
    web.mkdir("srv/z")
    assert refused(errno.EBUSY, lambda: web.rmtree("srv"))
    assert (["in"], []) == (web.listdir("srv"), host.volume("orders").listdir())
    assert refused(errno.EBUSY, lambda: web.delete("srv/in", tree=True))


def test_removing_a_tree_leaves_a_read_only_mount_as_it_is() -> None:
    host, web = start({"srv/in": "orders:ro"})
    host.volume("orders").write("x", b"1")
    assert refused(errno.EROFS, lambda: web.rmtree("srv"))
    assert ["x"] == web.listdir("srv/in")


CHANGES: list[Callable[[Container], object]] = [
    lambda web: web.write("data/a", b""),
    lambda web: web.write("data/new", b""),
    lambda web: web.append("data/a", b"!"),
    lambda web: web.truncate("data/a", 1),
    lambda web: web.mkdir("data/new"),
    lambda web: web.rmdir("data/none"),
    lambda web: web.unlink("data/a"),
    lambda web: web.rmtree("data/d"),
    lambda web: web.rename("data/a", "data/new"),
    lambda web: web.link("data/a", "data/new"),
    lambda web: web.symlink("a", "data/new"),
    lambda web: web.mknod("data/new", 0o644),
    lambda web: web.chmod("data/a", 0o600),
    lambda web: web.chown("data", 1, 1),
    lambda web: web.utime("data/a", 5),
    lambda web: web.touch("data/new"),
    lambda web: web.setxattr("data/a", "user.k", b""),
    lambda web: web.removexattr("data/a", "user.k"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_read_only_mount_refuses_every_change(change: Callable[[Container], object]) -> None:
    host, web = start({"data": "orders:ro"})
    before = dict(host.volume("orders").view().items())
    with pytest.raises(OSError, match="mounted read-only"):
        change(web)
    assert before == dict(host.volume("orders").view().items())


def test_what_is_there_already_is_told_before_a_mount_is_read_only() -> None:
    _, web = start({"data": "orders:ro"})
    assert refused(errno.EEXIST, lambda: web.mkdir("data/d"))
    assert refused(errno.EBUSY, lambda: web.rename("data/.", "data/x"))
    assert b"one" == web.read("data/a")


def test_parents_and_symlinks_cross_mounts() -> None:
    _, web = start({"data": "orders", "srv/in": Bind({"up": Symlink("../index"), "home": Symlink("/data/a")})})
    assert (b"index", b"one") == (web.read("srv/in/up"), web.read("srv/in/home"))
    assert b"hi" == web.read("data/d/../../etc/motd")


def test_a_mount_goes_with_a_renamed_parent_until_the_next_start() -> None:
    host, web = start({"new/in": "orders"})
    web.write("new/in/x", b"1")
    web.rename("new", "moved")
    assert b"1" == web.read("moved/in/x")
    host.stop("web")
    host.start("web")
    assert (["x"], []) == (web.listdir("new/in"), web.listdir("moved/in"))


def test_tmpfs_is_not_there_while_a_container_is_stopped_and_empty_at_its_start() -> None:
    host, web = start({"data": Tmpfs(), "run": Tmpfs(), "tmp": Tmpfs(0o700)})
    # A directory that is hidden keeps its mode, and 0700 is for one that is missing.
    assert [0o750, 0o1777, 0o700] == [web.stat(path).mode for path in ("data", "run", "tmp")]
    web.write("data/x", b"1")
    host.stop("web")
    assert (["a", "d"], 0) == (web.listdir("data"), host.usage().containers["web"].tmpfs)
    host.start("web")
    assert [] == web.listdir("data")


def test_starting_what_runs_leaves_tmpfs_as_it_is() -> None:
    host, web = start({"run": Tmpfs()})
    web.write("run/x", b"1")
    host.start("web")
    assert ["x"] == web.listdir("run")


def test_anonymous_volumes_go_with_their_container_where_that_is_asked_for() -> None:
    host = Host()
    host.add(SHOP.with_config(volumes=["/data", "/srv"]), "shop")
    web = host.run("shop", name="web", mounts={"srv": "named"})
    assert [("srv", "volume"), ("data", "volume")] == [(each.path, each.kind) for each in web.mounts]
    (anonymous,) = (volume for volume in host.volumes.values() if volume.anonymous)
    assert 64 == len(anonymous.name)
    host.run("shop", name="job", mounts={"data": anonymous, "srv": "named"})
    host.remove("web", force=True, volumes=True)
    assert ["named", anonymous.name] == sorted(host.volumes, key=len)
    host.remove("job", force=True, volumes=True)
    assert ["named"] == list(host.volumes)


def test_a_volume_is_not_removed_while_a_container_uses_it() -> None:
    host, _ = start({"data": "orders"})
    host.run("shop", name="job", mounts={"srv": "orders"})
    host.stop("job")
    with pytest.raises(HostError, match=r"^remove orders: volume is in use - \[web, job\]: remove them first$"):
        host.remove_volume("orders")
    host.remove("web", force=True)
    host.remove("job")
    host.remove_volume("orders")
    with pytest.raises(HostError, match="get orders: no such volume"):
        host.remove_volume("orders")


def test_the_host_has_one_tree_of_folders() -> None:
    host = Host()
    inner = host.folder("/srv/site", {"page": b"hi"})
    host.folder("srv/").append("site/page", b"!")
    assert (b"hi!", "/srv/site") == (inner.read("page"), inner.path)
    with pytest.raises(HostError, match="/srv/site holds files already"):
        host.folder("/srv/site", {"page": b"hi"})
    assert ["srv"] == host.folder("/").listdir()
    with pytest.raises(HostError, match="/srv/site/page is no folder"):
        host.folder("/srv/site/page")
    assert Layer.of({}).size == host.usage().total


def test_a_log_grows_outside_every_size() -> None:
    host, web = start()
    web.print(b"x" * 5_000)
    usage = host.usage()
    assert (0, [], SHOP.size) == (web.size_rw, web.diff(), usage.total)
    assert ({"logs": 5_000}, 5_000) == (dict(usage.beside), usage.containers["web"].log)
    host.stop("web")
    assert 5_000 == len(web.log)
    with pytest.raises(OSError, match="container web is stopped: no process is there to print"):
        web.print(b"x")
    host.remove("web")
    assert {} == dict(host.usage().beside)


def test_a_symlink_to_nowhere_makes_its_target_a_mount_point() -> None:
    host = Host()
    host.add(SHOP.with_layer(Layer.of({"link": Symlink("/opt/../away"), "loop": Symlink("loop")})), "shop")
    web = host.run("shop", name="web", mounts={"link/deep": "orders"})
    web.write("away/deep/x", b"1")
    assert (["x"], ["A /away", "A /away/deep"]) == (host.volume("orders").listdir(), web.diff())
    with pytest.raises(HostError, match="nothing can be mounted on /loop/x: Too many levels of symbolic links"):
        host.run("shop", mounts={"loop/x": "orders"})


def test_a_stopped_container_makes_no_mount_point() -> None:
    host, web = start({"run": Tmpfs(), "run/in": "orders"})
    host.stop("web")
    assert ["A /run"] == web.diff()
    host.start("web")
    assert ["in"] == web.listdir("run")


def test_a_start_is_refused_where_nothing_can_be_mounted_any_more() -> None:
    host, web = start({"srv/in": "orders"})
    host.stop("web")
    web._mount = None
    web.rmtree("srv/in")
    web.write("srv/in", b"1")
    with pytest.raises(HostError, match="web cannot be started: nothing can be mounted on /srv/in: Not a directory"):
        host.start("web")
    assert ("stopped", b"1") == (web.state, web.read("srv/in"))
    web.unlink("srv/in")
    host.start("web")
    assert [] == web.listdir("srv/in")


def test_a_start_that_is_refused_leaves_no_volume_behind() -> None:
    host = Host()
    host.add(scratch.with_layer(Layer.of({"srv": b"1"})), "shop")
    with pytest.raises(HostError, match="nothing can be mounted on /srv/d"):
        host.run("shop", mounts={"srv/d": "full"})
    assert () == tuple(host.volumes)


def test_a_volume_that_was_removed_is_not_mounted() -> None:
    host, _ = start()
    orders = host.volume("orders")
    host.remove_volume("orders")
    with pytest.raises(HostError, match="get orders: no such volume"):
        host.run("shop", mounts={"data": orders})


BAD: list[tuple[dict[str, object], type[Exception], str]] = [
    ({"etc/motd": "orders"}, HostError, "new cannot be started: nothing can be mounted on /etc/motd: Not a directory"),
    ({"etc/motd/x": "orders"}, HostError, "nothing can be mounted on /etc/motd/x"),
    ({"data": "orders", "/data/": Tmpfs()}, HostError, "Duplicate mount point: /data"),
    ({"/": "orders"}, ValueError, "nothing is mounted on the root"),
    ({"data": "a b"}, HostError, "includes invalid characters for a local volume name"),
    ({"data": Bind("/none")}, HostError, "bind source path does not exist: /none: make it with host.folder"),
    ({"data": 5}, TypeError, r"what is mounted is a volume's name, Bind\(...\) or Tmpfs\(\), not int"),
    ({"data": {"page": b"hi"}}, TypeError, r"what is mounted is a volume's name, Bind\(...\) or Tmpfs\(\), not dict"),
    ({5: "orders"}, TypeError, "the place of a mount is text, as in 'etc/motd', not int"),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("mounts", "error", "words"), BAD)
def test_what_cannot_be_mounted_is_said(mounts: dict[str, MountSpec], error: type[Exception], words: str) -> None:
    host, _ = start()
    with pytest.raises(error, match=words):
        host.run("shop", name="new", mounts=mounts)
    assert ["web"] == list(host.containers)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Bind(5), TypeError, "Bind takes a folder of the host, as in '/srv/site', or files"),  # type: ignore[arg-type]
        (lambda: Tmpfs(0o10000), ValueError, "a mode holds permissions alone"),
        (lambda: Tmpfs("700"), TypeError, "integer"),  # type: ignore[arg-type]
        (lambda: Host().run("shop", mounts=[]), HostError, "no image"),  # type: ignore[call-overload]
        (lambda: start([])[1], TypeError, "mounts is a dictionary, as in"),  # type: ignore[arg-type]
        (lambda: Host().volume(5), TypeError, "a volume's name is text, not int"),  # type: ignore[arg-type]
        (lambda: Host().folder("/site", {"a": 5}), TypeError, "'a': a file's content is bytes"),  # type: ignore[dict-item]
        (lambda: Host().folder("/site", {"a/": Directory(opaque=True)}), ValueError, "'a/.wh..wh..opq': a mark hides"),
        (lambda: start()[1].print("hi"), TypeError, "what is printed is bytes"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_type_is_named(make: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_a_refused_start_leaves_no_anonymous_volume() -> None:
    host = Host()
    host.add(SHOP.with_config(volumes=["/etc/motd"]), "shop")
    with pytest.raises(HostError, match="nothing can be mounted on /etc/motd"):
        host.run("shop")
    assert ({}, {}) == (dict(host.containers), dict(host.volumes))


def test_each_of_many_containers_has_memory_of_its_own_and_shares_the_rest() -> None:
    host, _ = start()
    one, two = host.run("shop", count=2, mounts={"run": Tmpfs(), "data": "orders", "srv": Bind({"page": b"1"})})
    for name in ("run", "data", "srv"):
        one.write(f"{name}/new", b"1")
    assert [False, True, True] == ["new" in two.listdir(name) for name in ("run", "data", "srv")]


def test_a_copied_host_has_mounts_of_its_own() -> None:
    host, web = start({"data": "orders", "new": Tmpfs()})
    copy = deepcopy(host, {id(SHOP): SHOP})
    copy.containers["web"].write("data/new", b"1")
    copy.containers["web"].write("new/x", b"1")
    assert ["a", "d"] == host.volume("orders").listdir() == web.listdir("data")
    assert (["a", "d", "new"], []) == (copy.volume("orders").listdir(), web.listdir("new"))


def test_folders_and_volumes_say_what_they_are() -> None:
    host, web = start({"data": "orders"})
    assert ("<Volume orders>", "<Folder /srv of the host>") == (repr(host.volume("orders")), repr(host.folder("/srv")))
    assert isinstance(host.volume("orders"), Volume | Folder)
    assert "volume" == web.mounts[0].kind


PLACES = ["data", "data/a", "data/d", "data/d/x", "srv", "srv/index", "srv/in", "srv/in/x", "run", "run/x", "new"]
ACTS = st.tuples(st.sampled_from(["write", "rename", "link", "mkdir", "rmtree", "chmod", "unlink"]),
                 st.sampled_from(PLACES), st.sampled_from(PLACES))  # fmt: skip


@given(acts=st.lists(ACTS, max_size=25))
@settings(max_examples=80)
def test_the_books_balance_with_mounts(acts: list[tuple[str, str, str]]) -> None:
    host, web = start({"data": "orders", "srv/in": "orders", "run": Tmpfs()})
    job = host.run("shop", name="job", mounts={"srv": "orders"})
    for number, (verb, path, other) in enumerate(acts):
        more: dict[str, tuple[object, ...]] = {
            "write": (b"12345",), "chmod": (0o700,), "rename": (other,), "link": (other,),
        }  # fmt: skip
        with suppress(OSError):
            getattr((web, job)[number % 3 == 0], verb)(path, *more.get(verb, ()))
    usage = host.usage()
    assert usage.disk + web.layer.size + job.layer.size == usage.total
    orders = host.volume("orders")
    files = {entry.inode: entry.size for entry in orders.view().values()}
    assert sum(files.values()) == orders.size == usage.beside.get("volumes", 0)
    assert set(orders.listdir()) == set(web.listdir("data")) == set(web.listdir("srv/in")) == set(job.listdir("srv"))
    assert SHOP.size == usage.disk
