"""Lesson 10: Can your own image be lighter?"""

from collections.abc import Sequence
from html import escape
from random import Random
from typing import Any

from layerlab.benches.example import shop
from layerlab.builds.build import BuildError
from layerlab.course.answer import Count
from layerlab.course.draws import NAMES, drawn_size, holding, with_the_same_images
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.lighter import missing
from layerlab.course.own_image import (
    BASE_AND_ONE,
    CHANGES_BELOW,
    CHANGES_ON_TOP,
    ONE_LAYER,
    OwnImage,
    own_image,
)
from layerlab.course.question import Question, Reason, Wrong
from layerlab.course.starts import START
from layerlab.model.content import filler
from layerlab.model.entry import WHITEOUT, File, Spec
from layerlab.model.host import Host
from layerlab.model.image import scratch
from layerlab.model.layer import Layer
from layerlab.words.plurals import listed
from layerlab.words.sizes import size

LESSON = Lesson("10")
ENGINE = "Docker 20.10.24, BuildKit, the same lines on a small base"
DELETED = ("whiteout", "opaque")
LONGEST_LABEL = 24


def the_start() -> tuple[OwnImage]:
    return (own_image(),)


def listing(own: OwnImage) -> str:
    """Return what the picture of a card does not tell of the steps of an image."""
    whole, base, steps = size(own.image.size), size(own.base_size), own.steps
    told = [f"The image <code>{escape(own.name)}</code> is {whole}. Its base is {base}."]
    for number, (each, line) in enumerate(steps, len(own.image.layers) - len(steps)):
        # The picture of the card has each layer's size. It has no room for a long line, or for several places.
        places = each.partition(" (")[2].removesuffix(")")
        if each and (places or line.startswith("RUN") or len(line) > LONGEST_LABEL):
            told.append(f"Layer {number} is <code>{escape(line)}</code>{f': {places}' if places else ''}.")
    return " ".join(told)


def sizes(own: OwnImage) -> str:
    """Return how large an image and its base are, for a card whose picture shows the layers."""
    whole, base = size(own.image.size), size(own.base_size)
    return f"The image <code>{escape(own.name)}</code> is {whole}, and its base is {base}."


def looking(own: OwnImage) -> Happening:
    """Return a picture of the image that does not tell which bytes are hidden."""
    return Happening(lambda: holding(own.image, own.name), hidden=False)


def drawn_own(random: Random) -> OwnImage:
    """Return an image with the faults of the prepared ones, in other sizes and in another order."""

    def part(seed: int) -> File:
        return File(filler(drawn_size(random, 200_000, 3_000_000), seed), mode=0o644)

    name = random.choice(NAMES)
    app = f"srv/{name}"
    image = scratch.with_layer(Layer.of({"lib/base.so": part(1)}), "ADD rootfs.tar /").with_config(created_by="CMD sh")
    files: dict[str, Spec] = {"opt/deps.so": part(2), app: part(3), "var/cache/junk.bin": part(4)}
    steps = {path: f"COPY {path.rpartition('/')[2]} /{path}" for path in files}
    order = random.sample(sorted(files), 3)
    for path in order:
        image = image.with_layer(Layer.of({path: files[path]}), steps[path])
    image = image.with_layer(Layer.of({"var/cache/junk.bin": WHITEOUT}), "RUN rm /var/cache/junk.bin")
    changed = random.choice([("opt/deps.so",), (app,), ("opt/deps.so", app)])
    again = {path: File(files[path].content, mode=0o600) for path in changed}  # type: ignore[union-attr]
    line = f"RUN chmod 600 {' '.join(f'/{path}' for path in changed)}"
    image = image.with_layer(Layer.of({**again}), line)
    return OwnImage(name, image, 1, (app,), prepared=False)


# Core.


