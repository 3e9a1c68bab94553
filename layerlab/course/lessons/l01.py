"""Lesson 01: What is an image?"""

from random import Random
from typing import Any

from layerlab.benches.example import CATALOG
from layerlab.course.answer import Count
from layerlab.course.draws import NAMES, Topic, drawn, holding, layer_with, the_shop, up_to
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.model.content import filler
from layerlab.model.entry import WHITEOUT
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer
from layerlab.words.sizes import size

LESSON = Lesson("01")
BYTE = b"!"
FILES = ("hours", "phone", "prices", "offers", "menu", "staff", "map", "terms", "news", "jobs")
DIRECTORIES = ("etc/shop/", "etc/mail/", "srv/pages/", "usr/share/radio/", "opt/wiki/")
SETTINGS = ("BUILD", "LEVEL", "LIMIT", "RETRIES", "TIMEOUT", "WORKERS")


def image_of(*layers: dict[str, bytes]) -> Image:
    """Return an image of layers with these files, the bottom first."""
    image = scratch
    for number, files in enumerate(layers):
        image = image.with_layer(Layer.of(files), f"COPY layer-{number}/ /")
    return image


# Core.


def the_menu() -> tuple[Image, str]:
    lower = {"etc/shop/hours": b"9 to 5", "etc/shop/phone": b"555", "etc/shop/prices": b"low"}
    return image_of(lower, {"etc/shop/offers": b"tea"}), "etc/shop/"


def draw_merge(random: Random) -> tuple[str, Image, str]:
    directory = random.choice(DIRECTORIES)
    names = random.sample(FILES, random.randint(4, 9))
    first = random.randint(2, len(names) - 1)
    again = random.sample(names[:first], random.randint(0, 1))
    lower, upper = sorted(names[:first]), sorted(names[first:] + again)
    image = image_of({f"{directory}{n}": b"old" for n in lower}, {f"{directory}{n}": b"new" for n in upper})
    situation = (
        f"Layer 0 of an image holds these files in <code>{directory}</code>: {listed(lower)}. Layer 1 has a directory "
        f"<code>{directory}</code> too, and holds {listed(upper)} in it. Someone lists that directory in the image."
    )
    return situation, image, directory


def listed(names: list[str]) -> str:
    """Return names as a text lists them."""
    coded = [f"<code>{name}</code>" for name in names]
    return coded[0] if len(coded) == 1 else f"{', '.join(coded[:-1])} and {coded[-1]}"


@LESSON.question("merge", the_menu, draw_merge)
def merge(image: Image, directory: str) -> Question:
    lower, upper, shown = (
        Count(sum(path.startswith(directory) for path in paths), "file")
        for paths in (image.layers[0].entries, image.layers[-1].entries, image.view())
    )
    return Question(
        prompt="How many files does the listing show?",
        act="type",
        truth=shown,
        wrong=(
            Wrong("16", upper, "a layer's directory took the place of the one below it"),
            Wrong("16", lower, "a directory belonged to the layer that made it first"),
        ),
        happening=Happening(lambda: holding(image, "menu"), file=directory),
        measured=("in the listing", "these"),
        explanation="Directories merge. For each name the highest layer that has it answers, and a directory collects "
        "the names of all layers. So a layer holds only what it adds or changes, and never has to repeat what lies "
        "below.",
        docker="mkdir -p lower/etc/shop upper/etc/shop\n"
        "touch lower/etc/shop/{hours,phone,prices} upper/etc/shop/offers\n"
        "printf 'FROM scratch\\nCOPY lower/ /\\nCOPY upper/ /\\n' | docker build --tag menu --file - .\n"
        "docker run --rm --volume /bin/busybox:/busybox menu /busybox ls /etc/shop",
        printed="hours\noffers\nphone\nprices",
    )


def draw_delete(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. Its top layer holds "
        f"<code>{there.path}</code>, {size(there.size)}. You put one more layer on it, with a whiteout for that file."
    )
    return situation, there


