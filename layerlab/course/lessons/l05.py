"""Lesson 05: Which id is which?"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from layerlab.archive.ids import ids
from layerlab.benches.example import CATALOG, CATALOG_SIZE, PASSWORD, shop
from layerlab.course.answer import Count
from layerlab.course.draws import NAMES, Topic, drawn, drawn_size, holding, the_shop
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.model.accounting import Usage
from layerlab.model.content import filler
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch, sha256
from layerlab.model.layer import Layer
from layerlab.words.digests import short_digest
from layerlab.words.sizes import size

LESSON = Lesson("05")
APACHE = "coreos/apache"
PUBLISHED = (
    "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "sha256:170b376f64fb30995c140276be3d71dfb256b308d86183ca3b22aa93a79ad548",
    "sha256:108baedc5a6926d0ae87fe48454cfbb2fd51724beb282019510205cf93e789b5",
    "sha256:ac54ebe8bf8defd1c687031da510fc32e650a4ec71f55906ef6a5d7209d617db",
)
"""What the removal of coreos/apache printed in a published transcript, the bottom layer first: its ChainIDs.

Docker 1.10 or later printed it, in the opposite order. The lower two are proven by hash; which layer the upper two
belong to follows from their place and number.
"""
KEYS = ("team", "stage", "owner", "build", "ticket", "region")
NONE = "none of them"


def coreos_apache() -> Image:
    return shop("coreos/apache").images["coreos/apache"]


def draw_layers(random: Random, count: int) -> list[Layer]:
    """Return layers of a few bytes, no two alike."""
    return [Layer.of({f"srv/part-{number}": f"{random.random()}".encode()}) for number in range(count)]


def image_on(layers: Sequence[Layer]) -> Image:
    image = scratch
    for number, layer in enumerate(layers):
        image = image.with_layer(layer, f"COPY part-{number} /srv/")
    return image


# Core.

KINDS = ("image id", "manifest digest", "DiffIDs", "ChainIDs")


# What a line adds to the metadata, in the words of an answer: the thing, and what no layer contains.
ADDED = {
    "Labels": ("A label", "labels"),
    "Env": ("A variable", "variables"),
    "User": ("The user", "user"),
    "ExposedPorts": ("A port", "ports"),
}


def the_shop_and_a_labelled_one() -> tuple[Image, Image, str]:
    image = the_shop().image
    return image, image.with_config(labels={"team": "shop"}), "old"


def draw_label(random: Random) -> tuple[str, Image, Image, str]:
    name, key, value = random.choice(NAMES), random.choice(KEYS), str(random.randint(100, 999))
    old = image_on(draw_layers(random, random.randint(1, 6)))
    lines = {
        f"LABEL {key}={value}": old.with_config(labels={key: value}),
        f"ENV {key.upper()}={value}": old.with_config(env={key.upper(): value}),
        f"USER {value}": old.with_config(user=value),
        f"EXPOSE {value}": old.with_config(expose=[f"{value}/tcp"]),
    }
    has = f"The image <code>{name}</code> has {Count(len(old.layers), 'layer')}."
    line = random.choice((*lines, ""))
    if not line:
        return f"{has} You give the image a second name: <code>docker tag {name} {name}:{value}</code>.", old, old, name
    return (
        f"{has} You build on it with one line, <code>{line}</code>. Then you compare the two images.",
        old,
        lines[line],
        name,
    )


@LESSON.question("label", the_shop_and_a_labelled_one, draw_label)
def which_ids_change(old: Image, new: Image, name: str) -> Question:
    """Ask which ids a change of metadata moves; two images that are one got a second name. `name` is the old one's."""
    before, after = ids(old), ids(new)
    image_id = frozenset({"image id"})
    added = [words for key, words in ADDED.items() if old.config.get(key) != new.config.get(key)]
    thing, things = added[0] if added else ADDED["Labels"]
    if old == new:
        wrong = (
            Wrong("8", image_id, "a name were in the metadata, and the manifest did not list the metadata"),
            Wrong("8", image_id | {"manifest digest"}, "a name were in the metadata"),
        )
    else:
        wrong = (
            Wrong("8", frozenset({NONE}), "an id were computed from the files alone"),
            Wrong("8", image_id, "the manifest did not list the metadata"),
        )
    return Question(
        prompt="Which ids change? Pick all that fit.",
        act="pick",
        items=(*KINDS, NONE),
        truth=frozenset(kind for kind in KINDS if before[kind] != after[kind]) or frozenset({NONE}),
        wrong=(Wrong("8", frozenset(KINDS), "image, manifest and layers had one common id"), *wrong),
        happening=Happening(lambda: holding(old, name), lambda host: host.add(new, "new")),
        measured=("other ids now",),
        explanation=f"A digest changes when its bytes change. {thing} is part of the metadata, so the image id "
        "changes. The manifest lists the digest of the metadata, so the manifest changes too. Layers contain files and "
        f"no {things}. So no DiffID or ChainID changes. A name is in none of these bytes, so a new name changes no id.",
        docker="printf 'FROM shop\\nLABEL team=shop\\n' | docker build --tag shop:labelled -\n"
        "# the time of a build is metadata, too: your image id will be another one\n"
        "docker image inspect --format '{{slice .Id 7 19}}:{{range .RootFS.Layers}} {{slice . 7 15}}{{end}}' shop "
        "shop:labelled    # image id: DiffIDs",
        printed="e417ed87c461: 5f70bf18 5f70bf18 4ab71758 62edf09d 1bc606e2\n"
        "e3b1f87b2bbf: 5f70bf18 5f70bf18 4ab71758 62edf09d 1bc606e2",
    )


