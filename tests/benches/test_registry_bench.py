"""The registry bench: what each act says, and that its transcript leads to what it shows."""

import random
import re
from typing import Any

import pytest

from layerlab import bench
from layerlab.benches.registry_bench import RegistryBench
from layerlab.picture.shapes import Looks
from layerlab.picture.svg import live

ACTS = (
    *(("push", name) for name in ("coreos/apache", "shop", "blog")),
    *(("pull", name) for name in ("coreos/apache", "shop", "blog")),
    ("release",), ("run",), ("remove",), ("forget",), ("undo",), ("redo",),
)  # fmt: skip


def done(*acts: tuple[str, ...]) -> RegistryBench:
    table = bench("registry")
    for verb, *names in acts:
        getattr(table, verb)(*names)
    return table


def test_a_push_sends_what_the_registry_does_not_have() -> None:
    table = done(("push", "coreos/apache"), ("push", "shop"))
    assert "shop: 1 layer sent, 3 mounted, 25.0 MB up, 20 requests." == table.now.sentence
    notes = {layer.label: layer.note for layer in table.now.sites[1].layers}
    assert {"empty": "mounted", "Ubuntu's files": "mounted", "apache": "mounted", "site": "sent"} == notes


def test_a_layer_that_travelled_comes_out_of_the_place_that_sent_it() -> None:
    table = done(("push", "shop"), ("pull", "shop"))
    assert {"registry"} == {layer.source for layer in table.now.sites[2].layers}
    markup = live(table.drawn(Looks(live=True)))
    assert 4 == len(re.findall('data-from="registry/', markup))
    table.push("shop")
    assert {""} == {layer.source for site in table.now.sites for layer in site.layers}


def test_a_container_stays_on_the_image_that_lost_its_name() -> None:
    table = done(("push", "shop"), ("pull", "shop"), ("run",), ("release",), ("push", "shop"), ("pull", "shop"))
    assert [("shop", False), ("<none>", True)] == [
        (name.text, name.rest == "web runs on it") for name in table.now.sites[2].names
    ]


def test_a_new_build_machine_sends_all_layers_again() -> None:
    table = done(("push", "shop"), ("forget",), ("push", "shop"))
    assert table.now.sentence.startswith("shop: 4 layers sent, 118 MB up")
    assert table.now.sentence.endswith("had all of them already, but this machine did not know their digests.")

    one = done(("push", "shop"), ("forget",), ("push", "coreos/apache"), ("push", "shop"))
    assert one.now.sentence.endswith("The registry had it already, but this machine did not know its digest.")


def test_a_push_that_sends_only_what_is_new_gives_no_reason_for_sending_it() -> None:
    table = done(("push", "shop"), ("forget",), ("release",), ("push", "shop"))
    assert "The registry had 3 of them already" in table.now.sentence
    for acts in ([("push", "shop")], [("push", "shop"), ("release",), ("push", "shop")]):
        assert "already" not in done(*acts).now.sentence


def test_web_runs_on_the_new_image_when_it_is_removed_and_run_again() -> None:
    table = done(("push", "shop"), ("pull", "shop"), ("run",), ("release",), ("push", "shop"), ("pull", "shop"))
    table.remove()
    assert "web is removed. If you run it again, it runs on what the server has as shop now." == table.now.sentence
    table.run()
    assert ["web runs on it"] == [name.rest for name in table.now.sites[2].names if name.text == "shop"]


def test_an_old_image_that_lost_its_name_is_not_called_new() -> None:
    table = done(("push", "shop"), ("pull", "shop"), ("release",), ("push", "shop"), ("pull", "shop"))
    named = {name.text: name.new for site in table.now.sites for name in site.names}
    assert not named["<none>"]
    assert named["shop"]


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ([("pull", "shop")], "Refused: shop is not in the registry. Push it first."),
        ([("run",)], "Refused: the server has no shop. Pull it first."),
        ([("push", "wiki")], "Refused: no image is called wiki. Take one of coreos/apache, shop, blog."),
        (
            [("push", "shop"), ("pull", "shop"), ("run",), ("run",)],
            "Refused: a container is called web already. Remove web, and then run it again.",
        ),
        ([("remove",)], "Refused: no container is called web. Run it first."),
        ([("release",)] * 3, "Refused: 2 releases are enough to see what moves. Step back, or start over."),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(acts: list[tuple[str, ...]], reason: str) -> None:
    table = done(*acts)
    assert reason == table.now.sentence
    assert len(acts) - 1 == len(table.acts)
    assert '<p class="refused"' in table.status


def test_what_stands_on_a_page_without_a_kernel_is_a_bench_after_some_acts() -> None:
    still = bench("registry", "coreos/apache", "shop")._repr_mimebundle_()
    assert "shop: 1 layer sent, 3 mounted" in still["text/html"]
    assert "Press a name" in still["text/plain"]
    assert "4 layers fetched" not in bench("registry", "shop")._repr_mimebundle_()["text/plain"]


def test_the_balance_counts_images_alone_and_not_the_first_question_of_a_client() -> None:
    table = done(("push", "shop"))
    assert "118 MB up + 0 B down = 118 MB moved; the registry stores 118 MB" == table.now.balance
    once = done(("push", "shop"), ("pull", "shop"))
    more = done(("push", "shop"), ("push", "shop"), ("pull", "shop"), ("pull", "shop"))
    assert (once.places.down, "shop: no layer fetched, 0 B down, 2 requests.") == (more.places.down, more.now.sentence)


@pytest.mark.parametrize("seed", range(12))
def test_the_python_of_random_acts_leads_to_what_the_bench_shows(seed: int) -> None:
    chance = random.Random(seed)
    table = done(*(chance.choice(ACTS) for _ in range(12)))
    names: dict[str, Any] = {}
    exec(table.python, names)
    registry, server = names["registry"], names["server"]
    tags = [name for name, each in registry.repositories.items() if each.tags]
    assert tags == [name.text for name in table.now.sites[1].names]
    assert set(server.images) == {
        f"{registry.name}/{name.text}" for name in table.now.sites[2].names if name.text != "<none>"
    }
    layers = {layer.diff_id for image in (*server.images.values(), *server.untagged) for layer in image.layers}
    assert layers == {layer.diff_id for layer in table.now.sites[2].layers}
    keys = [mark.key for mark in table.scene.marks]
    assert len(keys) == len(set(keys))


def test_a_page_pushes_and_pulls_what_is_pressed_or_chosen() -> None:
    table = done()
    page = table.widget
    page.hear({"press": "push:shop"})
    assert table.now.sentence.startswith("shop: 4 layers sent")
    page.hear({"press": "push", "form": {"image": "blog"}})
    assert table.now.sentence.startswith("blog: 1 layer sent, 3 mounted")
    page.hear({"press": "pull", "form": {"tag": "blog"}})
    assert table.now.sentence.startswith("blog: 4 layers fetched")
    page.hear({"press": "pull:shop"})
    assert table.now.sentence.startswith("shop: 1 layer fetched")
    for key in ("run", "remove", "release", "forget", "back"):
        page.hear({"press": key})
    assert "the registry" in table.now.sentence.lower()


def test_a_narrow_page_has_the_places_one_below_the_other() -> None:
    table = done(("push", "shop"), ("pull", "shop"))
    wide, narrow = table.drawn(Looks()), table.drawn(Looks(400))
    assert 880 == wide.width
    assert narrow.height > wide.height
    assert {mark.key for mark in wide.marks} == {mark.key for mark in narrow.marks}
    for scene in (wide, narrow):
        assert all(text.right <= scene.width for mark in scene.marks for text in mark.labels)