@LESSON.question("delete", lambda: (the_shop(),), draw_delete)
def delete(there: Topic) -> Question:
    image, name = there.image, f"{there.name}:cleaned"
    cleaned = image.with_layer(Layer.of({there.path: WHITEOUT}), f"RUN rm /{there.path}")
    happening = Happening(there.host, lambda host: host.add(cleaned, name), there.path)
    return Question(
        prompt="How large is the image with the new layer?",
        truth=cleaned.size,
        wrong=(
            Wrong("1", image.size - there.size, "a layer could take bytes out of one below it"),
            Wrong("1", image.size + there.size, "a whiteout kept a copy of what it hides"),
        ),
        happening=happening,
        measured=("the image", "the layer that holds the file", "the layer that deletes it"),
        given=(image.size,),
        because=(
            Reason("the file still lies in the layer below"),
            Reason("the file leaves the layer below", "that layer never changes, and other images may stand on it"),
            Reason("only what shows is counted", "an image's size is the sum of its layers, whether they show or not"),
            Reason("the file has to be kept for an undo", "the mark holds no content"),
        ),
        explanation="The whiteout hides the file: whoever starts from the new image does not see it. Its bytes stay in "
        "the layer below, and every copy of the image carries them. So let no layer ever hold what you do not need: "
        "leave it out of the COPY, or delete it in the same RUN line that made it.",
        docker="printf 'FROM shop\\nRUN rm /var/lib/shop/catalog.db\\n' | docker build --tag shop:cleaned --file - .\n"
        "docker image ls shop\ndocker history shop:cleaned",
        printed="REPOSITORY   TAG       SIZE\n"
        "shop         cleaned   319MB\n"
        "shop         latest    319MB\n"
        "CREATED BY                                      SIZE\n"
        "RUN rm /var/lib/shop/catalog.db                 0B\n"
        "COPY site/ /                                    25MB",
    )


def draw_height(random: Random) -> tuple[str, Image, int, str]:
    there, count = random.choice(NAMES), random.randint(3, 8)
    image = image_of(*({f"srv/part-{number}": there.encode()} for number in range(count))).with_config(cmd=[there])
    height = random.randint(0, count - 2)
    port = random.randint(1_000, 9_999)
    image = image.with_config(expose=[f"{port}/tcp"])
    situation = (
        f"A host holds the image <code>{there}</code>, {count} layers, and nothing else. Its metadata says to start "
        f"<code>{there}</code> and that it listens on port {port}. You want to run {lowest_layers(height)}, without "
        "what lies above."
    )
    return situation, image, height, there


def lowest_layers(height: int) -> str:
    return ("layer 0", "layers 0 and 1")[height] if height < 2 else f"layers 0 to {height}"


def missing_below(image: Image, height: int) -> frozenset[str]:
    """Return what a host that holds `image` has to get before it holds the image that ends at a layer."""
    base = up_to(image, height)
    new = {
        "copies of the layers": base.layers != image.layers[: height + 1],
        "new metadata": base.config_json != image.config_json,
        "a new id": base.id not in (image.id, *image.diff_ids),
    }
    return frozenset(part for part in new if new[part])


@LESSON.question("height", lambda: (the_shop().image, 3, "shop"), draw_height)
def run_up_to_a_height(image: Image, height: int, name: str) -> Question:
    by_layer, parts = f"no more than the id of layer {height}", ("copies of the layers", "new metadata", "a new id")
    return Question(
        prompt=f"What does the host need before it can run {lowest_layers(height)}? Pick all that fit.",
        act="pick",
        items=(by_layer, *parts),
        truth=missing_below(image, height),
        wrong=(
            Wrong("23", frozenset({by_layer}), "each layer were an image by itself, as it was until Docker 1.9"),
            Wrong("23", frozenset({"a new id"}), "each layer said what lies under it and what to start"),
            Wrong("23", frozenset(parts), "an image owned its layers, and shared them with no other"),
        ),
        happening=Happening(lambda: holding(image, name), lambda host: host.add(up_to(image, height), "lower")),
        measured=("to be made",),
        explanation="The layers are there, and images share them. But a layer is files and marks alone: it does not "
        "say what lies under it, nor what to start. So nothing runs by the id of a layer. Metadata says both. Each "
        "image has its own, and the id of an image is that of its metadata.",
        docker="docker run --pull never 62edf09d7e17    # the id that layer 3 has in Docker today\n"
        "docker run --detach coreos/apache    # layers 0 to 3 with metadata of their own",
        printed="docker: Error response from daemon: No such image: 62edf09d7e17:latest",
    )


# More.


def draw_change(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. Its top layer holds "
        f"<code>{there.path}</code>, {size(there.size)}. A new layer on top changes that file: it appends one byte."
    )
    return situation, there