def listed_without_bytes(image: Image) -> int:
    """Return how many lines of a history state 0 B, the newest apart, which states an id as well."""
    layers = iter(image.layers)
    sizes = [0 if step.empty_layer else next(layers).size for step in image.history]
    return sizes[:-1].count(0)


def draw_missing(random: Random) -> tuple[str, Image, Sequence[Layer], str]:
    name, count = random.choice(NAMES), random.randint(3, 6)
    layers = draw_layers(random, count)
    for number in random.sample(range(count - 1), random.randint(0, 1)):
        layers[number] = Layer.of({})
    image = image_on(layers)
    for number in range(random.randint(0, 2)):
        image = image.with_config(labels={f"step-{number}": name})
    stored = list(layers)
    for number in random.sample(range(count), random.randint(0, 2)):
        stored[number] = Layer.of({f"srv/part-{number}": b"damaged"})
    lines = Count(len(image.history) - 1, "time")
    named, found = (", ".join(short_digest(layer.diff_id, 8) for layer in some) for some in (layers, stored))
    situation = (
        f"<code>docker history {name}</code> prints one id and {lines} <code>&lt;missing&gt;</code>. "
        f"{listed_without_bytes(image)} of these lines say 0 B. The image has {count} layers. Its metadata lists these "
        f"DiffIDs, the bottom first: <code>{named}</code>. The layers on the disk have these digests: "
        f"<code>{found}</code>."
    )
    return situation, image, stored, name


