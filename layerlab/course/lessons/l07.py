"""Lesson 07: What travels to a registry?"""

from collections.abc import Mapping, Sequence
from gzip import compress, decompress
from random import Random
from typing import Any, NamedTuple

from layerlab.benches.example import shop
from layerlab.course.answer import Count
from layerlab.course.draws import NAMES, drawn_size, holding, up_to
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.model.content import filler
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch, sha256
from layerlab.model.layer import Layer
from layerlab.registries.registry import Registry
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

LESSON = Lesson("07")
APACHE, BASE = "coreos/apache", "ubuntu:12.04"
# A release of a small shop: what every release shares, a program that changes, and what it needs.
ROOT_SIZE, APP_SIZE, DEPS_SIZE = 2_000_000, 1_000_000, 10_000_000


class Delivery(NamedTuple):
    """An image that is pulled, and how many of its lower layers make up a base that a host may have.

    >>> Delivery("shop", scratch, 1).name
    'shop'
    """

    name: str
    image: Image
    height: int

    @property
    def base(self) -> Image:
        """The base: the image's lower layers."""
        return up_to(self.image, self.height)

    def registry(self) -> Registry:
        """Return a registry that has the image and its base."""
        registry, builder = Registry(), holding(self.image, self.name)
        builder.add(self.base, BASE)
        registry.push(builder, self.name, self.name)
        registry.push(builder, BASE, BASE)
        return registry


