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
        f"Layer 0 of an image contains these files in <code>{directory}</code>: {listed(lower)}. Layer 1 also "
        f"contains a "
        f"directory <code>{directory}</code>, with {listed(upper)}. You list this directory in the image."
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
            Wrong("16", upper, "a layer's directory replaced the directory below it"),
            Wrong("16", lower, "a directory belonged to the layer that made it first"),
        ),
        happening=Happening(lambda: holding(image, "menu"), file=directory),
        measured=("in the listing", "their paths"),
        explanation="A directory shows the names from all layers together. If several layers contain a file with the "
        "same "
        "name, you see the file of the highest layer. A layer contains only what it adds, changes or deletes. If a "
        "layer deletes a directory and makes it again, the names below stay hidden.",
        docker="mkdir -p lower/etc/shop upper/etc/shop\n"
        "touch lower/etc/shop/{hours,phone,prices} upper/etc/shop/offers\n"
        "printf 'FROM scratch\\nCOPY lower/ /\\nCOPY upper/ /\\n' | docker build --tag menu --file - .\n"
        "docker run --rm --volume /bin/busybox:/busybox menu /busybox ls /etc/shop",
        printed="hours\noffers\nphone\nprices",
    )


def draw_delete(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. Its top layer contains "
        f"<code>{there.path}</code>, {size(there.size)}. You add one more layer, with a whiteout for this file."
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
            Wrong("1", image.size - there.size, "a layer could remove bytes from a layer below"),
            Wrong("1", image.size + there.size, "a whiteout contained a copy of the file that it hides"),
        ),
        happening=happening,
        measured=("the image", "the layer that contains the file", "the layer that deletes it"),
        given=(image.size,),
        because=(
            Reason("the file is still stored in the layer below"),
            Reason("the file is removed from the layer below", "that layer never changes, and other images may use it"),
            Reason("only visible files are counted", "the size of an image is the sum of its layers, hidden files too"),
            Reason("the new layer contains a copy, to undo the deletion", "a whiteout contains no bytes of the file"),
        ),
        explanation="The whiteout hides the file from every container of the new image. But the bytes stay in the "
        "layer "
        "below, and every copy of the image contains them. So no layer should ever contain what you do not need. Leave "
        "such a file out of the COPY, or delete it in the same RUN line that made it.",
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
        f"A host has the image <code>{there}</code>, {count} layers, and nothing else. The metadata says what to "
        f"start, "
        f"<code>{there}</code>, and names port {port}. You want to run {lowest_layers(height)}, without the layers "
        f"above."
    )
    return situation, image, height, there


def lowest_layers(height: int) -> str:
    return ("layer 0", "layers 0 and 1")[height] if height < 2 else f"layers 0 to {height}"


def missing_below(image: Image, height: int) -> frozenset[str]:
    """Return what a host that has `image` needs before it has the image that ends at a layer."""
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
            Wrong(
                "23",
                frozenset({by_layer}),
                "the id of a layer were also the id of an image, as it was before Docker 1.10",
            ),
            Wrong("23", frozenset({"a new id"}), "each layer said which layers are below it, and what to start"),
            Wrong("23", frozenset(parts), "no two images could use the same layer"),
        ),
        happening=Happening(lambda: holding(image, name), lambda host: host.add(up_to(image, height), "lower")),
        measured=("to be made",),
        explanation="The layers are stored already, and two images can use the same layers. But a layer contains only "
        "files "
        "and whiteouts. It does not say which layers are below it, or what to start. So the lower layers need metadata "
        "of their own. The id of an image is computed from its metadata, so the id is new too.",
        docker="docker run --pull never 62edf09d7e17    # the id that layer 3 has in Docker today\n"
        "# On a host that also has coreos/apache, which is layers 0 to 3 with metadata of their own:\n"
        "docker run --detach coreos/apache",
        printed="docker: Error response from daemon: No such image: 62edf09d7e17:latest",
    )


# More.


