"""The stack bench and what all benches share: states, lists of what one can choose, and the transcript."""

import shlex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from layerlab import Host, Layer, filler, scratch, shop
from layerlab.benches.example import CATALOG, SITE
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench, copied, paths
from layerlab.benches.verbs import VERBS
from layerlab.model.container import Container
from tests.benches.paged import controls, fill, filled, options, press, texts, words

INDEX = f"{SITE}index.html"


def after(*verbs: str) -> StackBench:
    table: StackBench = bench("stack")
    for verb in verbs:
        table.do(verb)
    return table


def books(host: Host) -> tuple[Any, ...]:
    """All that a host holds: its images, and each container's state and thin layer."""
    thin = [(each.name, each.state, each.image.id, each.layer.diff_id) for each in host.containers.values()]
    images = {name: image.id for name, image in host.images.items()}
    return images, sorted(image.id for image in host.untagged), thin


def total(host: Host) -> int:
    return host.usage().total


def test_a_new_bench_holds_the_shop_and_nothing_else() -> None:
    assert (319_371_253, 0) == (total(after().host), len(after().host.containers))
    assert ["add shop"] == [step.step for step in after().now.history]


COPY = "Into web's thin layer: a copy of catalog.db and 3 directories."
IN_USE = (
    'Refused: Docker says “conflict: unable to remove repository reference "shop" (must force) - '
    "container web is using its referenced image”. Remove web first."
)
EVENTS = [
    ("", "add-files", "Layer 5 adds 10.0 MB. The layers below are unchanged.", 10_000_000),
    ("", "add-change", "Layer 5 adds 20.0 MB, hides 20.0 MB in layer 4 and frees 0 B.", 20_000_001),
    ("", "add-deletion", "The new layer hides 20.0 MB in layer 4 and frees 0 B.", 0),
    ("", "metadata", "The image has a new id and the same layers.", 0),
    ("", "name-height", "shop-3 has a configuration, so an id, of its own. Its layers are stored already: 0 B.", 0),
    ("", "run", "web costs 0 B until it writes.", 0),
    ("run", "read", "Read from layer 4. Nothing moves into web's thin layer. Cost: 0 B.", 0),
    ("run", "write", "Into web's thin layer: upload-1. Cost: 1.00 MB. Only web has this file.", 1_000_000),
    ("run", "append", f"{COPY} Cost: 20.0 MB. A file is copied whole before its first change.", 20_000_001),
    ("run append", "append", "Cost: 1 B. web's thin layer contains this file already, so nothing is copied again.", 1),
    ("run", "delete", "Into web's thin layer: a whiteout and 3 directories. Cost: 0 B. A whiteout hides the file", 0),
    (
        "run",
        "delete-tree",
        "Into web's thin layer: a whiteout and a directory. Cost: 0 B. One whiteout hides the whole directory",
        0,
    ),
    (
        "run append",
        "delete",
        "Into web's thin layer: a whiteout. Freed: 20.0 MB of web's thin layer. A whiteout",
        -20_000_001,
    ),
    ("run append", "stop", "web is stopped. The thin layer is still there.", 0),
    ("run", "start", "web is running already, so nothing changed.", 0),
    ("run stop", "stop", "web is stopped already, so nothing changed.", 0),
    ("run append stop", "start", "web is started. The thin layer is as it was.", 0),
    ("run append", "commit", "The same files are stored twice until web is removed.", 20_000_001),
    ("run append stop", "remove", "20.0 MB of web is gone. This is where data is lost.", -20_000_001),
    ("", "remove-image", "Freed 319 MB.", -319_371_253),
    ("name-height", "remove-image", "Freed 25.0 MB. The other 294 MB are still used by shop-3.", -25_000_000),
    ("add-deletion", "remove-image", "Freed 0 B. The other 319 MB are still used by 1 image without a name.", 0),
    ("run", "remove-image", IN_USE, 0),
    ("run", "remove", "Refused: Docker says “You cannot remove a running container web”. Stop it first.", 0),
    (
        "",
        "run-layer",
        "Refused: layer 3 has no configuration, so no image id and nothing to start. Name that height",
        0,
    ),
    ("name-height", "run-layer", "Refused: layer 3 has no configuration, so no image id and nothing to start. Run", 0),
    ("", "write-image", "Refused: layers are read-only. Write to a container instead.", 0),
    ("", "append", "Refused: Docker says “No such container: web”. Images are read-only, so run a container first.", 0),
    ("", "stop", "Refused: Docker says “No such container: web”. Run a container first.", 0),
    ("add-deletion", "add-deletion", "Refused: /var/lib/shop/catalog.db is not there. Take one that is.", 0),
]


