"""What a picture shows and says of each event, on real hosts."""

from collections.abc import Callable

import pytest

from layerlab.model.content import filler
from layerlab.model.entry import OPAQUE, WHITEOUT
from layerlab.model.host import Host, HostError
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer
from layerlab.picture.host_scene import scene
from layerlab.picture.moment import Moment, Written
from layerlab.picture.observe import moment
from layerlab.picture.shapes import Box, Mark, Scene, Stroke

DB = "var/lib/catalog.db"


def layer(size: int, name: str) -> Layer:
    return Layer.of({name: filler(size)})


BASE = scratch.with_layer(layer(90_000_000, "bin/apache"), "apache")
SHOP = BASE.with_layer(Layer.of({DB: filler(20_000_000), "var/www/index.html": filler(5_000_000)}), "site")


class Story:
    """A host with a shop, and the moments before and after the last act."""

    def __init__(self) -> None:
        self.host = Host()
        self.host.add(SHOP, "shop")
        self.now = moment(self.host, step="add")
        self.before = self.now

    def run(self) -> None:
        self.after(lambda: self.host.run("shop", name="web"), "run")

    def after(self, act: Callable[[], object], step: str = "step") -> None:
        act()
        self.before, self.now = self.now, moment(self.host, self.now, step=step)

    def add(self, image: Image, name: str = "shop") -> None:
        self.after(lambda: self.host.add(image, name))

    @property
    def grown(self) -> int:
        return self.now.bytes.total - self.before.bytes.total

    @property
    def picture(self) -> Scene:
        return scene(self.now)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def running() -> Story:
    story = Story()
    story.run()
    return story


def marks(picture: Scene, kind: str) -> list[Mark]:
    return [mark for mark in picture.marks if mark.kind == kind]


def texts(mark: Mark) -> list[str]:
    return [label.text for label in mark.labels]


def slab(picture: Scene, number: str) -> Mark:
    return next(mark for mark in marks(picture, "slab") if mark.labels[0].text == number)


def textures(mark: Mark) -> list[str]:
    return [shape.texture for shape in mark.shapes if isinstance(shape, Box) and shape.texture != "plain"]


def outlined(mark: Mark) -> bool:
    return any(
        (shape.edge == "ink" and shape.weight >= 2) or (shape.edge == "thin" and shape.weight >= 6)
        for shape in mark.shapes
        if isinstance(shape, Box)
    )


def test_the_first_image_is_announced(story: Story) -> None:
    assert "shop is here: 2 layers, 115 MB." == story.now.sentence
    assert "115 MB in layers + 0 B in thin layers = 115 MB" == story.now.balance


def test_a_layer_of_files_lies_on_top_as_new_and_the_name_moves_up(story: Story) -> None:
    story.add(SHOP.with_layer(layer(10_000_000, "srv/post"), "posts"))
    assert "Layer 2 adds 10.0 MB. The layers below are unchanged." == story.now.sentence
    assert 10_000_000 == story.grown
    top = slab(story.picture, "2")
    assert ["2", "posts", "new", "10.0 MB"] == texts(top)
    assert outlined(top)
    assert ["<none>", "shop"] == [mark.labels[0].text for mark in marks(story.picture, "image")]


def test_a_layer_that_deletes_costs_0_and_hatches_what_it_hides(story: Story) -> None:
    story.add(SHOP.with_layer(Layer.of({DB: WHITEOUT}), "rm"))
    assert "The new layer hides 20.0 MB in layer 1 and frees 0 B." == story.now.sentence
    assert 0 == story.grown
    assert "hides catalog.db" in texts(slab(story.picture, "2"))
    assert "0 B" == texts(slab(story.picture, "2"))[-1]
    assert "20.0 MB hidden" in texts(slab(story.picture, "1"))
    assert "dead" in dict(slab(story.picture, "1").bar)