def draw_change(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. Its top layer contains "
        f"<code>{there.path}</code>, {size(there.size)}. A new layer on top adds one byte to the end of this file."
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
            Wrong("6", len(BYTE), "a layer stored only the bytes that changed"),
            Wrong("6", below.size + len(BYTE), "a layer stored everything from the layer below again"),
            Wrong("6", there.image.size + len(BYTE), "a layer stored every file that the image shows"),
        ),
        happening=Happening(there.host, lambda host: host.add(changed, f"{there.name}:changed"), there.path),
        measured=("the new layer", "the image"),
        given=(there.size,),
        explanation="If a file changes, a layer stores the whole file again. The old file stays in its own layer, "
        "hidden by "
        "the new file. The size of the image counts the two files.",
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
        f"An image has layers 0 to {count - 1}. Layers {where} contain different files named <code>etc/motd</code>. "
        "All other layers contain other files in <code>etc/</code>. You read <code>/etc/motd</code> in the image."
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
            Wrong("16", nothing, "the top layer's directory replaced the directories below"),
            Wrong("16", holders[0], "a layer could add files but not replace any"),
        ),
        happening=Happening(lambda: holding(image, "motd"), file="etc/", hidden=False),
        measured=("you read",),
        given=(shown,),
        explanation="Linux looks for a name in one layer after the other, from the top. The first layer that "
        "contains "
        "the name decides, and the layers below do not matter. A layer that contains only the directory, without the "
        "name, does not end the search.",
        docker="docker run --rm --volume /bin/busybox:/busybox motd /busybox cat /etc/motd",
        printed="that of layer 2",
    )


def draw_metadata(random: Random) -> tuple[str, Image, str, str]:
    key, value, count = random.choice(SETTINGS), str(random.randint(1, 99)), random.randint(1, 6)
    image = image_of(*({f"srv/part-{number}": value.encode()} for number in range(count)))
    situation = (
        f"An image has {count} {'layer' if count == 1 else 'layers'}. You build a second image on it with one line in "
        f"the Dockerfile: <code>ENV {key}={value}</code>."
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
            Wrong("7", frozenset({"files", "size"}), "every line of a Dockerfile made a layer"),
            Wrong("8", frozenset(same), "the id of an image were computed from its layers alone"),
        ),
        happening=Happening(lambda: holding(image, "old"), lambda host: host.add(new, "new")),
        measured=("the same",),
        explanation="A setting changes only the metadata. No file changes, so there is no new layer. The id of an "
        "image is "
        "computed from its metadata, so the id changes. The two images use the same layers, which are stored once.",
        docker="printf 'FROM shop\\nENV OPEN=daily\\n' | docker build --tag shop:open --file - .\n"
        "docker image inspect --format '{{slice .Id 7 19}} {{.Size}} {{len .RootFS.Layers}}' shop shop:open",
        printed="e417ed87c461 319371253 5\n73d98f21b2d0 319371253 5",
    )


def draw_write_image(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> contains <code>{there.path}</code> in its top layer, layer "
        f"{len(there.image.layers) - 1}. You write other bytes to this file in the image."
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
                f"layer {number} contains the new bytes",
                "a layer of an image could be changed",
            ),
            Wrong(
                "22", f"a new layer {len(layers)} contains the new bytes", "an image got a new layer with each write"
            ),
        ),
        happening=Happening(there.host, file=there.path),
        measured=("it says",),
        given=(refused,),
        explanation="Images never change. That is why many images can use one layer, and why a container starts at "
        "once. "
        "To write, start a container. To get another image, build a new image, which has an id of its own.",
        docker="docker cp catalog.db shop:/var/lib/shop/catalog.db    # shop is an image",
        printed="Error response from daemon: No such container: shop",
    )


# Exercises.