@pytest.mark.parametrize(("before", "verb", "sentence", "grown"), EVENTS, ids=lambda each: str(each).replace(" ", "+"))
def test_each_event_says_what_it_does_and_costs_what_it_costs(
    before: str, verb: str, sentence: str, grown: int
) -> None:
    table = after(*before.split())
    was, lines = total(table.host), len(table.transcript)
    table.do(verb)
    assert table.now.sentence.startswith(sentence)
    assert grown == total(table.host) - was
    assert table.now.sentence.startswith("Refused") == (lines == len(table.transcript))
    assert table.now.bytes.total == total(table.host)


def test_an_act_that_is_refused_or_only_reads_has_no_column() -> None:
    table = after("run", "append")
    for verb in ("read", "remove", "write-image"):
        table.do(verb)
        assert ["add shop", "run web", "web +1"] == [step.step for step in table.now.history]


def test_one_steps_back_and_forward_through_every_state() -> None:
    table, verbs = after(), ["run", "append", "run", "stop", "commit", "add-deletion", "remove"]
    seen = [(table.now, books(table.host))]
    for verb in verbs:
        table.do(verb)
        seen.append((table.now, books(table.host)))
    for state in reversed(seen[:-1]):
        table.undo()
        assert state == (table.now, books(table.host))
    table.undo()
    assert seen[0] == (table.now, books(table.host))
    for state in seen[1:]:
        table.redo()
        assert state == (table.now, books(table.host))
    table.redo()
    assert seen[-1] == (table.now, books(table.host))


def test_a_new_act_after_a_step_back_forgets_what_was_taken_back_and_a_refusal_does_not() -> None:
    table = after("run", "append")
    table.undo()
    table.do("remove")
    table.redo()
    assert [("web", 20_000_001)] == [(name, each.size_rw) for name, each in table.host.containers.items()]
    table.undo()
    table.do("stop")
    table.redo()
    assert ("stopped", 0) == (table.host.containers["web"].state, table.host.containers["web"].size_rw)


def test_start_over_leads_to_the_start() -> None:
    table = after("run", "append")
    table.start_over()
    table.redo()
    assert (after().now, after().transcript) == (table.now, table.transcript)


ACTS = st.tuples(
    st.sampled_from(sorted(VERBS)),
    st.sampled_from(["", "web", "job", "mail"]),
    st.sampled_from(["", "shop", "shop-3", "web-image"]),
    st.sampled_from(["", CATALOG, INDEX, SITE, f"{CATALOG}.old"]),
    st.sampled_from([None, 0, 2, 4]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=14))
def test_the_transcript_leads_to_the_same_host_in_a_fresh_namespace(acts: list[tuple[Any, ...]]) -> None:
    table = after("run")
    for key, container, image, path, height in acts:
        table.do(key, container, image, path, height)
    names: dict[str, Any] = {}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    assert len(table.transcript) == 1 + len(table.acts)
    done, seen = books(table.host), table.now.bytes
    for step in (table.undo, table.redo):
        for _ in table.acts + table.undone:
            step()
    assert (done, seen) == (books(table.host), table.now.bytes)


def test_the_transcript_has_a_docker_form_for_each_python_form() -> None:
    lines = [(line.python, line.docker) for line in after("run", "append").transcript]
    assert [
        ("host = shop()", "docker build --tag shop ."),
        ('web = host.run("shop", name="web")', "docker run --detach --name web shop"),
        (
            'web.append("var/lib/shop/catalog.db", b"!")',
            "docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'",
        ),
    ] == lines


