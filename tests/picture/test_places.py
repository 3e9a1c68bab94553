"""What is outside every thin layer: where it is drawn, what moves there, and what is said of it, on real hosts."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from layerlab import Bind, Host, Tmpfs, shop
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench
from layerlab.model.content import filler
from layerlab.model.image import scratch
from layerlab.model.layer import Layer
from layerlab.picture.host_scene import scene
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment, places
from layerlab.picture.shapes import STILL, Looks, Mark, Scene
from layerlab.picture.text import text
from tests.picture.moments import MOMENTS

DATA = "docker exec web sh -c 'head -c 1000000 /dev/zero > /var/lib/shop/new'"
ORDERS = "docker run -v orders:/var/lib/shop --name web shop"


def typed(*lines: str, host: Host | None = None) -> StackBench:
    table: StackBench = bench("stack", verbs=[], prompt=True, host=host)
    for line in lines:
        table.type(line)
        assert not table.refusing, table.answer.text
    return table


def with_volume() -> Host:
    """A host with an image that has a VOLUME of 5 bytes."""
    host = Host()
    image = scratch.with_layer(Layer.of({"srv/data/first": b"12345", "bin/sh": b"#"}))
    host.add(image.with_config(volumes=["/srv/data"]), "shop")
    return host


def marks(picture: Scene) -> dict[str, Mark]:
    return {mark.key: mark for mark in picture.marks}


def test_bytes_under_a_volume_are_in_the_volume_and_not_in_the_thin_layer() -> None:
    now = typed(ORDERS, DATA).now
    assert "web wrote 1.00 MB to the volume orders. web's thin layer is unchanged." == now.sentence
    assert "319 MB in layers + 0 B in thin layers + 21.0 MB outside = 340 MB" == now.balance
    assert (0, 21_000_000) == (now.bytes.thin, now.bytes.outside)
    assert "outside: volumes 21.0 MB; not counted: build cache" == now.uncounted


def test_the_books_of_the_picture_are_those_of_the_host() -> None:
    table = typed(ORDERS, DATA, "docker exec web sh -c 'printf ! >> /etc/passwd'")
    usage, now = table.host.usage(), table.now.bytes
    assert (usage.disk, usage.thin, usage.beside["volumes"]) == (now.layers, now.thin, now.outside)
    assert usage.total + usage.beside["volumes"] == now.total  # type: ignore[operator]


def test_what_is_written_moves_from_the_card_into_the_volume() -> None:
    table = typed(ORDERS)
    before = marks(table.scene)
    table.type(DATA)
    after = marks(table.scene)
    (flown,) = (
        after.keys()
        - before.keys()
        - {f"bar:{n}:{part}" for n in range(9) for part in ("layers", "outside")}
        - {f"step:{n}" for n in range(9)}
    )
    assert "poured:outside:volume:orders:21000000" == flown
    assert "card:web" == after[flown].move.source
    assert before["card:web"].labels == after["card:web"].labels
    assert after["bar:2:outside"].move.source.startswith("bar:1:outside|")


def test_a_volume_that_was_empty_is_filled_from_the_layer_that_has_the_files() -> None:
    table = typed(ORDERS)
    site = table.now.images[0].layers[4].key.removeprefix("sha256:")[:12]
    (block,) = [mark for key, mark in marks(table.scene).items() if key.startswith("poured:")]
    assert f"layer:{site}" == block.move.source
    said = "The volume orders was empty, so the image's files at /var/lib/shop were copied into it: 20.0 MB."
    assert f"web costs 0 B until it writes. {said}" == table.now.sentence


def test_a_volume_that_holds_something_is_not_filled() -> None:
    table = typed(ORDERS, "docker run -d --name job -v orders:/var/www shop")
    said = "What job writes to /var/www goes to the volume orders."
    assert f"job costs 0 B until it writes. {said}" == table.now.sentence
    assert [] == [mark for mark in table.scene.marks if mark.key.startswith("poured:")]


SAID = {
    "several mounts": (
        ["docker run -d --name web -v aa:/a -v /srv/site:/b --tmpfs /c shop"],
        "web costs 0 B until it writes. What web writes to /a, /b and /c is outside its thin layer.",
    ),
    "read-only": (
        ["docker run -d --name web -v /srv/site:/b:ro shop"],
        "web costs 0 B until it writes. At /b web sees the folder /srv/site of the host, and cannot write to it.",
    ),
    "chmod": (
        [ORDERS, "docker exec web chmod 600 /var/lib/shop/catalog.db"],
        "The change is in the volume orders. web's thin layer is unchanged. Cost: 0 B.",
    ),
    "read": (
        [ORDERS, "docker exec web cat /var/lib/shop/catalog.db"],
        "Read from the volume orders. Nothing moves into web's thin layer. Cost: 0 B.",
    ),
    "delete": (
        [ORDERS, "docker exec web rm /var/lib/shop/catalog.db"],
        "web removed 20.0 MB from the volume orders. web's thin layer is unchanged.",
    ),
    "a folder": (
        ["docker run -d --name web -v /srv/site:/b shop", "docker exec web sh -c 'printf 123 > /b/x'"],
        "web wrote 3 B to the folder /srv/site of the host. web's thin layer is unchanged.",
    ),
    "the one that wrote": (
        [ORDERS, "docker run -d --name job -v orders:/o shop", "docker exec job sh -c 'printf 123 > /o/x'"],
        "job wrote 3 B to the volume orders. job's thin layer is unchanged.",
    ),
    "tmpfs": (
        ["docker run -d --name web --tmpfs /b shop", "docker exec web sh -c 'printf 123 > /b/x'", "docker stop web"],
        "web is stopped. The thin layer is still there. web's tmpfs is memory, so its 3 B are gone.",
    ),
    "removal": (
        [ORDERS, "docker stop web", "docker rm web"],
        "web had written nothing, so nothing is lost. The volume orders is still there: 20.0 MB.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_each_event_is_told_in_words_that_say_where_the_bytes_are(name: str) -> None:
    lines, said = SAID[name]
    assert said == typed(*lines).now.sentence


def test_a_removal_with_volumes_takes_those_without_a_name_and_one_without_leaves_them() -> None:
    start = ("docker run --name web shop", "docker stop web")
    assert (
        "web had written nothing, so nothing is lost. A volume without a name is still there: 5 B."
        == typed(*start, "docker rm web", host=with_volume()).now.sentence
    )
    gone = typed(*start, "docker rm -v web", host=with_volume())
    assert (
        "web had written nothing, so nothing is lost. A volume without a name went with it: 5 B." == gone.now.sentence
    )
    assert () == gone.now.places


def test_a_log_that_grows_is_seen_and_said() -> None:
    host = shop()
    web = host.run("shop", name="web")
    first = moment(host, step="run")
    web.print(b"GET /\n" * 1_000)
    now = moment(host, first, step="print", by="web")
    assert "web printed 6.00 kB into its log. web's thin layer is unchanged." == now.sentence
    assert "319 MB in layers + 0 B in thin layers + 6.00 kB outside = 319 MB" == now.balance
    host.remove("web", force=True)
    after = moment(host, now, step="remove")
    assert "web had written nothing, so nothing is lost. web's log is gone too: 6.00 kB." == after.sentence


def test_a_folder_in_a_folder_counts_once() -> None:
    host = Host()
    host.add(scratch.with_layer(Layer.of({"bin/sh": b"#"})), "demo")
    host.folder("/srv/site", {"a": filler(1_000)})
    host.run("demo", name="web", mounts={"all": "/srv", "one": "/srv/site"})
    host.run("demo", name="job", mounts={"one": "/srv/site", "two": Bind({"b": b"12345"})})
    assert {"/srv": (1_000, 0), "/srv/site": (1_000, 1_000), "": (5, 0)} == {
        each.name: (each.size, each.again) for each in places(host)
    }
    assert 1_005 == moment(host).bytes.outside


def test_a_refusal_of_what_is_mounted_changes_nothing() -> None:
    table = typed("docker run -d --name web -v orders:/srv/in shop", "docker exec web sh -c 'printf 1 > /srv/x'")
    books = table.now.bytes
    table.type("docker exec web rm -r /srv")
    assert table.refusing
    assert "Refused: /srv/in, Device or resource busy. Something is mounted on this directory." == table.now.sentence
    assert (books, ["in", "x"]) == (table.now.bytes, sorted(table.host.containers["web"].listdir("srv")))
    table.type("docker exec web mv /srv/x /srv/in/x")
    assert table.now.sentence.startswith("Refused: /srv/in/x is on another mount")


def test_lines_join_a_place_to_its_containers_on_a_wide_page() -> None:
    table = typed(ORDERS, "docker run -d --name job -v orders:/o --tmpfs /c shop")
    found = marks(table.scene)
    ends = {key: len(found[f"link:outside:{key}"].shapes) - 1 for key in ("volume:orders", "tmpfs:job")}
    assert {"volume:orders": 2, "tmpfs:job": 1} == ends
    narrow = marks(table.drawn(Looks(500)))
    assert "outside:volume:orders" in narrow
    assert "link:outside:volume:orders" not in narrow


def test_pictures_without_places_are_as_they_were() -> None:
    for name, each in MOMENTS.items():
        if not each.places:
            picture = text(scene(each))
            assert "outside" not in picture.lower(), name
            assert "~" not in picture, name


def without(change: Callable[[Moment], Moment]) -> str:
    return text(scene(change(MOMENTS["places"]), STILL))


def test_a_place_without_users_says_so() -> None:
    unused = without(lambda each: replace(each, places=(replace(each.places[0], users=(), at=()),)))
    assert "orders  volume, unused  21.0 MB" in unused


def test_a_read_that_leads_through_a_link_into_a_volume_is_told() -> None:
    host = Host()
    host.add(scratch.with_layer(Layer.of({"bin/sh": b"#", "srv/in/x": b"1"})), "demo")
    web = host.run("demo", name="web", mounts={"srv/in": "orders", "run/c": Tmpfs()})
    web.symlink("/srv/in/x", "link")
    assert ["volume", "volume", None, "tmpfs"] == [
        found.kind if (found := web.mounted_at(path)) else None for path in ("link", "srv/in/x", "bin/sh", "run/c/new")
    ]
    assert web.mounted_at("link", follow=False) is None
