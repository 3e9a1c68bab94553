"""What is special to lesson 07: its texts hold for Docker, Podman and skopeo."""

import pytest
from nbformat import NotebookNode

from layerlab import Host, Registry, fleet_plot, shop
from layerlab.course.bank import question
from layerlab.course.lessons.l07 import releases
from tests.notebooks.guards import committed

APACHE = "coreos/apache"
FILES_FIXED = "All files get fixed times, so the layer of the libraries is the same."


def cells() -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in committed()["07-what-travels-to-a-registry.ipynb"].cells}


def source(name: str) -> str:
    return str(cells()[name].source)


@pytest.mark.parametrize(("client", "sends_layers"), [("docker", True), ("podman", True), ("skopeo", False)])
def test_a_new_machine_sends_every_layer_unless_it_knows_the_digests(client: str, sends_layers: bool) -> None:
    registry = Registry()
    registry.push(shop(APACHE), APACHE, APACHE, client)
    assert sends_layers == (registry.push(shop(APACHE), APACHE, APACHE, client).up > 90_000_000)
    assert "Docker and Podman know only the digests of blobs that they pushed or pulled." in source("registry-push")
    assert "so skopeo knows each digest and asks" in question("07.forgot").explanation


@pytest.mark.parametrize(("client", "layers"), [("docker", 2), ("podman", 1)])
def test_only_docker_fetches_a_layer_above_a_changed_one_again(client: str, layers: int) -> None:
    there = releases("shop", 2_000, 1_000, 10_000)
    registry, builder, server = Registry(), Host(), Host()
    for image, name in ((there.first, "shop:1"), (there.second, "shop:2")):
        builder.add(image, name)
        registry.push(builder, name, name)
        pull = registry.pull(server, name, client=client)
    assert layers == pull.blobs_of_layers
    assert "Docker before 29 (see More) fetches all layers above a changed layer again." in source("points")
    assert "Podman looks for the blob's digest." in question("07.lower").explanation


def test_the_layer_of_the_libraries_is_equal_for_a_reason_that_the_text_gives() -> None:
    assert FILES_FIXED in source("lower-situation")
    assert "a layer that is built again often contains other bytes" in source("after-bench")


def test_the_requests_of_a_push_are_explained_where_they_are_listed() -> None:
    listed = cells()["requests"].outputs[0].text
    assert ["4  HEAD blob 200", "1  HEAD blob 404", "4  POST upload 202"] == [
        line.strip() for line in listed.splitlines() if "HEAD" in line or "POST" in line
    ]
    assert "more" == cells()["requests"].metadata.layerlab.part
    assert "a HEAD with 200 checks that it arrived" in source("requests-text")


def test_no_choice_is_rounder_than_the_truth() -> None:
    for seed in range(6):
        for name in ("07.lower", "07.pull"):
            for option in question(name, seed).options:
                assert isinstance(option.value, tuple)
                assert all(int(each) % 1_000 for each in option.value), (name, seed, option)


def test_the_words_of_the_fleet_plot_are_whole_and_its_height_has_a_scale() -> None:
    scene = fleet_plot(shop().images["shop"]).scene()
    texts = [label.text for mark in scene.marks for label in mark.labels]
    assert "moved, with a shared base: 34.3 TB" in texts
    assert {"343 MB", "118 TB"} <= {*texts}
    assert all(label.right <= scene.width for mark in scene.marks for label in mark.labels)