def test_every_verb_says_what_it_costs_and_has_a_docker_form() -> None:
    for key, verb in VERBS.items():
        assert key == verb.key
        assert verb.costs
        assert verb.label
        assert (
            verb.forms.docker.startswith("#" if key in ("run-layer", "write-image") else "docker ")
            or "| docker" in verb.forms.docker
        )


def test_the_text_twin_says_what_the_picture_says() -> None:
    twin = str(after("run", "append"))
    assert "web  running  catalog.db copied  20.0 MB" in twin
    assert "319 MB in layers + 20.0 MB in thin layers = 339 MB" in twin
    assert COPY in twin
    assert twin == repr(after("run", "append"))


def test_figure_draws_the_present_state() -> None:
    artists = after("run", "append").figure().get_children()
    drawn = {artist.get_text() for artist in artists if isinstance(artist, Text)}
    assert {"web", "catalog.db copied", "20.0 MB", "site"} <= drawn


# What is chosen.


def test_what_is_chosen_is_acted_on() -> None:
    table = bench("stack", verbs=["run", "append"], choose=["container", "path"], steps=False)
    for _ in range(2):
        press(table, "run")
    assert ["web", "job"] == options(table, "container")
    fill(table, "container", "job")
    fill(table, "path", INDEX)
    press(table, "append")
    assert {"web": 0, "job": 5_001} == {name: each.size_rw for name, each in table.host.containers.items()}
    assert 'job.append("var/www/index.html", b"!")' == table.transcript[-1].python
    assert "Write 1 byte" == words(table, "append")


def test_what_is_gone_cannot_be_chosen_and_what_is_chosen_stays() -> None:
    table = bench("stack", verbs=["run", "stop", "remove"], choose=["container"])
    assert [] == options(table, "container")
    for _ in range(3):
        table.do("run")
    fill(table, "container", "job")
    table.do("run")
    assert "job" == filled(table)["container"]
    for name in ("stop", "remove"):
        press(table, name)
    assert (["web", "mail", "cron"], "web") == (options(table, "container"), filled(table)["container"])


def test_a_container_runs_on_any_image_and_any_height_can_be_named() -> None:
    table = bench("stack", verbs=["run", "name-height"], choose=["image", "height"])
    fill(table, "height", 2)
    press(table, "name-height")
    assert ["shop", "shop-2"] == options(table, "image")
    fill(table, "image", "shop-2")
    assert ["1", "0"] == options(table, "height")
    press(table, "run")
    assert 3 == len(table.host.containers["web"].image.layers)


def test_an_image_without_a_name_is_chosen_by_its_id() -> None:
    table = after("add-deletion")
    [nameless] = table.options("image")[1:]
    table.do("run", image=nameless)
    assert CATALOG in table.host.containers["web"].view()
    table.do("metadata", image=nameless)
    assert f"from-{nameless[:4]}" in table.host.images


def test_directories_and_files_of_the_top_layers_come_first() -> None:
    offered = paths(shop().images["shop"])
    assert [CATALOG, SITE, INDEX] == offered[:3]
    assert 40 == len(offered)


# Hosts and images that are given.


def test_a_host_that_is_given_is_left_as_it_was() -> None:
    host = shop()
    web = host.run("shop", name="web")
    web.setxattr(CATALOG, "user.note", b"kept")
    table = bench("stack", host=host)
    table.do("append")
    table.do("run")
    assert (20_000_000, 1) == (web.size_rw, len(host.containers))
    assert (20_000_001, ["web", "job"]) == (table.host.containers["web"].size_rw, list(table.host.containers))
    names: dict[str, Any] = {"host": host}
    exec(table.python, names)
    assert books(table.host) == books(host)
    table.start_over()
    assert 20_000_000 == table.host.containers["web"].size_rw


