"""An image in other layers shows the same files: on layers of every kind, and on a base that the image changes."""

import pytest

from layerlab import OPAQUE, WHITEOUT, Directory, File, HardLink, Image, Layer, Symlink, diff, explain, relayer, scratch
from layerlab.benches.xray_bench import example
from layerlab.model.new_version import lowest_with, release_size

BASE = scratch.with_layer(
    Layer.of({"etc/motd": b"hi", "etc/old": b"old", "srv/site/a": b"a", "srv/site/b": b"b", "tmp/": Directory(0o1777)}),
    "ADD base /",
).with_config(cmd=["sh"], created_by="CMD sh")


def built(*layers: Layer) -> Image:
    image = BASE.with_config(env={"A": "1"}, created_by="ENV A=1")
    for number, layer in enumerate(layers):
        image = image.with_layer(layer, f"RUN step {number}")
    return image.with_config(user="5", created_by="USER 5")


IMAGES = {
    "a file twice": built(Layer.of({"app": b"1"}), Layer.of({"app": b"22"})),
    "a deletion": built(Layer.of({"app": b"1", "junk": b"2"}), Layer.of({"junk": WHITEOUT, "etc/old": WHITEOUT})),
    "made again": built(Layer.of({"srv/site/": OPAQUE, "srv/site/c": b"c", "app": b"1"})),
    "a folder for a file": built(Layer.of({"etc/motd/": Directory(), "etc/motd/x": b"x", "app": b"1"})),
    "a link for a folder": built(Layer.of({"srv/site": Symlink("/etc"), "app": b"1"})),
    "an empty folder": built(Layer.of({"data/": Directory(mode=0o700, uid=5), "app/x": b"1"})),
    "modes of folders": built(Layer.of({"srv/": Directory(0o750), "app": b"1"}), Layer.of({"etc/": Directory(0o711)})),
    "hard links": built(Layer.of({"app": b"1", "lib/a": b"22", "lib/b": HardLink("lib/a")})),
    "the path of the base": built(Layer.of({"etc/motd": b"ho"}), Layer.of({"app": File(b"1", mode=0o755, mtime=9)})),
}
EACH = pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)


def links(image: Image) -> set[frozenset[str]]:
    names: dict[int, set[str]] = {}
    for path, entry in image.view().items():
        names.setdefault(entry.inode, set()).add(path)
    return {frozenset(paths) for paths in names.values()}


@EACH
@pytest.mark.parametrize("paths", [(), ("app",), ("/app/",)])
@pytest.mark.parametrize("keep", [0, 1])
def test_the_view_and_the_settings_stay(image: Image, paths: tuple[str, ...], keep: int) -> None:
    after = relayer(image, keep, *paths)
    assert () == diff(image, after).files
    assert links(image) == links(after)
    assert image.config == after.config
    assert image.layers[:keep] == after.layers[:keep]
    assert keep + 2 >= len(after.layers)


@EACH
def test_only_the_base_has_dead_bytes_and_the_path_is_in_the_top_layer_alone(image: Image) -> None:
    after = relayer(image, 1, "app")
    assert {0} >= {row.layer for row in explain(after).dead}
    assert len(after.layers) - 1 == lowest_with(after, ["app"])
    assert after.layers[-1].size == release_size(after, ["app"])


def test_a_folder_that_holds_only_the_path_needs_no_layer_of_its_own() -> None:
    image = BASE.with_layer(Layer.of({"opt/app": b"1"}), "COPY app /opt/").with_layer(
        Layer.of({"opt/app": b"2"}), "RUN x"
    )
    assert [["opt", "opt/app"]] == [list(layer.entries) for layer in relayer(image, 1, "opt/app").layers[1:]]


def test_the_history_has_the_steps_of_the_base_the_settings_and_a_line_for_each_layer() -> None:
    after = relayer(IMAGES["a deletion"], 1, "app")
    assert [
        "ADD base /", "CMD sh", "ENV A=1", "USER 5", "COPY --from=build / /", "COPY --from=build /app /app",
    ] == [step.created_by for step in after.history]  # fmt: skip
    assert [False, True, True, True, False, False] == [step.empty_layer for step in after.history]


def test_the_steps_of_a_secret_are_gone_from_the_history_too() -> None:
    image = BASE.with_layer(Layer.of({"app": b"1"}), "RUN |1 TOKEN=abc fetch").with_layer(
        Layer.of({"b": b"1"}), "RUN b"
    )
    assert "abc" not in relayer(image, 1).config_json.decode()


def test_the_example_of_the_x_ray_loses_what_is_dead_above_its_base() -> None:
    after = relayer(example(), 4, "var/www")
    assert (299_372_233, 5_000_000) == (after.size, release_size(after, ["var/www"]))


@pytest.mark.parametrize("keep", [-1, 3, 7])
def test_a_number_of_layers_that_it_cannot_keep_is_refused(keep: int) -> None:
    with pytest.raises(ValueError, match=f"this image has 3 layers: it can keep 0 to 2 of them, not {keep}"):
        relayer(IMAGES["a deletion"], keep)


@pytest.mark.parametrize("path", ["nothing", "etc/motd", "app/x", "junk"])
def test_a_path_that_the_upper_layers_do_not_show_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=f"the layers above those that are kept do not show /{path}"):
        relayer(IMAGES["a deletion"], 1, path)


def test_a_list_in_the_place_of_a_path_is_refused() -> None:
    with pytest.raises(TypeError, match=r"each path by itself: write a star before a list, as in \*paths"):
        relayer(IMAGES["a deletion"], 1, ("app",))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a path is text, not int"):
        relayer(IMAGES["a deletion"], 1, 5)  # type: ignore[arg-type]


def test_the_names_of_one_file_are_not_parted() -> None:
    with pytest.raises(ValueError, match="/lib/a and /lib/b are one file: put both into one layer"):
        relayer(IMAGES["hard links"], 1, "lib/a")
    assert () == diff(IMAGES["hard links"], relayer(IMAGES["hard links"], 1, "lib")).files


def test_the_layers_of_a_base_are_no_part_of_a_new_version() -> None:
    image = IMAGES["the path of the base"]
    assert [0, 1] == [lowest_with(image, ["etc"], first) for first in (0, 1)]
    assert (3, 0) == (release_size(image, ["etc"], 1), release_size(image, ["nothing"]))