def packed_layer(random: Random, name: str, least: int, most: int) -> Layer:
    """Return a layer of one file that packing makes about half as large."""
    unpacked = drawn_size(random, least, most)
    layer = Layer.of({f"srv/{name}.bin": filler(unpacked, seed=random.randint(1, 10**6))})
    return layer.with_packed_size(unpacked * random.randint(30, 60) // 100)


def draw_delivery(random: Random) -> Delivery:
    image = scratch.with_layer(packed_layer(random, "base", 400_000, 2_500_000), "ADD base.tar /")
    for number in range(random.randint(1, 2)):
        image = image.with_layer(
            packed_layer(random, f"part-{number}", 400_000, 1_500_000), f"COPY part-{number} /srv/"
        )
    return Delivery(random.choice(NAMES), image, 0)


def sizes_told(image: Image) -> str:
    """Return the sizes of an image's layers in words, unpacked and packed, the bottom first.

    >>> sizes_told(scratch.with_layer(Layer.of({"a": b"hello"}).with_packed_size(3)))
    '5 B, packed 3 B'
    """
    return "; ".join(f"{size(layer.size)}, packed {size(layer.packed_size)}" for layer in image.layers)


# Core.


def draw_pull(random: Random) -> tuple[str, Delivery]:
    there = draw_delivery(random)
    situation = (
        f"The layers of <code>{there.name}</code>, the bottom first: {sizes_told(there.image)}. "
        f"The bottom layer alone is the image <code>{BASE}</code>."
    )
    return situation, there


@LESSON.question("pull", lambda: (Delivery(APACHE, shop(APACHE).images[APACHE], 2),), draw_pull)
def pull_to_a_new_host(there: Delivery) -> Question:
    registry = there.registry()
    new, with_base = Host(), Host()
    registry.pull(with_base, BASE)
    down = registry.pull(new, there.name).down, registry.pull(with_base, there.name).down
    unpacked = there.image.size
    above = unpacked - there.base.size
    # The manifest, the metadata and the first answer come with each pull, so that no choice is rounder than the others.
    more = down[0] - sum(layer.packed_size for layer in set(there.image.layers))

    def start() -> Host:
        host = Host()
        registry.pull(host, BASE)
        return host

    return Question(
        prompt=f"A new host pulls <code>{there.name}</code>, and a host that has <code>{BASE}</code> pulls it too. How "
        "many bytes come to each?",
        truth=down,
        wrong=(
            Wrong("13", (unpacked + more, above + more), "layers travelled unpacked"),
            Wrong("13", (unpacked + more, unpacked + more), "an image travelled as one file, unpacked"),
            Wrong("13", (down[0], down[0]), "an image travelled as one file"),
        ),
        happening=Happening(start, lambda host: registry.pull(host, there.name)),
        measured=("to a new host, and to one with the base",),
        explanation="A layer is packed before it travels, and unpacked on the host. The column SIZE counts unpacked "
        "files. A host with the base has the lower layers already, so it fetches only the layers above the base.",
        docker="docker pull coreos/apache",
        printed="66.42 MB/66.42 MB\n26.17 MB/26.17 MB\n32 B/32 B",
        engine="Docker 1.10 or later, sizes of the layers in a published pull of the image on the slides",
    )


def draw_hashes(random: Random) -> tuple[str, Image, int]:
    layers = random.randint(3, 12)
    image = scratch
    for number in range(layers):
        image = image.with_layer(Layer.of({f"srv/part-{number}": f"{random.random()}".encode()}))
    plain = random.randint(1, layers - 1)
    situation = (
        f"<code>{random.choice(NAMES)}</code> has {counted(layers, 'layer')}, and no two are the same. The lowest "
        f"{counted(plain, 'layer')} went to the registry as plain tars, and the rest packed with gzip."
    )
    return situation, image, plain


def equal_pairs(image: Image, plain: int) -> int:
    """Return how many digests of blobs are DiffIDs, if so many lower layers travel unpacked and the rest packed."""
    tars = [b"".join(layer.tar_chunks()) for layer in image.layers]
    blobs = [tar if number < plain else compress(tar, mtime=0) for number, tar in enumerate(tars)]
    return sum(sha256(blob) == diff_id for blob, diff_id in zip(blobs, image.diff_ids, strict=True))


@LESSON.question("hashes", lambda: (shop("backup").images["backup"], 0), draw_hashes)
def compare_manifest_and_metadata(image: Image, plain: int) -> Question:
    layers = len(image.layers)
    return Question(
        prompt="The manifest lists a digest for each layer, and the metadata a DiffID. How many of these pairs are "
        "equal?",
        truth=Count(equal_pairs(image, plain), "pair"),
        wrong=(
            Wrong("9", Count(layers, "pair"), "the manifest listed the DiffIDs of the metadata"),
            Wrong("9", Count(1 + plain, "pair"), "packing left the digest of one layer as it was"),
        ),
        second="And how many pairs are equal if every layer travels as a plain tar, not packed?",
        because=(
            Reason("as plain tars, all pairs are equal"),
            Reason(
                "as plain tars, no pair is equal",
                "a blob that is the tar itself has the digest of the tar, which is the DiffID",
            ),
            Reason(
                "as plain tars, only the lowest pair is equal",
                "the layers below are part of the ChainID, and of no other digest",
            ),
        ),
        happening=Happening(lambda: holding(image, "backup")),
        measured=("equal pairs",),
        explanation="The manifest names blobs: the bytes that travel, which usually are a packed tar. A DiffID is the "
        "digest of the tar itself. Packed bytes are other bytes, so they have another digest. To compare the two, "
        "unpack the blob first.",
        docker="docker image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' backup > diff-ids\n"
        "skopeo inspect --tls-verify=false docker://127.0.0.1:5000/backup | grep sha256 > digests\n"
        "grep -c -F -f <(grep . diff-ids) digests    # how many are in both",
        printed="0",
        engine="Docker 20.10.24 and docker-registry 2.8.2",
    )


class Release(NamedTuple):
    """Two releases of an image: only the program in the middle differs.

    >>> Release("shop", scratch, scratch).name
    'shop'
    """

    name: str
    first: Image
    second: Image


def releases(name: str, root: int, app: int, deps: int) -> Release:
    """Return two releases: a root, then a program that changes, and on top the libraries, the same in both."""
    below = scratch.with_layer(sent_as_large("lib/base.so", root, 1), "ADD base.tar /")
    top = sent_as_large("lib/deps.bin", deps, 2)
    both = [
        below.with_layer(sent_as_large("srv/app.bin", app, seed), "COPY app.bin /srv/").with_layer(
            top, "COPY deps /lib/"
        )
        for seed in (3, 4)
    ]
    return Release(name, both[0], both[1])


def sent_as_large(path: str, length: int, seed: int) -> Layer:
    """Return a layer of one file that packing does not make smaller."""
    return Layer.of({path: filler(length, seed=seed)}).with_packed_size(length)


def draw_release(random: Random) -> tuple[str, Release]:
    root, app = drawn_size(random, 400_000, 1_500_000), drawn_size(random, 100_000, 900_000)
    deps = drawn_size(random, 1_000_000, 2_500_000)
    there = releases(random.choice(NAMES), root, app, deps)
    situation = (
        f"<code>{there.name}:1</code> has three layers, the bottom first: the base, {size(root)}, the program, "
        f"{size(app)}, and its libraries, {size(deps)}. Packing makes none of them smaller. The build gives all "
        f"files fixed times. In <code>{there.name}:2</code> only the program has changed."
    )
    return situation, there


@LESSON.question("lower", lambda: (releases("shop", ROOT_SIZE, APP_SIZE, DEPS_SIZE),), draw_release)
def release_a_changed_lower_layer(there: Release) -> Question:
    first, second = f"{there.name}:1", f"{there.name}:2"
    top = there.second.layers[2].packed_size
    builder = holding(there.first, first)
    builder.add(there.second, second)

    def start() -> Host:
        host = Host()
        registry.push(builder, first, first)
        registry.pull(host, first)
        return host

    registry = Registry()
    server, podman = start(), Host()
    registry.pull(podman, first, client="podman")
    push = registry.push(builder, second, second)
    pull, by_blob = registry.pull(server, second), registry.pull(podman, second, client="podman")
    below = there.second.layers[0].packed_size
    return Question(
        prompt="You push release 2. Then a server with Docker, which runs release 1, pulls it. How many bytes does "
        "your push send, and how many does the server fetch?",
        truth=(push.up, pull.down),
        wrong=(
            Wrong(
                "34", (push.up, by_blob.down), "Docker looked for the layer by the digest of its blob, as Podman does"
            ),
            Wrong("34", (push.up + top, pull.down), "the registry stored layers by ChainID, as Docker's disk does"),
            Wrong("13", (push.up + top + below, pull.down + below), "a release travelled as one file"),
        ),
        because=(
            Reason("the registry looks for the blob of the top layer, and Docker looks for its ChainID"),
            Reason(
                "the libraries were built again, so they are other bytes",
                "all files have fixed times here, so their layer has the same DiffID as before",
            ),
            Reason("a pull fetches whole images", "then the base would be fetched again too"),
        ),
        happening=Happening(start, lambda host: registry.pull(host, second)),
        measured=("sent, and fetched by Docker", "fetched by Podman"),
        explanation="For the registry the top layer is the same blob, so it is not sent. Docker's older store has "
        "layers under their ChainIDs. A lower layer has changed, so the ChainID is new, and Docker fetches the blob "
        "again. Podman looks for the blob's digest. With new file times, the push sends the libraries too.",
        docker="docker push 127.0.0.1:5000/shop:2\ndocker pull 127.0.0.1:5000/shop:2    # on the server",
        printed="Layer already exists    # the push: base\n"
        "Pushed                  # app\n"
        "Layer already exists    # deps\n"
        "Already exists          # the pull: base\n"
        "Pull complete           # app\n"
        "Pull complete           # deps",
    )


# More.


def draw_repository(random: Random) -> tuple[str, Image, Image, str, str]:
    there = draw_delivery(random)
    other = there.base.with_layer(packed_layer(random, "other", 400_000, 1_500_000), "COPY other /srv/")
    name, new = random.sample(NAMES, 2)
    situation = (
        f"<code>{name}</code> is in the registry. You build <code>{new}</code> on its base. The layers of "
        f"<code>{new}</code>, the bottom first: {sizes_told(other)}."
    )
    return situation, there.image, other, name, new


def the_blog() -> tuple[Image, Image, str, str]:
    images = shop("shop", "blog").images
    return images["shop"], images["blog"], "shop", "team/blog"


@LESSON.question("repository", the_blog, draw_repository)
def push_to_another_repository(image: Image, other: Image, name: str, new: str) -> Question:
    registry, builder = Registry(), holding(image, name)
    builder.add(other, new)
    registry.push(builder, name, name)
    known = registry.push(builder, new, new)
    another, machine = Registry(), holding(other, new)
    another.push(holding(image, name), name, name)
    unknown = another.push(machine, new, new)
    return Question(
        prompt=f"How many bytes of <code>{new}</code> are sent from the machine that pushed <code>{name}</code>? And "
        "how many from a build machine that never saw this registry?",
        truth=(known.up, unknown.up),
        wrong=(
            Wrong("33", (known.up, known.up), "the registry told each client which blobs its other repositories have"),
            Wrong("33", (unknown.up, unknown.up), "repositories of one registry could share nothing"),
        ),
        happening=Happening(lambda: holding(other, new)),
        measured=("from the first machine, and from the other",),
        explanation="A registry stores a blob once, but it answers for one repository at a time. It does not say what "
        "other repositories have. A client that remembers where it saw the blob can ask the registry to mount it from "
        "there. A machine that never saw the registry remembers nothing, so it sends everything.",
        docker="docker push 127.0.0.1:5000/team/blog",
        printed="68c6d1d3c0df: Pushed\n"
        "62edf09d7e17: Mounted from shop\n"
        "4ab71758270a: Mounted from shop\n"
        "5f70bf18a086: Mounted from shop\n"
        "$ docker push 127.0.0.1:5000/other/blog    # after it forgot\n"
        "5f70bf18a086: Pushed\n"
        "62edf09d7e17: Pushed\n"
        "4ab71758270a: Pushed\n"
        "68c6d1d3c0df: Pushed",
    )


def draw_forgot(random: Random) -> tuple[str, Image, str]:
    there = draw_delivery(random)
    situation = (
        f"<code>{there.name}</code> is in the registry. Its layers, the bottom first: {sizes_told(there.image)}. Its "
        f"metadata and its manifest are some kilobytes."
    )
    return situation, there.image, there.name


@LESSON.question("forgot", lambda: (shop(APACHE).images[APACHE], APACHE), draw_forgot)
def push_again_from_a_host_that_forgot(image: Image, name: str) -> Question:
    sent = {}
    for client in ("docker", "skopeo"):
        registry = Registry()
        registry.push(holding(image, name), name, name, client)
        sent[client] = registry.push(holding(image, name), name, name, client).up
    return Question(
        prompt=f"A new build machine has the same <code>{name}</code> and pushes it to the same tag. How many bytes "
        "does Docker send? And how many does skopeo send, from a folder with packed layers?",
        truth=(sent["docker"], sent["skopeo"]),
        wrong=(
            Wrong("33", (sent["skopeo"], sent["skopeo"]), "Docker could ask for a layer before it packs it"),
            Wrong("33", (sent["docker"], sent["docker"]), "a registry took each upload without saying what it has"),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("by docker, and by skopeo",),
        explanation="To ask whether a blob is there, a client must know its digest. Docker stores layers unpacked, and "
        "packs each while it sends it. So it learns the digest too late, unless it remembers it from before. In the "
        "folder layers are packed, so skopeo knows each digest and asks.",
        docker="docker push 127.0.0.1:5000/coreos/apache    # on a machine that never saw the registry",
        printed="5f70bf18a086: Pushed\n62edf09d7e17: Pushed\n4ab71758270a: Pushed",
        engine="Docker 20.10.24, overlay2, and docker-registry 2.8.2",
    )


OLD, NEW, STOPS = "the old one", "the new one", "none: web has stopped"
AFTERWARDS = {
    "the server pulls it": OLD,
    "the server pulls it and starts <code>web</code> again with <code>docker restart</code>": OLD,
    "nobody pulls anything": OLD,
    "the server pulls it, removes <code>web</code> and runs it again": NEW,
}


def draw_latest(random: Random) -> tuple[str, Release, str]:
    there = releases(random.choice(NAMES), *(drawn_size(random, 10_000, 90_000) for _ in range(3)))
    what = random.choice([*AFTERWARDS])
    situation = (
        f"<code>web</code> runs on <code>{there.name}:latest</code>, {size(there.first.size)}. A new release is pushed "
        f"to that tag, and {what}."
    )
    return situation, there, what


def runs_on(there: Release, what: str) -> str:
    """Return on which image web runs after a tag has moved, as the model does it."""
    registry, builder, server = Registry(), holding(there.first, there.name), Host()
    local = f"{registry.name}/{there.name}"
    registry.push(builder, there.name, there.name)
    registry.pull(server, there.name)
    server.run(local, name="web")
    builder.add(there.second, there.name)
    registry.push(builder, there.name, there.name)
    if "pulls" in what:
        registry.pull(server, there.name)
    if "restart" in what:
        server.stop("web")
        server.start("web")
    if "removes" in what:
        server.remove("web", force=True)
        server.run(local, name="web")
    web = server.containers["web"]
    if web.state != "running":
        return STOPS
    return OLD if web.image == there.first else NEW


@LESSON.question(
    "latest", lambda: (releases("shop", ROOT_SIZE, APP_SIZE, DEPS_SIZE), "the server pulls it"), draw_latest
)
def move_a_tag_under_a_container(there: Release, what: str) -> Question:
    registry, builder = Registry(), holding(there.first, there.name)

    def start() -> Host:
        host = Host()
        registry.push(builder, there.name, there.name)
        registry.pull(host, there.name)
        host.run(f"{registry.name}/{there.name}", name="web")
        return host

    def act(host: Host) -> None:
        newer = holding(there.second, there.name)
        registry.push(newer, there.name, there.name)
        if "pulls" in what:
            registry.pull(host, there.name)

    truth = runs_on(there, what)
    wrong = (
        Wrong("24", OLD, "a container kept the image of its name, and not the image that it was made from"),
        Wrong("24", NEW, "a running container followed the tag"),
        Wrong("24", STOPS, "an image that loses its name stopped its containers"),
    )
    return Question(
        prompt="On which image does <code>web</code> run then?",
        truth=truth,
        wrong=tuple(each for each in wrong if each.value != truth),
        happening=Happening(start, act),
        measured=("web runs on",),
        explanation="A tag is a name in the registry, and it moved to another manifest. A container is made from an "
        "image, and uses it until the container is removed. A pull moves the name on the server too, so the old image "
        "is listed without a name. To use the new image, remove the container and run it again.",
        docker="docker pull 127.0.0.1:5000/shop\ndocker inspect --format '{{.State.Status}}' web\n"
        "docker image ls --filter dangling=true --format '{{.Repository}}'",
        printed="running\n<none>",
    )


def draw_stores(random: Random) -> tuple[str, Delivery]:
    there = draw_delivery(random)
    return f"The layers of <code>{there.name}</code>, the bottom first: {sizes_told(there.image)}.", there


@LESSON.question("stores", lambda: (Delivery(APACHE, shop(APACHE).images[APACHE], 2),), draw_stores)
def list_an_image_in_the_other_store(there: Delivery) -> Question:
    packed = sum(layer.packed_size for layer in set(there.image.layers))
    unpacked = there.image.size
    return Question(
        prompt=f"How large are DISK USAGE and CONTENT SIZE of <code>{there.name}</code> there?",
        truth=(packed + unpacked, packed),
        wrong=(
            Wrong("13", (unpacked, unpacked), "both columns counted unpacked files, as SIZE does"),
            Wrong("13", (unpacked, packed), "this store removed the blobs after it unpacked them"),
            Wrong("13", (packed, packed), "this store left layers packed until a container needs them"),
        ),
        happening=Happening(lambda: holding(there.image, there.name)),
        measured=("disk usage, and content size",),
        explanation="Docker's older store unpacks a layer and removes the blob. The containerd store keeps both, so "
        "that it can push the very same bytes again. CONTENT SIZE counts blobs, so it is about what a pull fetches. "
        "DISK USAGE counts blobs and unpacked files together.",
        docker="docker image ls nginx    # Docker 29 with the containerd store",
        printed="IMAGE          DISK USAGE   CONTENT SIZE\nnginx:latest   259MB        64.3MB",
        engine="Docker 29, containerd store, as reported in moby/moby#53398 (not run here)",
    )


# Exercises.


def a_push_with_some_blobs_there() -> tuple[list[tuple[str, int]], set[str]]:
    blobs = [
        ("sha256:aa", 32),
        ("sha256:aa", 32),
        ("sha256:bb", 66_420_000),
        ("sha256:cc", 26_170_000),
        ("sha256:dd", 700),
    ]
    return blobs, {"sha256:bb"}


@LESSON.exercise(
    "push",
    task="`blobs` lists an image's blobs as pairs of digest and size, its metadata last. A blob can be listed twice. "
    "`there` is a set of the digests that the repository has. Return how many bytes a push has to send.",
    takes=("blobs", "there"),
    start=a_push_with_some_blobs_there,
    right="A push sends these blobs, each of them once, and nothing that the repository has.",
    hint="`dict(blobs)` has each digest once, with its size.",
    solution="return sum(size for digest, size in dict(blobs).items() if digest not in there)",
    mistakes=(
        Mistake("13", "return sum(size for digest, size in blobs)", "what the repository has"),
        Mistake("10", "return sum(size for digest, size in blobs if digest not in there)", "twice"),
        Mistake("33", "return sum(size for digest, size in dict(blobs).items() if digest in there)", "has already"),
        Mistake(
            "9", "return sum(size for digest, size in dict(blobs[:-1]).items() if digest not in there)", "metadata"
        ),
    ),
)
def judge_push(blobs: list[tuple[str, int]], there: set[str], made: Any) -> str:
    """Say which blobs were counted, where others have to be sent."""
    once = dict(blobs)
    truth = sum(length for digest, length in once.items() if digest not in there)
    last = blobs[-1][0]
    off = {
        sum(length for _, length in blobs): "You also count what the repository has, and a blob twice.",
        sum(once.values()): "You also count what the repository has.",
        sum(length for digest, length in blobs if digest not in there): "You count a blob twice. It is sent once.",
        sum(length for digest, length in once.items() if digest in there): "This is what the repository has already.",
        truth - once[last]: "You leave out the metadata. The metadata is a blob too.",
    }
    if made == truth:
        return ""
    if not isinstance(made, int):
        return f"Return a number of bytes. Your function returns {type(made).__name__}."
    return off.get(made) or f"{made:,} bytes are not what is missing in the repository."


def three_parts() -> tuple[Image, Layer, Layer]:
    base = scratch.with_layer(sent_as_large("lib/base.so", 20_000, 1), "ADD base.tar /")
    return base, sent_as_large("srv/app.bin", 10_000, 3), sent_as_large("lib/deps.bin", 100_000, 2)


def fetched_at_the_next_release(image: Image, app: Layer) -> int:
    """Return what a Docker host with this image fetches, when the next release has another program in it."""
    other = sent_as_large("srv/app.bin", app.packed_size, 99)
    newer = scratch
    for layer in image.layers:
        newer = newer.with_layer(other if layer == app else layer)
    registry, builder, server = Registry(), holding(image, "app:1"), Host()
    builder.add(newer, "app:2")
    registry.push(builder, "app:1", "app:1")
    registry.pull(server, "app:1")
    registry.push(builder, "app:2", "app:2")
    return registry.pull(server, "app:2").down


@LESSON.exercise(
    "order",
    task="You get an image `base`, and two layers: `app`, which changes with each release, and `deps`, which does not. "
    "Return an image with `base` and the two layers. At the next release, a Docker host has to fetch as little as "
    "possible.",
    takes=("base", "app", "deps"),
    start=three_parts,
    right="What changes often is on top. Then every layer below keeps its ChainID, and stays on each host.",
    hint="Docker fetches again each layer above the first one that changed.",
    solution="return base.with_layer(deps).with_layer(app)",
    mistakes=(
        Mistake("34", "return base.with_layer(app).with_layer(deps)", "fetches 110 kB"),
        Mistake("11b", "return base.with_layer(deps).with_layer(app).squash()", "whole image"),
        Mistake("11a", "return base.with_layer(app)", "not in your image"),
    ),
)
def judge_order(base: Image, app: Layer, deps: Layer, made: Image) -> str:
    view = made.view()
    for path in ("lib/base.so", "srv/app.bin", "lib/deps.bin"):
        if path not in view:
            return f"{path} is not in your image."
    if app not in made.layers:
        return "The program is part of a larger layer, so each release is a whole image."
    changed = fetched_at_the_next_release(made, app)
    best = fetched_at_the_next_release(base.with_layer(deps).with_layer(app), app)
    if changed > best + app.packed_size // 2:
        # In whole kilobytes, because manifests and metadata of some hundred bytes are not the point.
        return f"At the next release a Docker host fetches {size(round(changed, -4))}. Less is possible."
    return ""


def blobs_one_of_them_damaged() -> tuple[dict[str, bytes]]:
    blobs = {}
    for number in range(4):
        tar = b"".join(Layer.of({f"srv/part-{number}": f"part {number}".encode()}).tar_chunks())
        data = compress(tar, mtime=0)
        blobs[sha256(data)] = data
    damaged = list(blobs)[2]
    # The name of a file in gzip's own header changes no byte of the tar, and each byte counts.
    blobs[damaged] = blobs[damaged][:4] + b"\1" + blobs[damaged][5:]
    return (blobs,)


@LESSON.exercise(
    "verify",
    task="`blobs` maps the digests of a manifest to the bytes that were fetched, packed with gzip. Return a list of "
    "the digests that are not those of their bytes.",
    takes=("blobs",),
    start=blobs_one_of_them_damaged,
    right="You need not trust the registry or the network: with the manifest, you can check every blob.",
    hint="`hashlib.sha256(data).hexdigest()` is the digest without `sha256:`. Hash the bytes as they came.",
    solution="from hashlib import sha256\n"
    'return [digest for digest, data in blobs.items() if "sha256:" + sha256(data).hexdigest() != digest]',
    mistakes=(
        Mistake("9", "return []", "You name 0 blobs"),
        Mistake(
            "9",
            "from gzip import decompress\nfrom hashlib import sha256\n"
            'return [d for d, data in blobs.items() if "sha256:" + sha256(decompress(data)).hexdigest() != d]',
            "unpacked",
        ),
        Mistake("9", "return [list(blobs)[0]]", "is whole"),
    ),
)
def judge_verify(blobs: Mapping[str, bytes], made: Any) -> str:
    truth = [digest for digest, data in blobs.items() if sha256(data) != digest]
    if not isinstance(made, Sequence) or isinstance(made, str) or any(each not in blobs for each in made):
        return "Return a list of digests, as they are in `blobs`."
    if sorted(made) == sorted(truth):
        return ""
    if len(made) == len(blobs):
        tars = [sha256(decompress(data)) for data in blobs.values()]
        same = len({*tars} & {*blobs})
        return (
            "You name every blob. A digest in the manifest is that of the blob, not of what is unpacked from it: "
            f"{same} of these are equal. And the text of a digest begins with sha256:."
        )
    whole = [digest for digest in made if digest not in truth]
    named = f"You name {counted(len(made), 'blob')}"
    return f"{named}, and one of them is whole." if whole else f"{named}. Hash the bytes of each."