@LESSON.exercise(
    "hide",
    task="Add one layer to the image. The layer hides `var/lib/shop/catalog.db` and adds a file `etc/shop.conf` with "
    "the content `open`. All other files stay visible. Return the new image.",
    takes=("image",),
    start=lambda: (the_shop().image,),
    right="One layer hides a file and adds a file, and no layer below changed. The image grew by the new file.",
    hint="One `Layer.of` can contain a whiteout and a file. Write the names without a leading slash.",
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
        return f"You added {Count(on_top, 'layer')} to the image, not one."
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
    task="The image has three layers. The middle layer added `srv/app` and `tmp/download.zip`. The top layer deletes "
    "`tmp/download.zip`. Return an image that shows the same files and is smaller.",
    takes=("image",),
    start=image_that_deletes_a_download,
    right="The same files in fewer bytes: now no layer contains the download.",
    hint="Begin with the parent that never had the download. Add a layer with only the visible file: "
    '`image.view()["srv/app"].read()` are its bytes.',
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
        return f"Your image shows /{more[0]}, which the first image hides."
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
    task="Return the image that ends at layer `height`, ready to run.",
    takes=("image", "height"),
    start=image_of_five_layers,
    right="Layers 0 to that height, with metadata that lists these layers: an image.",
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
        return "You return a layer. A layer does not say which layers are below it, or what to start."
    wanted = image.layers[: height + 1]
    if len(made.layers) != len(wanted):
        return f"Your image has {Count(len(made.layers), 'layer')}; layers are counted from 0, the bottom."
    if made.layers != wanted:
        return "Your image has the right number of layers, but not the layers from 0 up."
    return "" if made.config == image.config else "Your image has lost what it starts: the metadata says that."


# Does an image have a kernel?

# What a program needs, and where an image has it: the kernel of a distribution is a file in boot/.
NEEDED = {
    "the web server": "usr/lib/apache2/mpm-worker/apache2",
    "the C library": "lib/x86_64-linux-gnu/libc-2.15.so",
    "the kernel": "boot/vmlinuz",
    "the shell": "bin/dash",
}
SYSTEMS = {"Debian 8": "3.16", "Debian 10": "4.19", "Ubuntu 14.04": "3.13", "Ubuntu 18.04": "4.15", "CentOS 7": "3.10"}


def draw_kernel(random: Random) -> tuple[str, Topic, tuple[str, ...], str]:
    there, system = drawn(random), random.choice(list(SYSTEMS))
    files = {path: filler(random.randint(1, 9) * 1_000) for what, path in NEEDED.items() if what != "the kernel"}
    image = there.image.with_layer(Layer.of(files), "RUN install programs")
    situation = (
        f"<code>web</code> runs on the image <code>{there.name}</code> of {size(image.size)}, which has the programs "
        f"and libraries of {system}. That system came with Linux {SYSTEMS[system]}. The host runs Linux 6.18."
    )
    items = tuple(random.sample(list(NEEDED), len(NEEDED)))
    return situation, there._replace(image=image), items, SYSTEMS[system]


@LESSON.question("kernel", lambda: (the_shop(), tuple(NEEDED), "3.2"), draw_kernel)
def what_comes_from_the_image(there: Topic, items: tuple[str, ...], version: str) -> Question:
    view = there.image.view()
    inside = frozenset(what for what in items if NEEDED[what] in view)
    return Question(
        prompt="Which of these does the container get from its image? Pick all that fit.",
        act="pick",
        items=items,
        truth=inside,
        wrong=(
            Wrong("30", frozenset(items), "an image were a whole system, with a kernel of its own"),
            Wrong("30", inside - {"the C library"}, "programs in a container used the libraries of the host"),
        ),
        second="And which version does uname -r print in the container?",
        because=(
            Reason("6.18, the version of the host"),
            Reason(f"{version}, the version of the image's system", "the image contains no kernel that could run"),
            Reason("none, a container has no kernel", "every program needs a kernel, and calls the one that runs"),
        ),
        happening=Happening(lambda: there.running("web")),
        measured=("from the image",),
        explanation="A container is a group of processes, and all processes of a host call one kernel. An image "
        "contains the files that these processes read: programs, libraries and settings. So an image of an old system "
        "runs on a new kernel. On a Mac and on Windows, Docker runs a virtual machine that has a Linux kernel.",
        docker="uname -r\ndocker run --rm shop uname -r\ndocker run --rm shop ls /boot",
        printed="6.18.44-...\n6.18.44-...\nls: /boot: No such file or directory",
    )


@LESSON.exercise(
    "fits-inside",
    task="`needs` is what a program needs: a dict from each thing to its path. Return the set of the things that "
    "`image` does not contain, so that the host has to have them.",
    takes=("image", "needs"),
    start=lambda: (the_shop().image, dict(NEEDED)),
    right="Only the kernel. Programs and libraries come with the image.",
    hint="A path that is in `image.view()` comes with the image.",
    solution="view = image.view()\nreturn {thing for thing, path in needs.items() if path not in view}",
    mistakes=(
        Mistake("30", "return set()", "look for boot/vmlinuz"),
        Mistake("30", 'return {"the kernel", "the C library"}', "contains the C library"),
        Mistake(
            "16",
            "top = image.layers[-1].entries\nreturn {thing for thing, path in needs.items() if path not in top}",
            "contains the C library, the shell, the web server",
        ),
    ),
)
def judge_fits_inside(image: Image, needs: dict[str, str], made: object) -> str:
    view = image.view()
    missing = {thing for thing, path in needs.items() if path not in view}
    if not isinstance(made, set | frozenset) or not made <= needs.keys():
        return f"Return a set of some of these: {', '.join(needs)}."
    if there := sorted(made - missing):
        return f"The image contains {', '.join(there)}."
    return "" if made == missing else f"The image does not contain everything: look for {needs[min(missing)]}."