@LESSON.question("change", lambda: (the_shop(),), draw_change)
def change_a_file(there: Topic) -> Question:
    below, data = layer_with(there.image, there.path), filler(there.size + len(BYTE))
    changed = there.image.with_layer(Layer.of({there.path: data}), f"RUN printf ! >> /{there.path}")
    return Question(
        prompt="How large is the new layer?",
        act="type",
        truth=changed.layers[-1].size,
        wrong=(
            Wrong("6", len(BYTE), "a layer stored the bytes that changed, and no others"),
            Wrong("6", below.size + len(BYTE), "a layer stored again all that the layer below holds"),
            Wrong("6", there.image.size + len(BYTE), "a layer stored all that the image shows"),
        ),
        happening=Happening(there.host, lambda host: host.add(changed, f"{there.name}:changed"), there.path),
        measured=("the new layer", "the image"),
        given=(there.size,),
        explanation="A layer stores a changed file whole. The old file stays in its own layer, hidden by the new one "
        "of the same name, and an image's size counts both.",
        docker="printf 'FROM shop\\nRUN printf ! >> /var/lib/shop/catalog.db\\n' | docker build --tag shop:changed "
        "--file - .\ndocker history shop:changed",
        printed="CREATED BY                                      SIZE\n"
        "RUN printf ! >> /var/lib/shop/catalog.db        20MB\n"
        "COPY site/ /                                    25MB",
    )


def image_with_messages(holders: set[int], count: int) -> Image:
    """Return an image with a message in some layers, which says which layer it is from, and other files in others."""
    return image_of(
        *(
            {"etc/motd": f"that of layer {number}".encode()} if number in holders else {f"etc/other-{number}": b""}
            for number in range(count)
        )
    )


def draw_which_layer(random: Random) -> tuple[str, Image]:
    count = random.randint(4, 9)
    holders = sorted(random.sample(range(count - 1), random.randint(2, min(4, count - 1))))
    where = ", ".join(map(str, holders[:-1])) + f" and {holders[-1]}"
    situation = (
        f"An image has layers 0 to {count - 1}. Layers {where} each hold a file <code>etc/motd</code> of their own. "
        "The others have other files in <code>etc/</code>. You read <code>/etc/motd</code> in the image."
    )
    return situation, image_with_messages(set(holders), count)


@LESSON.question("which-layer", lambda: (image_with_messages({0, 2}, 4),), draw_which_layer)
def which_layer_is_read(image: Image) -> Question:
    holders = [f"that of layer {number}" for number, layer in enumerate(image.layers) if "etc/motd" in layer.entries]
    shown, nothing = image.view()["etc/motd"].read().decode(), "no file at all"
    return Question(
        prompt="Which file do you read?",
        act="point",
        items=(*reversed(holders), nothing),
        truth=shown,
        wrong=(
            Wrong("16", nothing, "the top layer's directory took the place of those below"),
            Wrong("16", holders[0], "a layer could add files but not replace any"),
        ),
        happening=Happening(lambda: holding(image, "motd"), file="etc/", hidden=False),
        measured=("you read",),
        given=(shown,),
        explanation="The look-up falls from the top. A layer that has a directory on the way but not the name lets it "
        "fall on; the first layer that has the name answers, and those below are not asked.",
        docker="docker run --rm --volume /bin/busybox:/busybox motd /busybox cat /etc/motd",
        printed="that of layer 2",
    )


def draw_metadata(random: Random) -> tuple[str, Image, str, str]:
    key, value, count = random.choice(SETTINGS), str(random.randint(1, 99)), random.randint(1, 6)
    image = image_of(*({f"srv/part-{number}": value.encode()} for number in range(count)))
    situation = (
        f"An image has {count} {'layer' if count == 1 else 'layers'}. You build another on it with one line in the "
        f"Dockerfile: <code>ENV {key}={value}</code>."
    )
    return situation, image, key, value