def test_only_what_this_layer_hides_is_counted(story: Story) -> None:
    story.add(SHOP.with_layer(Layer.of({DB: WHITEOUT}), "rm"))
    story.add(story.host.images["shop"].with_layer(Layer.of({"var/www/": WHITEOUT, "new": b"12345"}), "rm www"))
    assert "Layer 3 adds 5 B, hides 5.00 MB in layer 1 and frees 0 B." == story.now.sentence


def test_in_a_wide_slab_what_hides_is_a_crossed_box_and_what_is_hidden_a_hatch() -> None:
    host = Host()
    host.add(SHOP.with_layer(Layer.of({DB: WHITEOUT, "var/www/": OPAQUE}), "rm"), "shop")
    picture = scene(moment(host))
    assert "hides 2 names" in texts(slab(picture, "2"))
    assert ["cross"] == textures(slab(picture, "2"))
    assert ["hatch"] == textures(slab(picture, "1"))


def test_in_one_column_of_three_what_a_layer_hides_is_said_whole() -> None:
    host = Host()
    upper = SHOP.with_layer(layer(10_000_000, "news"), "news")
    for name, image in (("shop", SHOP), ("news", upper), ("clean", upper.with_layer(Layer.of({DB: WHITEOUT}), "rm"))):
        host.add(image, name)
    assert "rm, hides catalog.db" in texts(slab(scene(moment(host)), "3"))


def test_metadata_only_is_a_new_id_on_the_same_slabs(story: Story) -> None:
    story.add(SHOP.with_config(env={"A": "1"}))
    assert "The image has a new id and the same layers." == story.now.sentence
    assert 0 == story.grown
    assert 2 == len(marks(story.picture, "slab"))
    images = {mark.labels[0].text: texts(mark) for mark in marks(story.picture, "image")}
    assert "new id" in images["shop"]
    assert "new id" not in images["<none>"]


def test_run_drops_a_card_in_at_0_and_only_the_ghost_grows(story: Story) -> None:
    story.run()
    assert "web costs 0 B until it writes." == story.now.sentence
    assert 0 == story.grown
    (card,) = marks(story.picture, "card")
    assert ["web", "running", "nothing written", "0 B"] == texts(card)
    assert outlined(card)
    story.after(lambda: story.host.run("shop", name="job"))
    assert story.before.bytes.ghost + SHOP.size == story.now.bytes.ghost
    assert "230 MB" in texts(marks(story.picture, "column")[-1])


def test_a_read_outlines_the_gauge_that_answers_and_adds_no_column(running: Story) -> None:
    now = moment(running.host, running.now, read=("web", f"/{DB}"))
    assert "Read from layer 1." == now.sentence
    assert running.now.history == now.history
    assert "read" in texts(slab(scene(now), "1"))
    assert outlined(slab(scene(now), "1"))
    assert not outlined(slab(scene(now), "0"))


def test_a_read_of_a_copy_is_answered_by_the_thin_layer(running: Story) -> None:
    running.host.containers["web"].append(DB, b"!")
    assert "Read from web's thin layer." == moment(running.host, running.now, read=("web", DB)).sentence


def test_a_new_file_is_a_plain_square_and_costs_its_size(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].write("note", b"x" * 5_000))
    assert "Only web has note." == running.now.sentence
    assert 5_000 == running.grown
    (card,) = marks(running.picture, "card")
    assert "note new" in texts(card)
    assert [] == textures(card)
    assert not any(outlined(mark) for mark in marks(running.picture, "slab"))


def test_changing_an_image_file_copies_it_whole_and_outlines_its_source(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].append(DB, b"!"))
    assert (
        "catalog.db is copied once. The next write to it costs only the bytes that are written." == running.now.sentence
    )
    assert 20_000_001 == running.grown
    (card,), (block,) = marks(running.picture, "card"), marks(running.picture, "block")
    assert "catalog.db copied" in texts(card)
    assert ["dots"] == textures(block)
    assert "source" in texts(slab(running.picture, "1"))
    running.after(lambda: running.host.containers["web"].append(DB, b"!"))
    assert "web's thin layer contains the file already, so the change costs 1 B." == running.now.sentence
    assert "source" not in texts(slab(running.picture, "1"))


