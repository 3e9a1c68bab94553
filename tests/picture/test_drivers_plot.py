"""The plot of all drivers: its numbers are those of hosts, and its text, its picture and its alt say the same."""

import re

import pytest

from layerlab import DRIVERS, Host, Layer, disk, drivers_plot, filler, scratch, shop
from layerlab.drivers.driver import GROUPS
from layerlab.picture.drivers_plot import FEW, LOOKS, SHARES, DriversPlot, Panel
from layerlab.words.sizes import size
from tests.picture.painted import assert_labels_are_apart, cut, labels

IMAGE = scratch.with_layer(Layer.of({"srv/data": filler(8_192_000), "srv/rest": filler(1_000_000)}))


@pytest.fixture(scope="module")
def plot() -> DriversPlot:
    return drivers_plot(IMAGE, "srv/data", 20)


@pytest.mark.parametrize("share", [0, 10, 50, 100])
def test_the_bytes_over_shares_are_those_of_a_host_with_so_many_containers(plot: DriversPlot, share: int) -> None:
    host = Host()
    host.add(IMAGE, "image")
    for container in host.run("image", name="web", count=FEW):
        if share:
            container.write_at("srv/data", 0, bytes(8_192_000 * share // 100))
    drawn = {name: line[SHARES.index(share)] for name, line in plot.panels[1].lines.items()}
    assert {name: disk(host, name, group=GROUPS.get(name)).total for name in DRIVERS} == drawn


def test_the_bytes_over_containers_are_those_of_a_host_where_each_overwrites_one_block(plot: DriversPlot) -> None:
    host = Host()
    host.add(IMAGE, "image")
    for container in host.run("image", name="web", count=20):
        container.write_at("srv/data", 0, bytes(4096))
    panel = plot.panels[0]
    assert (1, 20) == (panel.at[0], panel.at[-1])
    found = {name: disk(host, name, group=GROUPS.get(name)).total for name in DRIVERS}
    assert found == {name: line[-1] for name, line in panel.lines.items()}


def test_the_text_the_alt_and_the_figure_name_every_driver_and_what_is_assumed(plot: DriversPlot) -> None:
    drawn = plot.figure()
    assert list(DRIVERS) == list(LOOKS) == [text.get_text() for text in drawn.legends[0].get_texts()]
    assert plot.assumptions in str(plot)
    assert plot.assumptions == drawn.get_supxlabel()
    for name in DRIVERS:
        assert f"{name} {size(plot.panels[0].lines[name][-1])}" in plot.alt
        assert size(plot.panels[0].lines[name][-1]) in str(plot)


def test_where_each_driver_takes_the_least() -> None:
    plot = drivers_plot(shop().images["shop"], "var/lib/shop/catalog.db")
    assert ["overlay2", "btrfs", "btrfs", "overlay2"] == [plot.best(share) for share in (0, 1, 50, 100)]


def test_the_same_plot_has_the_same_bytes_and_a_scene_for_where_there_is_no_matplotlib(plot: DriversPlot) -> None:
    assert plot.png() == drivers_plot(IMAGE, "srv/data", 20).png()
    words = {label.text for mark in plot.scene().marks for label in mark.labels}
    assert {*plot.assumptions.split("\n")} <= words
    assert set(DRIVERS) <= set(re.findall(r"\w+", " ".join(words)))


def test_an_axis_begins_at_0_and_what_goes_beyond_it_says_how_far() -> None:
    plot = drivers_plot(shop().images["shop"], "var/lib/shop/catalog.db")
    assert ["vfs", "vfs"] == [panel.beyond for panel in plot.panels]
    assert ["vfs: 1.47 GB to 65.4 GB", "vfs: 7.28 GB"] == [panel.said for panel in plot.panels]
    for panel, axes in zip(plot.panels, plot.figure().axes, strict=True):
        assert (0, panel.top) == axes.get_ylim()
        assert panel.top >= max(max(line) for name, line in panel.lines.items() if name != "vfs")


def test_where_no_driver_takes_far_more_than_the_others_every_line_is_whole() -> None:
    panel = Panel("", "", (1, 2), {"a": (1, 2), "b": (2, 3)})
    assert ("", "") == (panel.beyond, panel.said)


def test_lines_that_lie_on_one_another_are_named_as_one_beside_them() -> None:
    scene = drivers_plot(shop().images["shop"], "var/lib/shop/catalog.db").scene()
    named = [label.text for label in labels(scene) if label.role == "name"]
    assert ["containers", "overlay2, metacopy", "xfs", "btrfs"] == named[:4]
    assert ["% of the file that each overwrites", "overlay2, metacopy", "btrfs, xfs"] == named[4:]
    assert_labels_are_apart(scene, 880, scene.height)
    assert [] == cut(scene)


@pytest.mark.parametrize(("path", "containers"), [("srv", 10), ("nothing", 10), ("srv/data", 1)])
def test_what_cannot_be_drawn_is_refused(path: str, containers: int) -> None:
    with pytest.raises(ValueError, match=r"is no file of 4096 bytes or more|needs 2 of them or more"):
        drivers_plot(IMAGE, path, containers)
