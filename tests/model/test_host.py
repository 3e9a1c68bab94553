"""A host's names and books: refusals, and random histories after each of which everything adds up."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import layerlab as ll

BASE = ll.scratch.with_layer(ll.Layer.of({"etc/motd": b"hi", "srv/data": ll.filler(1_000)}))
SHOP = BASE.with_layer(ll.Layer.of({"srv/www/a": b"page", "srv/www/b": b"other"}))
BLOG = BASE.with_layer(ll.Layer.of({"srv/posts": ll.filler(50)}))
REBUILT = SHOP.with_config(env={"A": "1"})
IMAGES = [BASE, SHOP, BLOG, REBUILT]
TAGS = ["base", "shop", "shop:2", "blog", "web"]


def shop_host() -> ll.Host:
    host = ll.Host()
    host.add(SHOP, "shop")
    return host


def test_a_name_without_a_tag_means_latest() -> None:
    host = shop_host()
    assert host.image("shop") is host.image("shop:latest")
    assert host.usage().images["shop:latest"] == host.usage().images["shop"]


def test_moving_a_name_leaves_the_old_image_without_one_and_its_container_running_it() -> None:
    host = shop_host()
    web = host.run("shop", name="web")
    host.add(REBUILT, "shop")
    assert (SHOP,) == host.untagged
    assert SHOP == web.image
    assert () == host.usage().images[SHOP.id].names


def test_the_last_name_is_refused_while_a_stopped_container_uses_the_image() -> None:
    host = shop_host()
    host.run("shop", name="old")
    host.stop("old")
    host.tag("shop", "web:1")
    host.remove_image("web:1")
    with pytest.raises(ll.HostError, match="shop is used by old: remove it first"):
        host.remove_image("shop")
    host.remove("old")
    host.remove_image("shop")
    assert {} == dict(host.images)
    assert 0 == host.usage().total


def test_an_untagged_image_is_removed_by_its_id() -> None:
    host = shop_host()
    host.add(BLOG, "shop")
    host.remove_image(SHOP.id.removeprefix("sha256:")[:12])
    assert () == host.untagged


def test_a_running_container_is_removed_by_force_only() -> None:
    host = shop_host()
    web = host.run("shop", name="web")
    with pytest.raises(ll.HostError, match="web is running"):
        host.remove("web")
    host.remove("web", force=True)
    assert "removed" == web.state
    with pytest.raises(OSError, match="web was removed"):
        web.read("etc/motd")


def test_stop_and_start_keep_the_thin_layer_and_files_can_be_read_in_both_states() -> None:
    host = shop_host()
    web = host.run("shop", name="web")
    web.write("new", b"1" * 1_000)
    host.stop("web")
    web.append("new", b"2")
    assert ("stopped", 1_001) == (web.state, web.size_rw)
    host.start("web")
    assert ("running", 1_001) == (web.state, web.size_rw)


def test_many_containers_at_once_are_numbered_from_1() -> None:
    assert ["web-1", "web-2", "web-3"] == [web.name for web in shop_host().run("shop", name="web", count=3)]
    assert ["shop-1", "shop-2"] == [web.name for web in shop_host().run("shop", count=2)]


@pytest.mark.parametrize("name", ["", " web", "a/b"])
def test_a_container_needs_a_usable_name(name: str) -> None:
    with pytest.raises(ll.HostError, match="no name for a container"):
        shop_host().run("shop", name=name)


def test_a_name_in_use_is_refused_and_nothing_is_started() -> None:
    host = shop_host()
    host.run("shop", name="web-2")
    with pytest.raises(ll.HostError, match="called web-2 already"):
        host.run("shop", name="web", count=3)
    assert ["web-2"] == list(host.containers)


def test_the_clock_is_later_than_every_file_in_the_images() -> None:
    host = ll.Host()
    host.add(ll.scratch.with_layer(ll.Layer.of({"a": ll.File(b"", mtime=2_000_000_000)})), "new")
    web = host.run("new")
    web.utime("a")
    assert web.stat("a").mtime > 2_000_000_000


def test_run_does_not_look_into_the_image() -> None:
    image = SHOP.with_layer(ll.Layer.of({"x": b""}))
    host = ll.Host()
    host.add(image, "x")
    host.run("x", count=100)
    assert "index" not in image.__dict__
    assert "id" not in image.__dict__


def test_three_of_ten_containers_copy_up_and_virtual_adds_up_to_a_ghost() -> None:
    host = shop_host()
    for web in host.run("shop", count=10)[:3]:
        web.append("srv/data", b"!")
    usage = host.usage()
    assert SHOP.size + 3 * 1_001 == usage.total
    assert 10 * SHOP.size + 3 * 1_001 == sum(row.virtual_size for row in usage.containers.values())


def test_repr_shows_no_sizes() -> None:
    host = shop_host()
    web = host.run("shop", name="web")
    assert ("<Host with 1 image and 1 container>", "<Container web, running>") == (repr(host), repr(web))


class Histories(RuleBasedStateMachine):
    """Any order of operations on a host: the books balance after each."""

    def __init__(self) -> None:
        super().__init__()
        self.host = ll.Host()

    @rule(image=st.sampled_from(IMAGES), name=st.sampled_from(TAGS))
    def add(self, image: ll.Image, name: str) -> None:
        self.host.add(image, name)

    @precondition(lambda self: self.host.images)
    @rule(data=st.data(), new=st.sampled_from(TAGS))
    def tag(self, data: st.DataObject, new: str) -> None:
        self.host.tag(data.draw(st.sampled_from(sorted(self.host.images))), new)

    @precondition(lambda self: self.host.images)
    @rule(data=st.data())
    def run(self, data: st.DataObject) -> None:
        self.host.run(data.draw(st.sampled_from(sorted(self.host.images))))

    @precondition(lambda self: self.host.images)
    @rule(data=st.data(), place=st.sampled_from(["srv", "etc", "srv/www"]))
    def run_with_mounts(self, data: st.DataObject, place: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.host.images)))
        known = set(self.host.containers)
        there = self.host.image(name).view().get(place)
        if there is not None and there.kind != "directory":
            with pytest.raises(ll.HostError, match="Not a directory"):
                self.host.run(name, mounts={place: "files"})
            assert known == set(self.host.containers)
        else:
            self.host.run(name, mounts={place: "files", "run/cache": ll.Tmpfs()}).write("run/cache/x", b"123")

    @precondition(lambda self: self.host.containers)
    @rule(data=st.data())
    def print_and_start_again(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.host.containers)))
        self.host.start(name)
        self.host.containers[name].print(b"hello")

    @precondition(lambda self: self.host.containers)
    @rule(data=st.data(), action=st.sampled_from(["append", "write", "unlink", "rmtree", "chmod", "rename", "link"]))
    def change(self, data: st.DataObject, action: str) -> None:
        web = self.host.containers[data.draw(st.sampled_from(sorted(self.host.containers)))]
        path = data.draw(st.sampled_from(["etc/motd", "srv/data", "srv/www/a", "srv/www", "new"]))
        more = {"append": (b"!",), "write": (b"12345",), "chmod": (0o600,), "rename": ("moved",), "link": ("linked",)}
        with suppress(OSError):
            getattr(web, action)(path, *more.get(action, ()))

    @precondition(lambda self: self.host.containers)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        web = self.host.containers[data.draw(st.sampled_from(sorted(self.host.containers)))]
        self.host.add(web.commit(), "committed")

    @precondition(lambda self: self.host.containers)
    @rule(data=st.data(), stopped=st.booleans())
    def stop_or_remove(self, data: st.DataObject, stopped: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.host.containers)))
        if stopped:
            self.host.stop(name)
        else:
            self.host.remove(name, force=True)

    @precondition(lambda self: self.host.images)
    @rule(data=st.data())
    def remove_image(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.host.images)))
        before, promised = self.host.usage(), self.host.usage().reclaim({name})
        try:
            self.host.remove_image(name)
        except ll.HostError:
            assert 0 == promised
        assert before.total - promised == self.host.usage().total

    @invariant()
    def the_books_balance(self) -> None:
        usage = self.host.usage()
        stored: dict[tuple[str, ...], int] = {}
        for name in usage.images:
            image = self.host.image(name)
            for height, layer in enumerate(image.layers, start=1):
                stored[image.diff_ids[:height]] = layer.size
        thin = {web.name: web.layer.size for web in self.host.containers.values()}
        assert sum(stored.values()) == usage.disk
        assert usage.disk + sum(thin.values()) == usage.total
        assert Fraction(usage.disk) == sum((row.fair for row in usage.images.values()), Fraction(0))
        assert thin == {name: row.size_rw for name, row in usage.containers.items()}
        files = {volume.name: volume.size for volume in self.host.volumes.values()}
        assert files == {name: row.size for name, row in usage.volumes.items()}
        logs = {web.name: len(web.log) for web in self.host.containers.values()}
        assert logs == {name: row.log for name, row in usage.containers.items()}
        assert (sum(files.values()), sum(logs.values())) == tuple(
            usage.beside.get(what, 0) for what in ("volumes", "logs")
        )
        assert all(row.size == row.shared + row.unique for row in usage.images.values())
        everything = {*usage.images, *usage.containers} | {name for row in usage.images.values() for name in row.names}
        assert usage.total == usage.reclaim(everything)


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestHistories = Histories.TestCase


def test_an_act_that_is_refused_does_not_move_the_clock() -> None:
    host = shop_host()
    web = host.run("shop", name="web")
    web.utime("etc/motd")
    with pytest.raises(FileNotFoundError):
        web.utime("missing")
    with pytest.raises(FileExistsError):
        web.mkdir("etc")
    with pytest.raises(OSError, match="cross-device"):
        web.rename("srv/www", "moved")
    before = web.stat("etc/motd").mtime
    web.utime("etc/motd")
    assert before + 1 == web.stat("etc/motd").mtime