def test_an_image_that_is_given_stands_on_a_host_of_its_own() -> None:
    image = scratch.with_layer(Layer.of({"etc/motd": b"hi"}), "COPY motd /etc/")
    table = bench("stack", image=image)
    table.do("run")
    table.do("append", path="etc/motd")
    assert (["image"], 3) == (list(table.host.images), table.host.containers["web"].size_rw)
    names: dict[str, Any] = {"image": image}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    with pytest.raises(ValueError, match="a host or an image, not both"):
        bench("stack", image=image, host=Host())


def test_127_layers_and_1_000_containers_are_folded_and_grouped() -> None:
    image = scratch
    for number in range(127):
        image = image.with_layer(Layer.of({f"srv/{number}": filler(1_000 * number)}), f"RUN step {number}")
    host = Host()
    host.add(image, "tall")
    host.run("tall", name="many", count=1_000)
    table = bench("stack", host=host)
    table.do("append", container="many-7", path="srv/100")
    assert table.now.sentence.startswith("Into many-7's thin layer: a copy of 100 and a directory.")
    twin = str(table)
    assert "999 of 1,000" in twin
    assert 40 > len(twin.splitlines())
    assert 'host.containers["many-7"].append("srv/100", b"!")' == table.transcript[-1].python


def test_names_of_images_and_containers_are_written_so_that_both_forms_hold_however_they_are_named() -> None:
    host, odd = shop(), 'my "shop" $(reboot)'
    host.add(host.image("shop"), odd)
    host.run(odd, name=odd)
    table = bench("stack", verbs=["append", "metadata", "commit"], host=host)
    table.do("append", container=odd)
    table.do("metadata", image=odd)
    table.do("commit", container=odd)
    names: dict[str, Any] = {"host": copied(host)}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    assert ["docker", "commit", odd, f"{odd}-image"] == shlex.split(table.transcript[-1].docker)


def test_ids_of_both_kinds_stand_before_the_slides_label_and_each_image_has_its_own() -> None:
    table = bench("stack", ids=True)
    assert "5f70bf18 5f70bf18 511136ea3c5a" in str(table)
    assert "5f70bf18 170b376f 6170bb7b0ad1" in str(table)
    old = table.host.images["shop"].id.removeprefix("sha256:")[:8]
    assert str(table).endswith(f"On layers: DiffID, ChainID, name. Image ids: shop {old}.")
    assert f"Image ids: shop {old}.</p></div>" in table.status
    table.do("metadata")
    assert f", &lt;none&gt; {old}.</p></div>" in table.status
    assert "DiffID" not in str(bench("stack"))


def test_the_ids_of_images_side_by_side_are_short_and_whole() -> None:
    host = shop()
    base = scratch.with_layer(Layer.of({"lib/base.img": filler(100_000_000)}), "ADD other.tar /")
    host.add(base.with_layer(host.images["shop"].layers[4], "COPY site/ /"), "shop:other")
    for each in (host, shop("coreos/apache", "shop", "blog")):
        table = bench("stack", host=each, ids=True)
        names = [label for mark in table.scene.marks if mark.kind == "slab" for label in mark.labels]
        assert [] == [label.text for label in names if label.shown != label.text]
        (site,) = {label.text for label in names if label.text.startswith("1bc6 f2d2")}
        assert "1bc6 f2d2" == site
        assert "On layers: DiffID, ChainID. Image ids:" in table.legend


# The view.


def test_buttons_act_and_the_page_shows_the_change() -> None:
    table = after()
    for name in ("run", "append"):
        press(table, name)
    shown = texts(table)
    assert "catalog.db copied" in shown
    assert "Into web's thin layer: a copy of catalog.db" in shown
    assert "not counted here: volumes, logs, build cache" in shown
    assert "docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'" in shown
    press(table, "back")
    assert "web costs 0 B until it writes." in texts(table)
    press(table, "forward")
    assert "a copy of catalog.db" in texts(table)
    press(table, "start-over")
    assert "0 containers, 1 image, 5 layers: 319 MB on this host" in texts(table)