def test_a_file_that_is_replaced_is_not_called_a_copy_up(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].write("var/www/index.html", b"hi"))
    assert "Written anew in web's thin layer; layer 1's file is unchanged." == running.now.sentence


def test_deleting_an_image_file_is_a_crossed_box_and_frees_nothing(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].rmtree("var/www"))
    assert "A whiteout hides www/ from web alone. The host frees 0 B." == running.now.sentence
    assert 0 == running.grown
    (card,), (block,) = marks(running.picture, "card"), marks(running.picture, "block")
    assert "www/ hidden" in texts(card)
    assert ["cross"] == textures(block)


def test_deleting_a_copy_frees_it_and_leaves_a_crossed_box(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].append(DB, b"!"))
    running.after(lambda: running.host.containers["web"].unlink(DB))
    assert "web's copy is freed. The whiteout still hides the file of layer 1." == running.now.sentence
    assert -20_000_001 == running.grown
    (block,) = marks(running.picture, "block")
    assert ["cross"] == textures(block)


def test_stop_and_start_change_the_word_alone(running: Story) -> None:
    running.after(lambda: running.host.stop("web"))
    assert "web is stopped. The thin layer is still there." == running.now.sentence
    (card,) = marks(running.picture, "card")
    assert ["web", "stopped", "nothing written", "0 B"] == texts(card)
    assert not outlined(card)
    assert ["tray", "ink"] == [shape.fill for shape in card.shapes if isinstance(shape, Box) and shape.fill != "none"]
    running.after(lambda: running.host.start("web"))
    assert "web is started. The thin layer is as it was." == running.now.sentence


def test_a_commit_stores_the_thin_layer_a_second_time(running: Story) -> None:
    web = running.host.containers["web"]
    running.after(lambda: web.write("note", b"x" * 5_000))
    running.add(web.commit(), "shop:2")
    assert "The same files are stored twice until web is removed." == running.now.sentence
    assert 5_000 == running.grown
    assert 5_000 == running.now.containers[0].size
    assert "new" in texts(slab(running.picture, "2"))


def test_another_image_of_the_same_size_is_no_commit(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].write("note", b"x" * 5_000))
    running.add(SHOP.with_layer(layer(5_000, "other")), "shop:2")
    assert "Layer 2 adds 5.00 kB. The layers below are unchanged." == running.now.sentence


def test_removing_a_container_takes_its_card_and_its_bytes(running: Story) -> None:
    running.after(lambda: running.host.containers["web"].append(DB, b"!"))
    running.after(lambda: running.host.remove("web", force=True))
    assert "20.0 MB of web is gone. This is where data is lost." == running.now.sentence
    assert -20_000_001 == running.grown
    assert [] == marks(running.picture, "card")


def test_removing_an_image_takes_the_slabs_that_nothing_else_uses(story: Story) -> None:
    story.add(BASE, "blog")
    story.after(lambda: story.host.remove_image("shop"))
    assert "Freed 25.0 MB. The other 90.0 MB are still used by blog." == story.now.sentence
    assert -25_000_000 == story.grown
    assert 1 == len(marks(story.picture, "slab"))
    story.after(lambda: story.host.remove_image("blog"))
    assert "Freed 90.0 MB." == story.now.sentence


def test_a_refused_act_moves_nothing_and_says_what_to_do_instead(running: Story) -> None:
    try:
        SHOP.layers[0].entries["x"] = b""  # type: ignore[index]
    except TypeError as error:
        now = moment(running.host, running.now, step="write", refused=str(error))
    assert "Refused: layers are read-only. Write to a container instead." == now.sentence
    assert running.now.history == now.history
    assert not any(outlined(mark) for mark in scene(now).marks if mark.kind in ("card", "slab"))
    with pytest.raises(HostError) as refusal:
        running.host.remove_image("shop")
    now = moment(running.host, running.now, refused=str(refusal.value))
    assert "Refused: shop is used by web. Remove it first." == now.sentence