@LESSON.question("missing", lambda: (coreos_apache(), coreos_apache().layers, APACHE), draw_missing)
def how_many_layers_are_damaged(image: Image, stored: Sequence[Layer], name: str) -> Question:
    damaged = sum(layer.diff_id != named for layer, named in zip(stored, image.diff_ids, strict=True))
    return Question(
        prompt="How many layers of this image are lost or damaged?",
        act="type",
        truth=Count(damaged, "layer"),
        wrong=(
            Wrong(
                "12a",
                Count(max(0, len(image.history) - 1), "layer"),
                "the word missing meant that a layer is missing",
            ),
            Wrong(
                "12a",
                Count(listed_without_bytes(image), "layer"),
                "a layer of 0 B had lost its files",
            ),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("lost or damaged",),
        explanation="Only an id is missing, not a file. Docker's older builder keeps an image for each step, and "
        "history "
        "prints its id. BuildKit keeps only the last image, and a pulled or loaded image has no others. To check a "
        "layer, "
        "compute the digest of its tar again. If it is the DiffID in the metadata, the layer is undamaged.",
        docker="docker image inspect --format '{{len .RootFS.Layers}}' coreos/apache\n"
        "docker run --rm --network none --volume /bin/busybox:/busybox --entrypoint /busybox coreos/apache "
        "ls -l /bin/bash /etc/mime.types    # from two steps that say <missing>",
        printed="4\n"
        "-rw-r--r--    1 0        0           920788 Jan  1  1970 /bin/bash\n"
        "-rw-r--r--    1 0        0            24241 Jan  1  1970 /etc/mime.types",
    )


def draw_match(random: Random) -> tuple[str, Image, Sequence[str], Sequence[str], str, str]:
    name, count = random.choice(NAMES), random.randint(4, 7)
    layers = draw_layers(random, count)
    others, first = list(layers), random.randint(1, count - 3)
    if random.random() < 0.5:
        others[first], others[first + 1] = others[first + 1], others[first]
        what = f"layers {first} and {first + 1} are in the opposite order"
    else:
        others[first] = Layer.of({"srv/other": f"{random.random()}".encode()})
        what = f"one file in layer {first} has one other byte"
    here, there = random.sample(("laptop", "server", "workstation", "build host"), 2)
    situation = (
        f"The image <code>{name}</code> was built on a {here} and on a {there}. It has {count} layers, 0 at the "
        f"bottom. "
        f"The layers are equal, with one difference: on the {there}, {what}."
    )
    prompt = "Which layers have the same ChainID on the two computers? Pick all that fit."
    other = image_on(others)
    return situation, image_on(layers), other.chain_ids, other.diff_ids, prompt, name


def the_published_ids() -> tuple[Image, Sequence[str], Sequence[str], str, str]:
    prompt = "Which of our layers have the id that was printed? Pick all that fit."
    # Nobody printed DiffIDs, so an id of a layer's own bytes is compared with what was printed.
    return coreos_apache(), PUBLISHED, PUBLISHED, prompt, APACHE


def layers_with_equal_ids(some: Sequence[str], others: Sequence[str]) -> frozenset[str]:
    """Return the layers whose ids in two lists, both oldest first, are the same.

    >>> sorted(layers_with_equal_ids(("a", "b", "c"), ("a", "b", "d"))), layers_with_equal_ids((), ())
    (['layer 0', 'layer 1'], frozenset({'none of them'}))
    """
    equal = (f"layer {n}" for n, (one, other) in enumerate(zip(some, others, strict=True)) if one == other)
    return frozenset(equal) or frozenset({NONE})


@LESSON.question("match", the_published_ids, draw_match)
def which_chain_ids_are_equal(
    image: Image, printed: Sequence[str], own: Sequence[str], prompt: str, name: str
) -> Question:
    layers = [f"layer {number}" for number in range(len(image.layers))]
    return Question(
        prompt=prompt,
        act="pick",
        items=(*reversed(layers), NONE),
        truth=layers_with_equal_ids(image.chain_ids, printed),
        wrong=(
            Wrong("8", frozenset(layers), "an id were computed from a line of a Dockerfile, or from a size"),
            Wrong(
                "8",
                layers_with_equal_ids(image.diff_ids, own),
                "an id were computed from a layer's own bytes alone",
            ),
            Wrong("8", frozenset({NONE}), "each host made its ids at random, as before Docker 1.10"),
        ),
        because=(
            Reason("the id is computed from the bytes of a layer and of all layers below"),
            Reason("the id is computed from the bytes of a layer alone", "that is the DiffID, not the ChainID"),
            Reason(
                "the id is computed from size and place", "then other files of the same size would have the same id"
            ),
            Reason("the id is made at random where an image is built", "that was so before Docker 1.10"),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("the same", "computed here, the bottom first"),
        explanation="A ChainID is computed from the bytes of a layer and of all layers below. So from the bottom "
        "up, two stacks have the same ChainIDs until a layer differs. Docker's empty layers are equal. Times of files "
        "are in a tar, so a new build usually changes ids. A build that finds all steps in its cache does not.",
        docker="docker rmi coreos/apache    # the last image on these layers",
        printed="Untagged: coreos/apache:latest\n"
        "Deleted: sha256:d18bee10c66d29ddd47bb0957dbf243438c841c170abaca443bf2ed0efb63898\n"
        "Deleted: sha256:30a45d0d76c0a6b83d9921a8fc9daac22e87b2a6743bef4a8b243b9ddb07356d\n"
        "Deleted: sha256:5b9aca4570658b70886c41af572f8a40881532a8076c54f13f93e3ab5224ccfe\n"
        "Deleted: sha256:170b376f64fb30995c140276be3d71dfb256b308d86183ca3b22aa93a79ad548\n"
        "Deleted: sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    )


# More.


def draw_none(random: Random) -> tuple[str, Topic, Layer]:
    there = drawn(random)
    new = Layer.of({there.path: filler(drawn_size(random, 50_000, 600_000), seed=1)})
    top = there.image.layers[-1]
    situation = (
        f"<code>web</code> runs on <code>{there.name}</code>, {size(there.image.size)}. Its top layer is "
        f"{size(top.size)}. You build <code>{there.name}</code> again: the new top layer is {size(new.size)}, and the "
        "layers below are the same. <code>docker image ls</code> lists the old image as <code>&lt;none&gt;</code>."
    )
    return situation, there, new


@LESSON.question("none", lambda: (the_shop(), Layer.of({CATALOG: filler(25_000_000, seed=6)})), draw_none)
def remove_an_image_that_lost_its_name(there: Topic, new: Layer) -> Question:
    image = there.image

    def start() -> Host:
        host = there.running("web")
        host.add((image.parent or scratch).with_layer(new, "COPY site/ /"), there.name)
        return host

    def act(host: Host) -> None:
        host.remove("web", force=True)
        host.remove_image(image.id)

    host = start()
    while_used = host.usage().reclaim({image.id})
    host.remove("web", force=True)
    usage = host.usage()
    row = usage.images[image.id]
    return Question(
        prompt="You remove the old image now, and try again after you removed <code>web</code>. How "
        "much disk space is freed each time?",
        truth=(while_used, usage.reclaim({image.id})),
        wrong=(
            Wrong("12b", (row.size, 0), "an image without a name had no user"),
            Wrong("12b", (row.unique, 0), "a container needed its image only to start"),
            Wrong("12b", (0, row.size), "the new image shared no layers with the old image"),
        ),
        happening=Happening(start, act),
        measured=("now, and without web",),
        explanation="The name moves to the new image, and the old image has no name any more. But a container still "
        "uses the "
        "old image, so Docker refuses to remove it. Without the container, the old image is removed. That frees only "
        "the "
        "layer that the new image does not use: the old files.",
        docker="docker image ls\ndocker image prune --force\ndocker rmi e417ed87c461\ndocker rm --force web\n"
        "docker rmi e417ed87c461",
        printed="REPOSITORY   TAG       IMAGE ID       SIZE\n"
        "<none>       <none>    e417ed87c461   319MB\n"
        "shop         latest    d968e291b588   319MB\n"
        "Total reclaimed space: 0B\n"
        "Error response from daemon: conflict: unable to delete e417ed87c461 (cannot be forced) - image is being "
        "used by running container e72ccd6b5c72\n"
        "web\n"
        "Deleted: sha256:e417ed87c4617782ca8d548696c9b2a8b9556943d7004fd30d065f23410df83d\n"
        "Deleted: sha256:f2d26665bdfbe0835735b0586ec2d610ec72f66238a955584ec7e38fd627713c",
    )


def draw_how_many(random: Random) -> tuple[str, Image, str]:
    name, different = random.choice(NAMES), random.randint(2, 4)
    layers = draw_layers(random, different)
    letters = [*range(different), *(random.randrange(different) for _ in range(random.randint(1, 3)))]
    random.shuffle(letters)
    stack = ", ".join("ABCD"[letter] for letter in letters)
    situation = (
        f"The image <code>{name}</code> has {len(letters)} layers. Equal layers have the same letter. From the bottom "
        f"up, "
        f"the layers are: {stack}."
    )
    return situation, image_on([layers[letter] for letter in letters]), name


@LESSON.question("how-many", lambda: (coreos_apache(), APACHE), draw_how_many)
def how_many_different_ids(image: Image, name: str) -> Question:
    layers, different = len(image.layers), len(set(image.diff_ids))

    def counted(diff_ids: int, chain_ids: int) -> str:
        return f"{Count(diff_ids, 'DiffID')}, {Count(chain_ids, 'ChainID')}"

    return Question(
        prompt="How many different DiffIDs do its layers have, and how many different ChainIDs?",
        truth=counted(different, len(set(image.chain_ids))),
        wrong=(
            Wrong("8", counted(layers, layers), "each layer got a random id when it is built"),
            Wrong("10", counted(different, different), "equal layers had one ChainID, whatever is below them"),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("different ones",),
        explanation="Equal bytes have the same DiffID at any height. But at each height, other layers are below, so "
        "every ChainID is different. A registry stores equal compressed layers once, as one blob. A host stores a "
        "layer for each ChainID.",
        docker="docker image inspect --format '{{range .RootFS.Layers}}{{println (slice . 0 19)}}{{end}}' "
        "coreos/apache\nls /var/lib/docker/image/overlay2/layerdb/sha256    # as root: the ChainIDs",
        printed="sha256:5f70bf18a086\n"
        "sha256:5f70bf18a086\n"
        "sha256:4ab71758270a\n"
        "sha256:62edf09d7e17\n"
        "$ ls /var/lib/docker/image/overlay2/layerdb/sha256\n"
        "170b376f64fb30995c140276be3d71dfb256b308d86183ca3b22aa93a79ad548\n"
        "30a45d0d76c0a6b83d9921a8fc9daac22e87b2a6743bef4a8b243b9ddb07356d\n"
        "5b9aca4570658b70886c41af572f8a40881532a8076c54f13f93e3ab5224ccfe\n"
        "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    )


REFUSED, ANOTHER, THE_SAME = "it is refused", "it loads, as another image", "it loads, as the same image"


def the_backup_without_its_password() -> tuple[Image, bytes, str]:
    image = shop("backup").images["backup"]
    return image, image.config_json.replace(PASSWORD.encode(), b"*" * len(PASSWORD)), "backup"


def draw_edited_metadata(random: Random) -> tuple[str, Image, bytes, str]:
    name, key = random.choice(NAMES), random.choice(KEYS)
    value, other = map(str, random.sample(range(100, 1_000), 2))
    image = image_on(draw_layers(random, random.randint(2, 5))).with_config(labels={key: value})
    number = random.randrange(len(image.layers))
    old, new = image.diff_ids[number], sha256(other.encode())
    edits = {
        f"In the metadata you replace <code>{value}</code> by <code>{other}</code>": (
            f'"{value}"',
            f'"{other}"',
        ),
        f"In the metadata you replace the DiffID of layer {number} by another digest": (old, new),
        f"You rename the file to <code>{name}-{other}.tar</code>": ("", ""),
    }
    what, (was, now) = random.choice([*edits.items()])
    situation = (
        f"<code>{name}.tar</code> is an image that you saved. It has {len(image.layers)} layers and the label "
        f"<code>{key}={value}</code>. {what}, and change nothing else."
    )
    return situation, image, image.config_json.replace(was.encode(), now.encode()), name


def what_docker_loads(image: Image, config: bytes) -> str:
    """Return what Docker makes of an archive of an image in which other metadata stand."""
    if json.loads(config)["rootfs"]["diff_ids"] != list(image.diff_ids):
        return REFUSED
    return THE_SAME if sha256(config) == image.id else ANOTHER


@LESSON.question("edited-metadata", the_backup_without_its_password, draw_edited_metadata)
def edit_the_metadata_of_an_archive(image: Image, config: bytes, name: str) -> Question:
    truth = what_docker_loads(image, config)
    verdicts = (
        Wrong("8", REFUSED, "a digest in the archive were wrong after the edit"),
        Wrong("8", ANOTHER, "the edit changed the metadata, but no DiffID"),
        Wrong("8", THE_SAME, "the archive contained the image id, and it stayed the same"),
    )
    return Question(
        prompt="What happens when you run <code>docker load</code> with this archive?",
        truth=truth,
        wrong=tuple(verdict for verdict in verdicts if verdict.value != truth),
        happening=Happening(lambda: holding(image, name)),
        measured=("the edited archive", "image id, as it was and now"),
        explanation="The metadata contains a digest for each layer, so Docker refuses an edited layer. But no digest "
        "in the "
        "archive protects the metadata. With other metadata, the image id is different: Docker loads another image "
        "under "
        "the old name. To be sure, ask a registry for an image by the digest of its manifest.",
        docker="docker load --input backup.tar\ndocker history backup",
        printed="Loaded image: backup:latest\n"
        "IMAGE          CREATED BY                        SIZE\n"
        "c36b4270dbb6   RUN login && rm /etc/backup.env   0B\n"
        "<missing>      ENV DB_PASSWORD=***********       0B\n"
        "<missing>      COPY backup.env /etc/             24B\n"
        "<missing>      ADD tools.tar /                   1MB",
    )


# Exercises.


@LESSON.exercise(
    "chain-id",
    task="Docker's tar of an empty layer is 1,024 zero bytes, which you get as `tar`. An empty layer is on top of an "
    "empty layer. Return the ChainID of the layer on top: `sha256:` and 64 digits.",
    takes=("tar",),
    start=lambda: (bytes(1024),),
    right=f"{short_digest(PUBLISHED[1])}: docker rmi printed this id years ago, on another machine. You "
    "computed the same id from zeros.",
    hint="The ChainID of the lowest layer is its DiffID. The two layers have the same DiffID. Hash the text of the two "
    "ids, with a space between them.",
    solution="from hashlib import sha256\n"
    'diff_id = "sha256:" + sha256(tar).hexdigest()\n'
    'return "sha256:" + sha256(f"{diff_id} {diff_id}".encode()).hexdigest()',
    mistakes=(
        Mistake("8", 'from hashlib import sha256\nreturn "sha256:" + sha256(tar).hexdigest()', "This is the DiffID"),
        Mistake("10", 'from hashlib import sha256\nreturn "sha256:" + sha256(tar + tar).hexdigest()', "of a text"),
        Mistake(
            "8",
            'from hashlib import sha256\ndigits = sha256(tar).hexdigest()\nreturn "sha256:" + '
            'sha256(f"{digits} {digits}".encode()).hexdigest()',
            "begins with sha256:",
        ),
        Mistake(
            "8",
            'from hashlib import sha256\ndiff_id = "sha256:" + sha256(tar).hexdigest()\n'
            'return "sha256:" + sha256((diff_id + diff_id).encode()).hexdigest()',
            "one space",
        ),
        Mistake(
            "8",
            'from hashlib import sha256\ndiff_id = "sha256:" + sha256(tar).hexdigest()\n'
            'return sha256(f"{diff_id} {diff_id}".encode()).hexdigest()',
            "The digits are right",
        ),
    ),
)
def judge_chain_id(tar: bytes, made: object) -> str:
    """Say what was hashed, where something else was than the text of two DiffIDs."""
    diff_id = sha256(tar)
    digits = diff_id.removeprefix("sha256:")
    off = {
        diff_id: "This is the DiffID: it does not depend on the layers below.",
        PUBLISHED[1].removeprefix("sha256:"): "The digits are right. Docker writes sha256: before them.",
        sha256(tar + tar): "You hashed the bytes of the two layers. A ChainID is the digest of a text.",
        sha256(f"{digits} {digits}".encode()): "Each id in the text begins with sha256: as well.",
        sha256(f"{diff_id}{diff_id}".encode()): "Between the two ids of the text there is one space.",
        sha256(f"{diff_id} {diff_id}\n".encode()): "The text ends with its last digit: there is no line end.",
    }
    if made == PUBLISHED[1]:
        return ""
    if not isinstance(made, str):
        return f"An id is a text; your function returns {type(made).__name__}."
    return off.get(made) or f"{made[:19]!r} is not expected: first compute the DiffID of the tar, then the text."


def image_of_two_layers() -> tuple[Image]:
    base = scratch.with_layer(Layer.of({"lib/base.so": filler(40_000)}), "ADD rootfs.tar /")
    return (base.with_layer(Layer.of({"srv/page": b"hello"}), "COPY page /srv/"),)


@LESSON.exercise(
    "stored-twice",
    task="Return an image with the same top layer as the image you get, so that a host stores this layer again.",
    takes=("image",),
    start=image_of_two_layers,
    right="One DiffID, two ChainIDs: a host stores this layer twice.",
    hint="A host stores a layer by its ChainID, which depends on the layers below. So put `image.layers[-1]` on "
    "another "
    "base.",
    solution='base = scratch.with_layer(Layer.of({"lib/other.so": b"another base"}))\n'
    "return base.with_layer(image.layers[-1])",
    mistakes=(
        Mistake("8", 'return image.with_config(labels={"team": "shop"})', "stored already"),
        Mistake("8", 'return image.with_layer(Layer.of({"srv/page": b"other"}))', "another DiffID"),
        Mistake("24", 'host = Host()\nhost.add(image, "again")\nreturn host.images["again"]', "the same image"),
    ),
)
def judge_stored_twice(image: Image, made: Image) -> str:
    if not made.layers:
        return "Your image has no layers."
    if made.diff_ids[-1] != image.diff_ids[-1]:
        return "The top layer of your image is another layer: it has another DiffID."
    if made.chain_ids[-1] != image.chain_ids[-1]:
        return ""
    if made == image:
        return "This is the same image: each of its ids is the same."
    return "Your image has an id of its own, but its top layer is stored already: the layers below are the same."


def metadata_and_layers_one_of_them_damaged() -> tuple[dict[str, Any], list[bytes]]:
    layers = [Layer.of({}), Layer.of({"srv/a": b"one"}), Layer.of({"srv/b": b"two"}), Layer.of({"srv/c": b"three"})]
    tars = [b"".join(layer.tar_chunks()) for layer in layers]
    tars[2] = tars[2].replace(b"two", b"owt")
    return {"rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]}}, tars


@LESSON.exercise(
    "damaged",
    task="You get the metadata of an image as `config`, and the tars of its layers as bytes, the bottom first. Return "
    "a "
    "list with the number of each layer whose tar does not have its DiffID.",
    takes=("config", "tars"),
    start=metadata_and_layers_one_of_them_damaged,
    right="With the metadata alone, anyone can find the damaged layers.",
    hint='`config["rootfs"]["diff_ids"]` lists the DiffIDs. Each is `sha256:` and the hexdigest of a tar.',
    solution="from hashlib import sha256\n"
    'named = config["rootfs"]["diff_ids"]\n'
    'made = ["sha256:" + sha256(tar).hexdigest() for tar in tars]\n'
    "return [number for number in range(len(tars)) if made[number] != named[number]]",
    mistakes=(
        Mistake("12a", "return []", "You name 0 layers"),
        Mistake("12a", "return [number for number, tar in enumerate(tars) if not any(tar)]", "You name 1 layer, but"),
        Mistake(
            "8",
            'named = ll.chain_ids(config["rootfs"]["diff_ids"])\nfrom hashlib import sha256\n'
            'return [n for n, tar in enumerate(tars) if "sha256:" + sha256(tar).hexdigest() != named[n]]',
            "layer 1 is undamaged",
        ),
        Mistake(
            "8",
            'named = config["rootfs"]["diff_ids"]\nfrom hashlib import sha256\n'
            "return [n for n, tar in enumerate(tars) if sha256(tar).hexdigest() != named[n]]",
            "layer 0 is undamaged",
        ),
    ),
)
def judge_damaged(config: dict[str, Any], tars: list[bytes], made: Any) -> str:
    truth = [n for n, tar in enumerate(tars) if sha256(tar) != config["rootfs"]["diff_ids"][n]]
    if list(made) == truth:
        return ""
    if isinstance(made, str) or any(n not in range(len(tars)) for n in made):
        return f"Return a list of layers' numbers, from 0 to {len(tars) - 1}."
    named = f"You name {Count(len(made), 'layer')}"
    if missed := [n for n in truth if n not in made]:
        return f"{named}, but not layer {missed[0]}: its tar does not have its DiffID."
    wrongly = [n for n in made if n not in truth]
    return f"{named}; layer {wrongly[0]} is undamaged: its digest is its DiffID."


def usage_after_two_rebuilds() -> tuple[Usage]:
    """Return the books of a host on which `shop` was rebuilt twice, while `web` still runs on the first one."""
    host = shop("shop", "blog")
    base = host.images["shop"].parent or scratch
    host.run("shop", name="web")
    for seed in (1, 2):
        host.add(base.with_layer(Layer.of({CATALOG: filler(CATALOG_SIZE, seed)}), "COPY site/ /"), "shop")
    return (host.usage(),)


@LESSON.exercise(
    "prune",
    task="`docker image prune` removes each image that has no name and that no container uses. Return a set with the "
    "ids "
    "of the images that it removes here. Each of `usage.images.values()` has an `id` and `names`. Each of "
    "`usage.containers.values()` has the id of its `image`.",
    takes=("usage",),
    start=usage_after_two_rebuilds,
    right="One of the two images without a name is removed. A container still uses the second.",
    hint="First collect the image ids of all containers. Then find the images with no `names` whose id is not in this "
    "collection.",
    solution="used = {row.image for row in usage.containers.values()}\n"
    "return {row.id for row in usage.images.values() if not row.names and row.id not in used}",
    mistakes=(
        Mistake("12b", "return {row.id for row in usage.images.values() if not row.names}", "but it still has a user"),
        Mistake("12b", "return set()", "no name and no user"),
        Mistake(
            "12b",
            "used = {row.image for row in usage.containers.values()}\n"
            "return {row.id for row in usage.images.values() if row.id not in used}",
            "has a name",
        ),
    ),
)
def judge_prune(usage: Usage, made: Any) -> str:
    going, used = set(made), {row.image for row in usage.containers.values()}
    rows = list(usage.images.values())
    if strange := going - {row.id for row in rows}:
        return f"No image on this host has the id {min(map(str, strange))!r}."
    for row in rows:
        if row.id in going and row.names:
            return f"{row.names[0]} has a name, so docker image prune keeps it."
        if row.id in going and row.id in used:
            return f"A container runs on {short_digest(row.id)}: the image has no name, but it still has a user."
    left = [row for row in rows if not row.names and row.id not in used | going]
    return f"{short_digest(left[0].id)} has no name and no user: it is removed." if left else ""