@LESSON.question("metadata", lambda: (the_shop().image, "OPEN", "daily"), draw_metadata)
def change_a_setting(image: Image, key: str, value: str) -> Question:
    new = image.with_config(env={key: value})
    same = {
        "files": dict(image.view()) == dict(new.view()),
        "id": image.id == new.id,
        "layers": image.layers == new.layers,
        "size": image.size == new.size,
    }
    return Question(
        prompt="What is the same in the new image? Pick all that fit.",
        act="pick",
        items=tuple(same),
        truth=frozenset(part for part in same if same[part]),
        wrong=(
            Wrong("7", frozenset({"files", "size"}), "every line of a Dockerfile made a layer, an empty one here"),
            Wrong("8", frozenset(same), "an image's id were the id of its layers"),
        ),
        happening=Happening(lambda: holding(image, "old"), lambda host: host.add(new, "new")),
        measured=("the same",),
        explanation="A setting changes metadata alone: no file, so no layer. The id of an image is that of its "
        "metadata, so it is another one. Both images stand on the same layers, which are stored once.",
        docker="printf 'FROM shop\\nENV OPEN=daily\\n' | docker build --tag shop:open --file - .\n"
        "docker image inspect --format '{{slice .Id 7 19}} {{.Size}} {{len .RootFS.Layers}}' shop shop:open",
        printed="e417ed87c461 319371253 5\n73d98f21b2d0 319371253 5",
    )


def draw_write_image(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> holds <code>{there.path}</code> in its top layer, layer "
        f"{len(there.image.layers) - 1}. You write other bytes to that file in the image."
    )
    return situation, there


def refusal(image: Image, path: str) -> str:
    """Return what Python says to someone who writes a file of an image."""
    view: Any = image.view()
    try:
        view[path] = b"new"
    except TypeError as error:
        return str(error)
    return ""


@LESSON.question("write-image", lambda: (the_shop(),), draw_write_image)
def write_into_an_image(there: Topic) -> Question:
    layers = there.image.layers
    number = next(number for number, layer in enumerate(layers) if there.path in layer.entries)
    refused = refusal(there.image, there.path)
    return Question(
        prompt="What happens?",
        truth=refused,
        wrong=(
            Wrong(
                "22",
                f"layer {number} holds the new bytes",
                "a layer that several images stand on could be changed",
            ),
            Wrong("22", f"a new layer {len(layers)} holds the new bytes", "an image grew with each write"),
        ),
        happening=Happening(there.host, file=there.path),
        measured=("it says",),
        given=(refused,),
        explanation="Images never change: that is why many can stand on one layer, and why a container can start from "
        "them at once. To write, start a container. To have another image, build one: it gets an id of its own.",
        docker="docker cp catalog.db shop:/var/lib/shop/catalog.db    # shop is an image",
        printed="Error response from daemon: No such container: shop",
    )


# Exercises.


@LESSON.exercise(
    "hide",
    task="Put one layer on the image. It hides `var/lib/shop/catalog.db` and adds a file `etc/shop.conf` with the "
    "content `open`. All else still shows. Return the new image.",
    takes=("image",),
    start=lambda: (the_shop().image,),
    right="One layer did both, and nothing below it changed. The image grew by the new file.",
    hint="One `Layer.of` can hold a whiteout and a file side by side; its names have no leading slash.",
    solution='layer = Layer.of({"var/lib/shop/catalog.db": WHITEOUT, "etc/shop.conf": b"open"})\n'
    "return image.with_layer(layer)",
    mistakes=(
        Mistake("1", 'return image.parent.with_layer(Layer.of({"etc/shop.conf": b"open"}))', "no longer under yours"),
        Mistake(
            "1",
            'return image.with_layer(Layer.of({"var/lib/shop/catalog.db": b"", "etc/shop.conf": b"open"}))',
            "an empty file is a file",
        ),
        Mistake(
            "16",
            'return image.with_layer(Layer.of({"var/lib/shop/": Directory(), "etc/shop.conf": b"open"}))',
            "with 20.0 MB",
        ),
        Mistake(
            "7",
            'lower = image.with_layer(Layer.of({"var/lib/shop/catalog.db": WHITEOUT}))\n'
            'return lower.with_layer(Layer.of({"etc/shop.conf": b"open"}))',
            "2 layers",
        ),
        Mistake(
            "17",
            'return image.with_layer(Layer.of({"var/lib": WHITEOUT, "etc/shop.conf": b"open"}))',
            "no longer shows /var/lib",
        ),
    ),
)
def judge_hide(image: Image, made: Image) -> str:
    note, on_top = "etc/shop.conf", len(made.layers) - len(image.layers)
    if made.layers[: len(image.layers)] != image.layers:
        return f"Layer {len(image.layers) - 1} of the image that you got is no longer under yours."
    if on_top != 1:
        return f"You put {Count(on_top, 'layer')} on the image, not one."
    view = made.view()
    if CATALOG in view:
        left = view[CATALOG].size
        return f"The image still shows /{CATALOG}" + (f", with {size(left)}." if left else ": an empty file is a file.")
    if note not in view or view[note].read() != b"open":
        return f"The image shows no /{note} that says open."
    gone = [path for path in image.view() if path not in view and path != CATALOG]
    return f"The image no longer shows /{gone[0]} either." if gone else ""


