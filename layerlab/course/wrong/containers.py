"""Wrong models: for each belief one small function that returns what the belief predicts, computed on the model.

They serve as the other choices of a question, and name the belief when someone takes one. Sizes are in bytes.
"""

from collections.abc import Mapping, Sequence

from layerlab.model.image import Image
from layerlab.model.layer import Layer


def only_the_copies(image: Image, containers: int) -> int:
    """Each container holds an image of its own, so n containers cost n times the image.

    >>> only_the_copies(shop().images["shop"], 10)
    3193712530
    """
    return containers * image.size


def the_image_and_copies(image: Image, containers: int) -> int:
    """Starting a container copies the image, which stays beside the copies.

    >>> the_image_and_copies(shop().images["shop"], 10)
    3513083783
    """
    return image.size + only_the_copies(image, containers)


def copies_of_the_top_layer(image: Image, containers: int) -> int:
    """A thin layer starts as a copy of the layer under it.

    >>> copies_of_the_top_layer(shop().images["shop"], 10)
    569371253
    """
    return image.size + containers * image.layers[-1].size


def only_the_bytes_written(data: bytes) -> int:
    """A container keeps the bytes that it wrote and nothing else.

    >>> only_the_bytes_written(b"!")
    1
    """
    return len(data)


def the_layer_of_the_file(image: Image, path: str, data: bytes) -> int:
    """The first write copies the whole layer that holds the file.

    >>> the_layer_of_the_file(shop().images["shop"], "var/lib/shop/catalog.db", b"!")
    25000001
    """
    return layer_with(image, path).size + len(data)


def layer_with(image: Image, path: str) -> Layer:
    """Return the highest layer that has a path.

    >>> layer_with(shop().images["shop"], "var/www").size
    25000000
    """
    return next(layer for layer in reversed(image.layers) if path in layer.entries)


def the_image(image: Image, data: bytes) -> int:
    """The first write copies the whole image.

    >>> the_image(shop().images["shop"], b"!")
    319371254
    """
    return image.size + len(data)


def one_copy_for_all(image: Image, path: str, data: bytes) -> int:
    """The first write copies the file up once, for all containers together; `data` is what they all write.

    >>> one_copy_for_all(shop().images["shop"], "var/lib/shop/catalog.db", b"!!!!")
    20000004
    """
    return image.view()[path].size + len(data)


def a_copy_for_each_write(image: Image, path: str, writes: int) -> int:
    """Every write of one byte copies the file again.

    >>> a_copy_for_each_write(shop().images["shop"], "var/lib/shop/catalog.db", 4)
    80000004
    """
    return writes * (image.view()[path].size + 1)


def readers_of_a_changed_image(writer: str, running: str, later: str) -> frozenset[str]:
    """A write goes into the image, so every container on it reads the new text.

    >>> sorted(readers_of_a_changed_image("web", "job", "mail"))
    ['job', 'mail', 'web']
    """
    return frozenset({writer, running, later})


def readers_of_a_shared_layer(writer: str, running: str, _later: str) -> frozenset[str]:
    """The containers that run share what they write.

    >>> sorted(readers_of_a_shared_layer("web", "job", "mail"))
    ['job', 'web']
    """
    return frozenset({writer, running})


def readers_of_a_new_version(writer: str, _running: str, later: str) -> frozenset[str]:
    """A write makes a new version of the image, on which later containers start.

    >>> sorted(readers_of_a_new_version("web", "job", "mail"))
    ['mail', 'web']
    """
    return frozenset({writer, later})


def no_marks() -> int:
    """Deleted files leave the layer below, so no mark has to hide them.

    >>> no_marks()
    0
    """
    return 0


def a_mark_for_each_file(image: Image, directory: str) -> int:
    """Each deleted file leaves a mark of its own.

    >>> a_mark_for_each_file(shop().images["shop"], "var/www")
    1000
    """
    return sum(path.startswith(f"{directory}/") for path in image.view())


def a_mark_for_each_name(image: Image, directory: str) -> int:
    """Each deleted file leaves a mark, and so does the directory.

    >>> a_mark_for_each_name(shop().images["shop"], "var/www")
    1001
    """
    return a_mark_for_each_file(image, directory) + 1


def left_if_lost_at(act: str, size: int, acts: Sequence[str]) -> tuple[int, ...]:
    """What a container wrote, `size` bytes, is lost at the first act of one kind: what is left after each act.

    >>> left_if_lost_at("start", 5, ["stop", "start", "stop", "remove"])
    (5, 0, 0, 0)
    >>> left_if_lost_at("", 5, ["stop", "remove"])
    (5, 5)
    """
    lost = acts.index(act) if act in acts else len(acts)
    return tuple(size if place < lost else 0 for place in range(len(acts)))


def order_if_modes_are_free(changed: str, appended: str, made: str, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Changing a mode costs nothing; `sizes` are those of the file that each container acted on.

    >>> order_if_modes_are_free("web", "job", "mail", {"web": 20_000_000, "job": 5_000, "mail": 1_000_000})
    ('web', 'job', 'mail')
    """
    cost = {changed: 0, appended: sizes[appended] + 1, made: sizes[made]}
    return tuple(sorted(cost, key=lambda name: cost[name]))


def order_if_layers_are_copied(changed: str, appended: str, made: str, layer: int, size: int) -> tuple[str, ...]:
    """The first change copies the whole layer that holds the file; a new file costs its `size`.

    >>> order_if_layers_are_copied("web", "job", "mail", 25_000_000, 1_000_000)
    ('mail', 'web', 'job')
    """
    cost = {changed: layer, appended: layer + 1, made: size}
    return tuple(sorted(cost, key=lambda name: cost[name]))


def only_a_name() -> int:
    """A new name is all that a renamed directory takes.

    >>> only_a_name()
    0
    """
    return 0


def the_layer_of_the_directory(image: Image, directory: str) -> int:
    """A renamed directory takes the layer that holds it along.

    >>> the_layer_of_the_directory(shop().images["shop"], "var/www")
    25000000
    """
    return layer_with(image, directory).size


def one_file_under_two_names(image: Image, path: str, data: bytes) -> int:
    """Two hard links stay one file, so a write through one name shows under the other.

    >>> one_file_under_two_names(shop().images["shop"], "var/www/index.html", b"!")
    5001
    """
    return image.view()[path].size + len(data)


def a_name_without_a_file() -> int:
    """Copy-up moves a file, and leaves its other name with nothing.

    >>> a_name_without_a_file()
    0
    """
    return 0


def the_image_goes() -> str:
    """A container has a copy of its image, so the image is in nobody's way.

    >>> the_image_goes()
    'the image goes, and the containers stay'
    """
    return "the image goes, and the containers stay"


def stopped_ones_go_too() -> str:
    """A stopped container is as good as removed, so it goes with its image.

    >>> stopped_ones_go_too()
    'the image goes, and the containers with it'
    """
    return "the image goes, and the containers with it"