def draw_live(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return listing(own), own


@LESSON.question("live", the_start, draw_live)
def how_much_shows(own: OwnImage) -> Question:
    modes = sum(row.bytes for row in own.report.dead if row.reason == "metadata")
    deleted = sum(row.bytes for row in own.report.dead if row.reason in DELETED)
    return Question(
        prompt="How many bytes of the image does a container show?",
        act="type",
        truth=own.visible,
        wrong=(
            Wrong("1", own.visible + modes + deleted, "every byte of the layers were visible"),
            Wrong("1", own.visible + deleted, "a deleted file were still shown"),
            Wrong("5", own.visible + modes, "a new mode hid no bytes of the layer below"),
        ),
        happening=looking(own),
        situation=listing(own),
        measured=("visible bytes", "dead bytes", "live share"),
        explanation="A file that a later step deletes stays in its layer, and no container shows it. A new mode stores "
        "the whole file again, so the copy below is hidden too. COPY --chmod sets the mode where the file is stored "
        "first. The live share is the visible bytes, divided by all bytes.",
        docker="docker export $(docker create search) | tar --list --verbose | awk '{all += $3} END {print all \"B\"}'"
        "\ndocker image ls --format '{{.Size}}' search",
        printed="14999930B\n34MB",
        engine=ENGINE,
    )


def draw_release(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return f"{sizes(own)} {own.sentence}", own


@LESSON.question("release", the_start, draw_release)
def what_a_release_takes(own: OwnImage) -> Question:
    return Question(
        prompt="A server has the last version. How many bytes of layers, unpacked, does it pull for the new version?",
        act="type",
        truth=own.release,
        wrong=(
            Wrong("34", own.changing_size, "a host fetched only the files that changed"),
            Wrong("34", own.image.size, "a host fetched every layer of a new image"),
        ),
        happening=looking(own),
        situation=f"{sizes(own)} {own.sentence}",
        measured=("unpacked bytes of the layers that are pulled", "bytes of the files that changed"),
        explanation="The layer with the changed file is a new one, so it has a new ChainID. Every layer above it has a "
        "new ChainID too, even if its own bytes are the same. So the server pulls all these layers. A file that "
        "changes often belongs alone in the top layer.",
        docker="docker build --tag registry.example/search:2 .    # with a new search\n"
        "docker push registry.example/search:2\n"
        "docker pull registry.example/search:2                 # on the server",
        printed="$ docker history --format '{{.Size}}  {{.CreatedBy}}' search:1\n"
        "7MB   RUN /bin/sh -c chmod 555 /opt/deps/*.so /srv…\n"
        "0B    RUN /bin/sh -c rm -r /srv/.netrc /var/cache/…\n"
        "18MB  RUN /bin/sh -c fetch # buildkit\n"
        "59B   COPY .netrc /srv/.netrc # buildkit\n"
        "1MB   COPY search /srv/search # buildkit\n"
        "$ docker pull registry.example/search:2\n"
        "cecad39683c9: Already exists\n"
        "fa437bd4542d: Already exists\n"
        "440fa5f074a9: Pull complete\n"
        "f4a3423cda04: Pull complete\n"
        "8d2ccaccd7d1: Pull complete\n"
        "42d2e7db8c16: Pull complete\n"
        "51cf2dcbd29f: Pull complete",
        engine=ENGINE,
        given=(own.changing_size,),
    )


FOUR_WAYS = "You build it again in one of four ways, which name the new layers from the bottom to the top."


def draw_split(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return f"{sizes(own)} {own.sentence} {FOUR_WAYS}", own


@LESSON.question("split", the_start, draw_split)
def how_to_split(own: OwnImage) -> Question:
    wrong = (
        Wrong("11b", ONE_LAYER, "no other image used the base, and a server fetched only changed files"),
        Wrong("34", BASE_AND_ONE, "a server fetched only the changed files of a layer"),
        Wrong("14c", CHANGES_BELOW, "the order of the layers made no difference to a server"),
    )
    return Question(
        prompt="Which way adds the fewest bytes to a disk that has the base, and pulls the fewest for a new version?",
        truth=CHANGES_ON_TOP,
        # Of some images two ways make the same layers, and then both are right.
        wrong=tuple(each for each in wrong if own.ways[str(each.value)] != own.ways[CHANGES_ON_TOP]),
        happening=looking(own),
        situation=f"{sizes(own)} {own.sentence} {FOUR_WAYS}",
        measured=("the lightest way", *(f"{way} (added, pulled)" for way in own.ways)),
        explanation="One layer for everything stores the files of the base again. A new version pulls the lowest "
        "changed layer and all layers above it. So what changes gets a layer of its own, at the top.",
        docker="docker build --tag search:light .    # last stage: FROM runtime, COPY the rest, COPY search\n"
        "docker history --format '{{.Size}}  {{.CreatedBy}}' search:light",
        printed="1MB  COPY /srv/search /srv/search # buildkit\n6MB  COPY /opt/deps /opt/deps # buildkit",
        engine=ENGINE,
    )


def the_puzzle() -> tuple[Host, tuple[str, str, str]]:
    return shop("coreos/apache", "shop", "blog"), ("coreos/apache", "shop", "blog")


def draw_puzzle(random: Random) -> tuple[str, Host, tuple[str, str, str]]:
    host, names = Host(), random.sample(NAMES, 3)
    base = scratch.with_layer(Layer.of({"lib/base.so": filler(drawn_size(random, 2_000_000, 9_000_000))}), "ADD /")
    host.add(base, names[0])
    for seed, name in enumerate(names[1:], start=5):
        files: dict[str, Spec] = {f"srv/{name}": filler(drawn_size(random, 200_000, 1_900_000), seed)}
        host.add(base.with_layer(Layer.of(files), f"COPY {name} /srv/"), name)
    rows = listed([f"<code>{name}</code> {size(host.images[name].size)}" for name in names])
    situation = f"A host has three images: {rows}. The last two use all layers of <code>{names[0]}</code>."
    return situation, host, (names[0], names[1], names[2])


@LESSON.question("puzzle", the_puzzle, draw_puzzle)
def answer_the_puzzle(host: Host, names: tuple[str, str, str]) -> Question:
    usage = host.usage()
    others = names[1:]
    listed_sizes = sum(row.size for row in usage.images.values())
    freed, whole = usage.reclaim({*others}), sum(usage.images[name].size for name in others)
    every = usage.reclaim({*names})
    return Question(
        prompt=f"How many bytes are freed if you remove <code>{others[0]}</code> and <code>{others[1]}</code>? And how "
        f"many in all, if you remove <code>{names[0]}</code> too?",
        truth=(freed, every),
        wrong=(
            Wrong("2d", (whole, listed_sizes), "the sizes that docker image ls prints could be added"),
            Wrong("2c", (freed, freed), "images freed together only what each of them frees alone"),
            Wrong("2d", (every, every), "an image took its shared layers along when it is removed"),
        ),
        because=(
            Reason("a layer that several images use is stored once, and stays as long as one of them is there"),
            Reason(
                "each image has its own copy of its layers",
                wrong="a store keeps one copy of layers with equal ChainIDs",
            ),
            Reason(
                "docker image ls counts only what each image adds",
                wrong="SIZE counts all layers of an image, the shared ones too",
            ),
        ),
        happening=Happening(lambda: with_the_same_images(host)),
        measured=("freed by two, and freed by all", "stored on the disk", "sizes added up"),
        explanation="SIZE counts all layers of each image, so the sum counts the base once for every "
        "image. The disk stores the base once. Removing the two images on it frees only the layers that no other "
        "image uses. The last image that uses the base frees the base. Ask what a set of images frees together.",
        docker="docker image ls\ndocker system df    # the images on the disk\ndocker rmi shop blog\ndocker system df",
        printed="$ docker image ls --format '{{.Repository}} {{.Size}}'\n"
        "coreos/apache 294MB\n"
        "shop 319MB\n"
        "blog 304MB\n"
        "$ docker system df --format '{{.Type}} {{.Size}}'\n"
        "Images 329.4MB\n"
        "$ docker rmi shop blog\n"
        "$ docker system df --format '{{.Type}} {{.Size}}'\n"
        "Images 294.4MB",
        engine="Docker 20.10.24, overlay2",
    )


# More.


def draw_delete(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return f"{sizes(own)} {deleting(own)}", own


def largest(own: OwnImage) -> tuple[str, int]:
    """Return the largest file that a container of the image shows."""
    sizes = {path: entry.size for path, entry in own.image.view().items() if entry.kind != "directory"}
    path = max(sizes, key=lambda each: (sizes[each], each), default="")
    return path, sizes.get(path, 0)


def deleting(own: OwnImage) -> str:
    path, bytes_of_it = largest(own)
    return f"You add the step <code>RUN rm /{escape(path)}</code>, which deletes a file of {size(bytes_of_it)}."


@LESSON.question("delete", the_start, draw_delete)
def delete_the_largest(own: OwnImage) -> Question:
    path, bytes_of_it = largest(own)
    gone: dict[str, Spec] = {path: WHITEOUT} if path else {}
    after = own.image.with_layer(Layer.of(gone), f"RUN rm /{path}")
    return Question(
        prompt="How large is the image then?",
        act="type",
        truth=after.size,
        wrong=(
            Wrong("1", own.image.size - bytes_of_it, "a deletion removed the file from the layer below"),
            Wrong("1", own.visible - bytes_of_it, "the size of an image counted only what a container shows"),
        ),
        happening=looking(own),
        situation=f"{sizes(own)} {deleting(own)}",
        given=(own.image.size,),
        measured=("the image", "the new layer"),
        explanation="The new step adds a layer with one whiteout and nothing else. The file stays in the layer below, "
        "because no layer ever changes. So the image is as large as before, and one more file is dead.",
        docker="docker build --tag search:less .    # FROM search, RUN rm of the largest file\n"
        "docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' search",
        printed="search:less 34MB\nsearch:1 34MB",
        engine=ENGINE,
        returns="01.delete",
    )


def draw_secret(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return sizes(own), own


@LESSON.question("secret", the_start, draw_secret)
def deleted_files_that_can_be_read(own: OwnImage) -> Question:
    deleted = [row for row in own.report.dead if row.reason in DELETED]
    return Question(
        prompt="A stranger gets the image. How many deleted files can the stranger still read?",
        act="type",
        truth=Count(len(deleted), "file"),
        wrong=(
            Wrong("4a", Count(0, "file"), "a file that a later step deletes were gone"),
            Wrong("4a", Count(len(own.report.dead), "file"), "a file with a new mode were a deleted file too"),
        ),
        happening=looking(own),
        situation=sizes(own),
        measured=("deleted files that can be read", "their paths"),
        explanation="Each layer of an image is a tar file of its own, and anyone can unpack it. A deletion in a later "
        "step is only a whiteout in another layer. If a deleted file was a secret, change the secret, and build "
        "again so that no layer contains it.",
        docker="docker save search | tar --extract --to-stdout --wildcards '*/layer.tar' |\n"
        "    tar --list --ignore-zeros | grep --extended-regexp 'netrc|packages.bin|[.]wh[.]'",
        printed="var/cache/fetch/packages.bin\nsrv/.netrc\nsrv/.wh..netrc\nvar/cache/.wh.fetch",
        engine=ENGINE,
        returns="04.secret",
    )


def draw_chmod(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return f"{sizes(own)} {own.sentence} {new_mode(own)}", own


def new_mode(own: OwnImage) -> str:
    paths = " ".join(f"/{path}" for path in own.changing)
    return f"You add the step <code>RUN chmod -R g+w {escape(paths)}</code>, which gives each file there a new mode."


@LESSON.question("chmod", the_start, draw_chmod)
def another_mode(own: OwnImage) -> Question:
    return Question(
        prompt="How many bytes does the new layer contain?",
        act="type",
        truth=own.changing_size,
        wrong=(
            Wrong("5", 0, "a mode were no part of what a layer stores"),
            Wrong("5", own.visible, "a step copied all files, and not only those that it changes"),
        ),
        happening=looking(own),
        situation=f"{sizes(own)} {own.sentence} {new_mode(own)}",
        given=(own.changing_size,),
        measured=("the new layer",),
        explanation="A layer contains whole files. A step that changes only the mode of a file stores all bytes of it "
        "again, with the new mode. If the COPY line gives the mode (COPY --chmod), the file is stored once.",
        docker="docker build --tag search:mode .    # FROM search, RUN chmod\n"
        "docker history --format '{{.Size}}  {{.CreatedBy}}' search:mode | head --lines=1",
        printed="1MB  RUN /bin/sh -c chmod -R g+w /srv/search # bu…",
        engine=ENGINE,
        returns="04.chmod-site",
    )


def draw_squash(random: Random) -> tuple[str, OwnImage]:
    own = drawn_own(random)
    return f"{sizes(own)} {SQUASHED}", own


SQUASHED = (
    "You squash all layers, those of the base too, into one layer. A host stores the squashed image and the base, "
    "which other images use."
)


@LESSON.question("squash", the_start, draw_squash)
def squash_beside_the_base(own: OwnImage) -> Question:
    alone = own.image.squash().size
    return Question(
        prompt="How many bytes do the squashed image and the base take on the disk together?",
        act="type",
        truth=own.squashed_beside_base,
        wrong=(
            Wrong("11b", alone, "the squashed image still shared the layers of the base"),
            Wrong("11b", own.image.size, "squashing never freed a byte"),
            Wrong("11a", alone - own.base_size, "one layer contained only what the upper layers show"),
        ),
        happening=looking(own),
        situation=f"{sizes(own)} {SQUASHED}",
        measured=("together", "the squashed image"),
        explanation="Squashing removes the dead bytes. But the one layer contains the files of the base too, so the "
        "host stores the base a second time. Every new version sends the whole layer. If you squash only the layers "
        "above the base, the host stores the base once.",
        docker="docker build --tag squashed .    # FROM search AS all; FROM scratch; COPY --from=all / /\n"
        "docker rmi search\ndocker system df",
        printed="$ docker image ls --format '{{.Repository}} {{.Size}}'\n"
        "squashed 15MB\n"
        "runtime 8MB\n"
        "$ docker system df --format '{{.Type}} {{.Size}}'\n"
        "Images 23MB",
        engine=ENGINE,
        returns="04.squash",
    )


# Exercises.


@LESSON.exercise(
    "lighter",
    task="Return an image that shows the same files as `mine.image` and is lighter. It keeps the layers of the base, "
    "has no dead bytes, and a new version sends little.",
    takes=("mine",),
    start=the_start,
    right="Your image shows the same files on the same base, without dead bytes. A new version sends what changes.",
    hint="`relayer(image, keep, *paths)` keeps the lowest `keep` layers, and makes a layer of its own for what is at "
    "`paths`. The star passes each path of `mine.changing`.",
    solution="return relayer(mine.image, mine.base, *mine.changing)",
    mistakes=(
        Mistake("11b", "return mine.image.squash()", "The base is not shared any more"),
        Mistake("14c", "return relayer(mine.image, mine.base)", "a new version sends"),
        Mistake("1", "return mine.image", "are still dead"),
        Mistake("1", 'return mine.image.with_layer(Layer.of({"opt/": WHITEOUT}))', "is missing"),
    ),
)
def judge_lighter(mine: OwnImage, made: Any) -> str:
    if isinstance(made, OwnImage):
        return "Return an image. `mine` is not one, because it also knows the base and the paths: take `mine.image`."
    return missing(mine, made)


@LESSON.exercise(
    "lines",
    task="`lines` is the Dockerfile of `search`. Return better lines, as a list. The image shows the same files with "
    "the same modes, and no layer contains a deleted file. A new version of `/srv/search` sends only this file.",
    takes=("lines",),
    start=lambda: (list(START["search"].lines),),
    right="The image shows the same files without dead bytes, and a new version sends /srv/search alone.",
    hint="Run the old lines in a stage (`FROM runtime AS build`). A last stage starts with `FROM runtime`, and copies "
    "`/opt/deps` first and `/srv/search` after it. In the first stage, `COPY search` comes after `RUN fetch`, because "
    "a new version runs all lines below it again.",
    solution='stage = ["FROM runtime AS build", *lines[2:5], lines[1], lines[5]]\n'
    'copies = ["COPY --from=build /opt/deps /opt/deps", "COPY --from=build /srv/search /srv/search"]\n'
    'return [*stage, "FROM runtime", *copies, lines[-1]]',
    mistakes=(
        Mistake("1", "return lines", "are still dead"),
        Mistake(
            "11b",
            'return ["FROM runtime AS build", *lines[1:-1], "FROM scratch", "COPY --from=build / /", lines[-1]]',
            "The base is not shared any more",
        ),
        Mistake(
            "14c",
            'copies = ["COPY --from=build /srv/search /srv/search", "COPY --from=build /opt/deps /opt/deps"]\n'
            'return ["FROM runtime AS build", *lines[1:-1], "FROM runtime", *copies, lines[-1]]',
            "a new version sends",
        ),
        Mistake(
            "14c",
            'copies = ["COPY --from=build /opt/deps /opt/deps", "COPY --from=build /srv/search /srv/search"]\n'
            'return ["FROM runtime AS build", *lines[1:-1], "FROM runtime", *copies, lines[-1]]',
            "runs fetch again",
        ),
        Mistake("1", "return [lines[0], lines[1], lines[-1]]", "is missing"),
    ),
)
def judge_lines(_lines: Any, made: Any) -> str:
    if not isinstance(made, list | tuple) or not made or not all(isinstance(line, str) for line in made):
        return "Return a list of lines, each a text, as the one that you were given."
    try:
        image = START["search"].build(made)
    except BuildError as error:
        return f"{error}."
    return missing(own_image("search"), image) or _fetched_again(made)


def _fetched_again(lines: Sequence[str]) -> str:
    """Say that a new version runs fetch again; "" where it does not. The stand-in for fetch cannot show that."""
    words = [line.split() for line in lines]
    copied = next((number for number, line in enumerate(words) if line[:2] == ["COPY", "search"]), len(words))
    if ["RUN", "fetch"] not in words[copied:]:
        return ""
    return (
        "The image is right, but a new version runs fetch again, because `COPY search` is above it. Files that are "
        "fetched again have new times, so their layer is another one, and it is sent too."
    )