def test_the_whole_transcript_stands_folded_under_its_last_line() -> None:
    table = after()
    press(table, "run")
    assert "from layerlab import shop\nhost = shop()\nweb = host.run" in texts(table)
    assert "The whole transcript" in texts(table)


def test_a_bench_on_which_nothing_can_be_done_has_no_transcript() -> None:
    assert "The whole transcript" not in texts(bench("stack", verbs=[], steps=False))
    assert "The whole transcript" in texts(bench("stack", verbs=[], prompt=True))


def test_a_bench_on_which_nothing_can_be_done_has_nothing_to_start_over() -> None:
    assert "Start over" not in texts(bench("stack", verbs=[], steps=False))
    assert "Start over" in texts(bench("stack", verbs=[], prompt=True, steps=False))
    assert "Step back" in texts(bench("stack", verbs=[]))


def test_yet_is_said_only_before_there_was_a_container_or_an_image() -> None:
    assert "none yet" in texts(after())
    removed = texts(after("run", "append", "stop", "remove", "remove-image"))
    assert "none" in removed
    assert "none yet" not in removed


def test_the_picture_of_a_first_lesson_uses_no_word_that_only_a_later_lesson_explains() -> None:
    shown = texts(after("run", "run", "run"))
    assert "dashed: if nothing were shared" in shown
    assert "virtual" not in shown


def test_a_bench_shows_the_verbs_that_it_was_given_and_no_more_than_seven_controls() -> None:
    assert ["Run a container", "Start over"] == controls(bench("stack", verbs=["run"], steps=False))
    full = bench("stack", verbs=["run", "append", "delete-tree"], choose=["container"])
    assert ["Container", "Run a container", "Write 1 byte", "Delete a tree"] == controls(full)[:4]
    assert ["Step back", "Step forward", "Start over"] == controls(full)[4:]
    with pytest.raises(ValueError, match="5 verbs and lists and 3 to step and start over are 8 controls"):
        bench("stack", verbs=["run", "append", "delete-tree", "stop"], choose=["container"])


def test_what_a_page_without_a_kernel_shows_is_a_still_picture_without_buttons() -> None:
    html = after()._repr_mimebundle_()["text/html"]
    assert html.startswith('<img alt="0 containers, 1 image, 5 layers: 319 MB on this host.')
    assert "<button" not in html


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("stak", {}, "no bench is called 'stak': take one of stack"),
        ("stack", {"verbs": ["fly"]}, "no verb is called 'fly': take one of add-files"),
        ("stack", {"choose": ["colour"]}, "no target is called 'colour': take one of container, image, height, path"),
    ],
)
def test_an_unknown_word_is_refused_with_those_that_exist(kind: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        bench(kind, **options)


def test_hosts_and_containers_show_no_sizes() -> None:
    table = after("run", "append")
    shown = repr(table.host) + repr(table.host.containers["web"])
    assert "<Host with 1 image and 1 container><Container web, running>" == shown


def test_what_happens_again_is_said_again() -> None:
    table = StackBench()

    def said() -> str:
        return str(table.widget.markup).partition('role="status"')[2]

    seen = [said()]
    for act in (table.undo, table.redo, *[lambda: table.do("append")] * 2, table.undo):
        act()
        assert said() != seen[-1]
        seen.append(said())
    assert "Refused" not in seen[-1]


def test_a_copied_host_writes_to_bytes_names_and_attributes_of_its_own() -> None:
    host = shop()
    web = host.run("shop", name="web")
    web.link(CATALOG, "one")
    web.setxattr("one", "user.a", b"1")

    def held(container: Container) -> list[tuple[str, int, dict[str, bytes]]]:
        return [(path, entry.size, dict(entry.xattrs)) for path, entry in container.layer.entries.items()]

    before = held(web)
    other = copied(host).containers["web"]
    assert before == held(other)
    other.append(CATALOG, b"!")
    other.setxattr("one", "user.b", b"2")
    other.rmtree(SITE)
    assert before == held(web)
    assert (2, 20_000_001) == (other.stat("one").nlink, other.stat("one").size)
