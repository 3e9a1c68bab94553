"""The running example's published and measured numbers, each computed anew from the model."""

from collections.abc import Callable

import pytest

from layerlab import WHITEOUT, Container, Host, Layer, explain, filler, scratch
from layerlab.benches.example import CATALOG, SITE, layer_label, shop
from layerlab.model.image import Image

ALL = ("coreos/apache", "shop", "blog")


def image(name: str = "shop") -> Image:
    return shop(name).images[name]


def run(*names: str) -> list[Container]:
    host = shop()
    return [host.run("shop", name=name) for name in names]


def written(change: Callable[[Container], object]) -> Container:
    (web,) = run("web")
    change(web)
    return web


def on_another_base() -> Host:
    host = shop()
    base = scratch.with_layer(Layer.of({"usr/base": filler(100_000_000)}))
    host.add(base.with_layer(image().layers[-1]), "other")
    return host


def ten_of_which_three_wrote() -> Host:
    host = shop()
    for container in host.run("shop", count=10)[:3]:
        container.append(CATALOG, b"!")
    return host


def one_byte_three_times_and_once() -> int:
    web, job = run("web", "job")
    for container in (web, web, web, job):
        container.append(CATALOG, b"!")
    return web.size_rw + job.size_rw


def without_catalog() -> Image:
    return image().with_layer(Layer.of({CATALOG: WHITEOUT}))


def modes_changed() -> Image:
    top = dict(image().layers[-1].entries)
    return image().with_layer(Layer({name: entry._replace(mode=0o700) for name, entry in top.items()}))


def squashed() -> int:
    host = Host()
    for name in ("shop", "blog"):
        host.add(image(name).squash(), name)
    return host.usage().disk


NUMBERS: dict[str, tuple[int, Callable[[], int]]] = {
    "coreos/apache": (294_371_253, lambda: image("coreos/apache").size),
    "shop": (319_371_253, lambda: image("shop").size),
    "blog": (304_371_253, lambda: image("blog").size),
    "layer 2": (204_371_253, lambda: image().layers[2].size),
    "layer 3": (90_000_000, lambda: image().layers[3].size),
    "layer 4 of shop": (25_000_000, lambda: image().layers[4].size),
    "layer 4 of blog": (10_000_000, lambda: image("blog").layers[4].size),
    "catalog.db": (20_000_000, lambda: image().view()[CATALOG].size),
    "files under www/": (1_000, lambda: sum(name.startswith(SITE) for name in image().view())),
    "bytes under www/": (5_000_000, lambda: sum(e.size for name, e in image().view().items() if name.startswith(SITE))),
    "a layer deletes catalog.db: size": (319_371_253, lambda: without_catalog().size),
    "a layer deletes catalog.db: dead": (20_000_000, lambda: sum(d.bytes for d in explain(without_catalog()).dead)),
    "a layer deletes catalog.db: live": (299_371_253, lambda: without_catalog().squash().size),
    "a layer changes every mode of the site": (344_371_253, lambda: modes_changed().size),
    "ten containers": (319_371_253, lambda: _ten().usage().total),
    "one byte appended": (20_000_001, lambda: written(lambda web: web.append(CATALOG, b"!")).size_rw),
    "three bytes in web, one in job": (40_000_004, one_byte_three_times_and_once),
    "chmod catalog.db": (20_000_000, lambda: written(lambda web: web.chmod(CATALOG, 0o600)).size_rw),
    "a tree removed: bytes": (0, lambda: written(lambda web: web.rmtree(SITE)).size_rw),
    "a tree removed: marks": (1, lambda: _whiteouts(written(lambda web: web.rmtree(SITE)))),
    "ten containers, three wrote": (379_371_256, lambda: ten_of_which_three_wrote().usage().total),
    "ten containers, three wrote: sum of virtual": (3_253_712_533, lambda: _virtual(ten_of_which_three_wrote())),
    "three images: sum of SIZE": (918_113_759, lambda: sum(row.size for row in shop(*ALL).usage().images.values())),
    "three images: sum of UNIQUE": (35_000_000, lambda: sum(row.unique for row in shop(*ALL).usage().images.values())),
    "three images: disk": (329_371_253, lambda: shop(*ALL).usage().disk),
    "the site on another base": (444_371_253, lambda: on_another_base().usage().disk),
    "shop and blog squashed": (623_742_506, squashed),
}


def _ten() -> Host:
    host = shop()
    host.run("shop", count=10)
    return host


def _virtual(host: Host) -> int:
    return sum(row.virtual_size for row in host.usage().containers.values())


def _whiteouts(container: Container) -> int:
    return sum(entry.kind == "whiteout" for entry in container.layer.entries.values())


@pytest.mark.parametrize("what", NUMBERS)
def test_the_example_has_the_numbers_that_the_lessons_state(what: str) -> None:
    expected, computed = NUMBERS[what]
    assert expected == computed()


def test_fair_shares_of_the_three_images_add_up_to_the_disk() -> None:
    usage = shop(*ALL).usage()
    assert [98_123_751, 123_123_751, 108_123_751] == [usage.images[name].fair for name in ALL]
    assert usage.disk == sum(row.fair for row in usage.images.values())


def test_twins_give_nothing_back_alone_and_everything_together() -> None:
    usage = shop("shop:1", "shop:2").usage()
    returned = [usage.reclaim(names) for names in ({"shop:1"}, {"shop:2"}, {"shop:1", "shop:2"})]
    assert [0, 0, 319_371_253] == returned
    assert usage.images["shop:1"].id != usage.images["shop:2"].id


def test_the_two_empty_layers_have_the_published_ids() -> None:
    apache = image("coreos/apache")
    assert ["5f70bf18a086"] * 2 == [diff_id[7:19] for diff_id in apache.diff_ids[:2]]
    assert "170b376f64fb" == apache.chain_ids[1][7:19]


def test_stopping_keeps_what_was_written_and_removing_does_not() -> None:
    host = shop()
    web = host.run("shop", name="web")
    web.write("var/report", bytes(1_000_000))
    left = []
    for act in (host.stop, host.start, host.stop, host.remove):
        act("web")
        left.append(host.usage().thin)
    assert [1_000_000, 1_000_000, 1_000_000, 0] == left


def test_each_call_returns_a_host_of_its_own_with_nothing_running() -> None:
    one, other = shop(), shop()
    one.run("shop", name="web")
    assert {} == dict(other.containers)
    assert ["shop"] == list(other.images)


def test_hosts_share_the_layers_so_that_a_new_one_costs_nothing() -> None:
    assert shop().images["shop"].layers[2] is shop("blog").images["blog"].layers[2]


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="'shoop': take one of coreos/apache, shop, blog, backup, shop:1, shop:2"):
        shop("shoop")


def test_labels_say_what_a_step_did() -> None:
    labels = ["empty", "empty", "Ubuntu's files", "apache", "posts"]
    assert labels == [layer_label(image("blog"), number) for number in range(5)]
    assert "site" == layer_label(image("shop:1"), 4)


def test_a_tree_of_a_few_dozen_names_stands_for_each_published_layer() -> None:
    names = set(image("coreos/apache").view())
    assert {"bin/sh", "etc/passwd", "usr/bin/apt-get", "usr/lib/apache2/mpm-worker/apache2"} <= names


@pytest.mark.parametrize("name", ["shop", "blog"])
def test_the_diff_ids_that_the_example_knows_are_those_of_its_bytes(name: str) -> None:
    layers = shop(name).images[name].layers
    assert [Layer(layer.entries).diff_id for layer in layers] == [layer.diff_id for layer in layers]