def image_that_deletes_a_download() -> tuple[Image]:
    image = image_of({"lib/base.so": filler(600_000).read()}).with_config(cmd=["/srv/app"])
    made = Layer.of({"srv/app": filler(200_000, 1), "tmp/download.zip": filler(900_000, 2)})
    image = image.with_layer(made, "RUN download and unpack")
    return (image.with_layer(Layer.of({"tmp/download.zip": WHITEOUT}), "RUN rm /tmp/download.zip"),)


@LESSON.exercise(
    "lighter",
    task="The image has three layers. The middle one brought `srv/app` and `tmp/download.zip`; the top one deletes "
    "`tmp/download.zip`. Return an image that shows the same files and is smaller.",
    takes=("image",),
    start=image_that_deletes_a_download,
    right="The same files in fewer bytes: the download is in no layer now.",
    hint="Go down to the parent that never had the download, and put on it only what is to be seen: "
    '`image.view()["srv/app"].read()` are the bytes.',
    solution='app = image.view()["srv/app"].read()\nreturn image.parent.parent.with_layer(Layer.of({"srv/app": app}))',
    mistakes=(
        Mistake("1", 'return image.with_layer(Layer.of({"tmp/download.zip": WHITEOUT}))', "no less than before"),
        Mistake("17", "return image.parent", "shows /tmp/download.zip"),
        Mistake("16", "return image.parent.parent", "no longer shows /srv/app"),
    ),
)
def judge_lighter(image: Image, made: Image) -> str:
    wanted, shown = (
        {path: entry.digest for path, entry in each.view().items() if entry.kind == "file"} for each in (image, made)
    )
    if lost := sorted(wanted.keys() - shown.keys()):
        return f"Your image no longer shows /{lost[0]}."
    if more := sorted(shown.keys() - wanted.keys()):
        return f"Your image shows /{more[0]}, which the other one hides."
    if changed := sorted(path for path in wanted if wanted[path] != shown[path]):
        return f"/{changed[0]} has other bytes in your image."
    if made.size >= image.size:
        return f"It shows the right files, in {size(made.size)}: no less than before."
    return ""


def image_of_five_layers() -> tuple[Image, int]:
    image = image_of(*({f"srv/part-{number}": b"part"} for number in range(5)))
    return image.with_config(cmd=["/srv/part-0"]), 2


@LESSON.exercise(
    "up-to",
    task="Return the image that ends at layer `height`, ready to be run.",
    takes=("image", "height"),
    start=image_of_five_layers,
    right="Layers 0 to that height, with metadata that names them: an image.",
    hint="`image.parent` goes down by one layer. An image that ends at layer 0 has one layer.",
    solution="while len(image.layers) > height + 1:\n    image = image.parent\nreturn image",
    mistakes=(
        Mistake("23", "return image.layers[height]", "You return a layer"),
        Mistake("23", "return scratch.with_layer(image.layers[height])", "has 1 layer;"),
        Mistake("1", "while len(image.layers) > height:\n    image = image.parent\nreturn image", "has 2 layers"),
        Mistake(
            "23",
            "made = scratch\nfor layer in image.layers[:height + 1]:\n    made = made.with_layer(layer)\nreturn made",
            "lost what it starts",
        ),
    ),
)
def judge_up_to(image: Image, height: int, made: Image) -> str:
    if isinstance(made, Layer):
        return "You return a layer: it does not say what lies under it, nor what to start."
    wanted = image.layers[: height + 1]
    if len(made.layers) != len(wanted):
        return f"Your image has {Count(len(made.layers), 'layer')}; layers are counted from 0, the bottom."
    if made.layers != wanted:
        return "Your image has the right number of layers, but not the ones from 0 up."
    return "" if made.config == image.config else "Your image has lost what it starts: that stands in the metadata."