def test_an_image_on_layers_that_are_there_says_what_it_adds_and_what_it_shares() -> None:
    host = Host()
    host.add(BASE, "apache")
    first = moment(host, step="add")
    host.add(SHOP.with_layer(layer(5, "x")), "shop")
    assert "shop adds 25.0 MB. The other 90.0 MB of shop are stored already." == moment(host, first).sentence


def test_many_containers_are_told_of_together(story: Story) -> None:
    story.after(lambda: story.host.run("shop", name="w", count=10), "run 10")
    assert "10 containers cost 0 B until they write." == story.now.sentence

    def write() -> None:
        for number in (1, 2, 3):
            story.host.containers[f"w-{number}"].append(DB, b"!")

    story.after(write)
    assert "3 thin layers changed: 60.0 MB more in all." == story.now.sentence
    assert ["7 of 10", "3 of 10"] == [texts(card)[0] for card in marks(story.picture, "card")]


def test_what_a_container_wrote_is_told_apart(running: Story) -> None:
    web = running.host.containers["web"]
    web.append(DB, b"!")
    web.link(DB, "var/lib/again.db")
    web.rmtree("var/www")
    web.mkdir("var/www")
    web.mkdir("empty")
    web.mkdir("full")
    web.write("full/file", b"")
    (thin,) = moment(running.host, running.now).containers
    assert 20_000_001 == thin.size == sum(item.size for item in thin.written)
    assert Written(DB, "copied", 20_000_001, 1, 20_000_000) == thin.written[0]
    assert {
        DB: "copied",
        "var/lib/again.db": "new",
        "var/www/": "hidden",
        "empty/": "new",
        "full/file": "new",
    } == {item.path: item.kind for item in thin.written}


def test_a_layer_stored_once_is_drawn_once_and_spans_its_images(story: Story) -> None:
    story.add(BASE.with_layer(layer(10, "srv/post")), "blog")
    base, shop, blog = (next(s for s in mark.shapes if isinstance(s, Box)) for mark in _by_size(story.picture))
    assert base.w == pytest.approx(shop.w + blog.w + 2)
    assert 90_000_000 + 25_000_000 + 10 == story.now.bytes.total


def _by_size(picture: Scene) -> list[Mark]:
    return sorted(marks(picture, "slab"), key=lambda mark: -dict(mark.bar)["layers"])


def test_the_last_5_steps_stay_and_the_past_ones_are_pale(story: Story) -> None:
    for number in range(9):
        story.after(lambda: None, f"s{number}")
    shown = marks(story.picture, "column")
    assert [f"s{number}" for number in range(4, 9)] == [
        next(label.text for label in mark.labels if label.role == "name") for mark in shown
    ]
    assert [False] * 4 + [True] == [mark.present for mark in shown]
    assert ["past"] * 4 + ["layer"] == [mark.box.fill for mark in marks(story.picture, "bar")]


def test_the_ghost_never_sets_the_scale(story: Story) -> None:
    def height(picture: Scene) -> float:
        return marks(picture, "bar")[0].box.h

    def dashes(picture: Scene) -> list[bool]:
        return [any(isinstance(s, Stroke) and s.dash for s in mark.shapes) for mark in marks(picture, "column")]

    alone = height(story.picture)
    assert [False] == dashes(story.picture)
    story.after(lambda: story.host.run("shop", name="w", count=500))
    assert alone == height(story.picture)
    assert [False, True] == dashes(story.picture)


def test_a_moment_of_a_host_is_plain_frozen_data(running: Story) -> None:
    with pytest.raises(AttributeError):
        running.now.sentence = ""  # type: ignore[misc]
    assert Moment(sentence="x") == Moment(sentence="x")
