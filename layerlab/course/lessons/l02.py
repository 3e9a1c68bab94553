"""Lesson 02: What does a container add?"""

from collections.abc import Mapping
from posixpath import basename, dirname
from random import Random

from layerlab.benches.example import CATALOG, CATALOG_SIZE, PAGE_SIZE, PAGES, SITE, shop
from layerlab.course.answer import Count
from layerlab.course.draws import Topic, drawn, drawn_size, layer_with, the_shop
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import File, HardLink
from layerlab.model.host import Host, HostError
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.model.mounts import Tmpfs
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

LESSON = Lesson("02")
BYTE = b"!"
NEWS = b"Closed today."
DIRECTORY, INDEX = SITE.rstrip("/"), f"{SITE}index.html"
ORDERS_SIZE = 1_000_000
CONTAINERS = ("web", "job", "mail")
LINKS, LINK_SIZE = ("srv/h1", "srv/h2"), 102_400


# Who reads what a container writes?


def draw_readers(random: Random) -> tuple[str, Topic, tuple[str, ...], tuple[str, ...]]:
    there = drawn(random)
    names = tuple(random.sample(("web", "job", "mail", "cron", "test", "api", "shell"), 3))
    writer, running, later = names
    situation = (
        f"<code>{writer}</code> and <code>{running}</code> run on the image <code>{there.name}</code>. "
        f"<code>{there.path}</code> is a file of the image, {size(there.size)}. <code>{writer}</code> replaces its "
        f"content with a new text. Then <code>{later}</code> starts on the same image."
    )
    return situation, there, names, tuple(random.sample(names, 3))


@LESSON.question("other", lambda: (the_shop(INDEX, PAGE_SIZE), CONTAINERS, CONTAINERS), draw_readers)
def who_reads_what_a_container_writes(there: Topic, names: tuple[str, ...], items: tuple[str, ...]) -> Question:
    writer, running, later = names

    def act(host: Host) -> None:
        host.containers[writer].write(there.path, NEWS)
        host.run(there.name, name=later)

    happening = Happening(lambda: there.running(writer, running), act, there.path)
    containers = happening.after.containers.items()
    return Question(
        prompt="Which of the three containers can read the new text? Pick all that fit.",
        act="pick",
        items=items,
        truth=frozenset(name for name, each in containers if each.read(there.path) == NEWS),
        wrong=(
            Wrong("22", frozenset(names), "a container wrote into the image"),
            Wrong("22", frozenset({writer, running}), "running containers shared what they write"),
            Wrong(
                "22",
                frozenset({writer, later}),
                "a write made a new version of the image, on which the next container starts",
            ),
        ),
        second="And what happens to the image?",
        because=(
            Reason("the image stays the same, and so does its id"),
            Reason(
                "the image contains the new text, and keeps its id",
                "the id is computed from the content, so an image with another text has another id",
            ),
            Reason(
                "the image gets a new version, with an id of its own",
                "a container that writes makes no new image",
            ),
        ),
        happening=happening,
        measured=(
            "who reads the new text",
            "what changed in web, as docker diff web lists it (C: changed)",
            "what changed in job",
        ),
        explanation="Containers share the layers of their image, but no container can change these layers. The new "
        "text is in the thin layer of the container that wrote it. A container looks in its own thin layer first, and "
        "then in the image. Every other container finds nothing in its own thin layer, so it reads the old text.",
        docker="docker exec web sh -c 'printf \"Closed today.\" > /var/www/index.html'\n"
        "docker run -d --name mail shop\n"
        'for c in web job mail; do echo "$c: $(docker exec $c grep -c Closed /var/www/index.html)"; done\n'
        "docker inspect --format '{{.Name}} {{.Image}}' web job mail",
        printed="web: 1\njob: 0\nmail: 0\n"
        "/web sha256:e417ed87c461...\n/job sha256:e417ed87c461...\n/mail sha256:e417ed87c461...",
    )


# What do the same bytes cost in two containers?


def draw_one_byte(random: Random) -> tuple[str, Topic, int, int]:
    there, of_web, of_job = drawn(random), random.randint(2, 6), random.randint(1, 5)
    situation = (
        f"Two containers run on the image <code>{there.name}</code>: <code>web</code> and <code>job</code>. "
        f"<code>{there.path}</code> is a file of the image, {size(there.size)}. <code>web</code> adds one byte to it "
        f"{times(of_web)}, and <code>job</code> adds one byte to it {times(of_job)}."
    )
    return situation, there, of_web, of_job


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


@LESSON.question("one-byte", lambda: (the_shop(), 3, 1), draw_one_byte)
def one_byte_in_two_containers(there: Topic, of_web: int, of_job: int) -> Question:
    writes = of_web + of_job

    def act(host: Host) -> None:
        for name, count in (("web", of_web), ("job", of_job)):
            for _ in range(count):
                host.containers[name].append(there.path, BYTE)

    happening = Happening(lambda: there.running("web", "job"), act, there.path)
    return Question(
        prompt="How large are the two thin layers together?",
        truth=sum(container.size_rw for container in happening.after.containers.values()),
        wrong=(
            Wrong("6", writes, "files were changed in place"),
            Wrong("22", there.size + writes, "the two containers shared one copy, as they share layers"),
            Wrong("6", writes * (there.size + len(BYTE)), "every write made a new copy of the file"),
        ),
        happening=happening,
        measured=("both thin layers", "the thin layer of web", "the thin layer of job"),
        explanation="When a container first changes a file of the image, the whole file is copied. Every container "
        "makes its own copy. After that, each byte that you add costs one byte. A new mode, owner or time copies the "
        "whole file too (overlay2 as Docker mounts it). Nothing is copied if the file is replaced, or emptied with >.",
        docker="docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'    # three times; in job once\n"
        "docker ps --size",
        printed="NAMES     SIZE\njob       20MB (virtual 339MB)\nweb       20MB (virtual 339MB)",
    )


# What does deleting leave, and what does it free?


def draw_directory(random: Random) -> tuple[Topic, int]:
    """Return an image with a directory of files in its top layer, and how many there are."""
    base, count, each = drawn(random), random.randint(8, 24), random.randint(2, 9) * 1_000
    folder = random.choice(("srv/site", "opt/docs", "usr/share/icons", "var/www"))
    files = {f"{folder}/{number:02}.html": filler(each) for number in range(count)}
    rest = {"etc/site.conf": filler(drawn_size(random, 50_000, 300_000))}
    return Topic(base.name, base.image.with_layer(Layer.of(files | rest), "COPY site/ /"), folder, count * each), count


def draw_rmtree(random: Random) -> tuple[str, Topic, str]:
    there, count = draw_directory(random)
    situation = (
        f"Two containers run on the image <code>{there.name}</code>: <code>web</code> and <code>job</code>. "
        f"<code>job</code> deletes <code>{there.path}</code>, a directory of the image's top layer. It contains "
        f"{count} "
        f"files, {size(there.size)} together."
    )
    return situation, there, "the top layer"


@LESSON.question("rmtree", lambda: (the_shop(DIRECTORY, PAGES * PAGE_SIZE), "layer 4"), draw_rmtree)
def delete_a_directory(there: Topic, layer: str) -> Question:
    happening = Happening(
        lambda: there.running("web", "job"), lambda host: host.containers["job"].rmtree(there.path), f"{there.path}/"
    )
    written = happening.after.containers["job"].layer.entries.values()
    marks = sum(entry.kind == "whiteout" for entry in written)
    files = sum(path.startswith(f"{there.path}/") for path in there.image.view())
    return Question(
        prompt="How many whiteouts does the thin layer of <code>job</code> contain then?",
        act="type",
        truth=Count(marks, "whiteout"),
        wrong=(
            Wrong("17", Count(0, "whiteout"), "the files were removed from the layer, and nothing had to be hidden"),
            Wrong("17", Count(files, "whiteout"), "each file had to be hidden separately"),
            Wrong("17", Count(files + 1, "whiteout"), "each file had to be hidden separately, and the directory too"),
        ),
        second="And how much disk space does this free?",
        because=(
            Reason(f"{layer} keeps its files, so nothing is freed"),
            Reason(
                f"the files are removed from {layer}, so their space is freed",
                "web uses the same layers, and still reads every file",
            ),
            Reason(
                "the copies that job has are removed, so their space is freed",
                "job never wrote to these files, so it has no copies",
            ),
        ),
        happening=happening,
        measured=(
            "in the thin layer of job",
            "freed on the host",
            "docker diff job (C: changed, D: deleted)",
            "web still lists",
        ),
        explanation="A container cannot remove a file from a layer. It can only hide the file. One whiteout on a "
        "directory "
        "hides everything in the directory. The whiteout is in the thin layer of job, so the files are hidden from job "
        "alone. If job makes the directory again, the new directory shows nothing of the image. It is called opaque.",
        docker="docker exec job rm -r /var/www\ndocker diff job\ndocker ps --size\n"
        "docker exec web sh -c 'ls /var/www | wc -l'",
        printed="C /var\nD /var/www\nNAMES     SIZE\njob       0B (virtual 319MB)\nweb       0B (virtual 319MB)\n1000",
    )


# When are a container's data lost?


def draw_stop(random: Random) -> tuple[str, Topic, int, tuple[str, ...]]:
    there, written = drawn(random), drawn_size(random, 20_000, 900_000)
    acts = ("stop", "start") * random.randint(1, 2) + ("stop", "remove")
    situation = (
        f"A container <code>web</code> on the image <code>{there.name}</code> writes a new file of {size(written)}. "
        f"Then you do this with <code>web</code>: {', '.join(acts)}."
    )
    return situation, there, written, acts


@LESSON.question("stop", lambda: (the_shop(), ORDERS_SIZE, ("stop", "start", "stop", "remove")), draw_stop)
def when_data_is_lost(there: Topic, written: int, acts: tuple[str, ...]) -> Question:
    left = []

    def start() -> Host:
        host = there.running("web")
        host.containers["web"].write("orders.log", bytes(written))
        return host

    def act(host: Host) -> None:
        for each in acts:
            getattr(host, each)("web")
            left.append(host.usage().total - host.usage().disk)

    happening = Happening(start, act)
    happening.after  # noqa: B018  the acts note what each of them leaves

    def lost_at_the_first(act: str) -> tuple[int, ...]:
        place = acts.index(act)
        return (written,) * place + (0,) * (len(acts) - place)

    return Question(
        prompt=f"How much of this file is on the host after each act: {', '.join(acts)}?",
        truth=tuple(left),
        wrong=(
            Wrong("3", lost_at_the_first("stop"), "stopping a container removed its thin layer"),
            Wrong("3", lost_at_the_first("start"), "each start began with a new thin layer"),
            Wrong("3", (written,) * len(acts), "removing a container kept what it wrote"),
        ),
        happening=happening,
        measured=("after each",),
        explanation="Stopping a container ends its processes. The thin layer stays, so you can start the container "
        "again. You can copy files out with docker cp, or make an image with docker commit. If you remove the "
        "container, its thin layer is lost. With docker run --rm, this happens at the stop. The command "
        "docker system prune removes all stopped containers.",
        docker="docker stop web\ndocker start web\ndocker stop web\ndocker rm web\n"
        "docker ps --all --size    # after each of them",
        printed="NAMES     SIZE                  STATE\nweb       1MB (virtual 320MB)   exited\n"
        "NAMES     SIZE                  STATE\nweb       1MB (virtual 320MB)   running\n"
        "NAMES     SIZE                  STATE\nweb       1MB (virtual 320MB)   exited\n"
        "NAMES     SIZE      STATE",
    )


# What does a change of metadata cost?


def draw_chmod(random: Random) -> tuple[str, Topic, tuple[str, ...], str, int, tuple[str, ...]]:
    there, written = drawn(random), drawn_size(random, 20_000, 400_000)
    appended = "usr/share/rest.bin"
    names = tuple(random.sample(("web", "job", "mail", "cron", "api"), 3))
    one, two, three = names
    situation = (
        f"Three containers run on the image <code>{there.name}</code>. <code>{one}</code> changes the mode of "
        f"<code>{there.path}</code> ({size(there.size)}). <code>{two}</code> adds one byte to "
        f"<code>{appended}</code> ({size(there.image.view()[appended].size)}). These two files came with the image. "
        f"<code>{three}</code> writes a new file of {size(written)}."
    )
    return situation, there, names, appended, written, tuple(random.sample(names, 3))


@LESSON.question("chmod", lambda: (the_shop(), CONTAINERS, INDEX, ORDERS_SIZE, CONTAINERS), draw_chmod)
def order_by_what_a_change_costs(
    there: Topic, names: tuple[str, ...], appended: str, written: int, items: tuple[str, ...]
) -> Question:
    one, two, three = names
    layer = layer_with(there.image, there.path).size

    def act(host: Host) -> None:
        host.containers[one].chmod(there.path, 0o600)
        host.containers[two].append(appended, BYTE)
        host.containers[three].write("upload-1", bytes(written))

    happening = Happening(lambda: there.running(*names), act, there.path)

    def least_first(cost: dict[str, int]) -> tuple[str, ...]:
        return tuple(sorted(cost, key=lambda name: cost[name]))

    return Question(
        prompt="Order the containers by the size of their thin layers, the smallest first.",
        act="order",
        items=items,
        truth=least_first({name: container.size_rw for name, container in happening.after.containers.items()}),
        wrong=(
            Wrong(
                "5",
                least_first({one: 0, two: there.image.view()[appended].size + 1, three: written}),
                "changing a mode cost nothing",
            ),
            Wrong(
                "6",
                least_first({one: layer, two: layer + 1, three: written}),
                "the first change copied the whole layer that contains the file",
            ),
        ),
        happening=happening,
        measured=("smallest first", *(f"the thin layer of {name}" for name in names)),
        explanation="With Docker's usual options, copy-up always copies the content and the mode of a file together. "
        "So a new mode, owner or time costs as much as one written byte: the whole file. A new file costs its own "
        "size. With the kernel's option metacopy, a new mode copies no content. Some packages of Podman set "
        "this option.",
        docker="docker exec web chmod 600 /var/lib/shop/catalog.db\n"
        "docker exec job sh -c 'printf ! >> /var/www/index.html'\n"
        "docker exec mail sh -c 'head -c 1000000 /dev/zero > /upload-1'\ndocker ps --size",
        printed="NAMES     SIZE\n"
        "mail      1MB (virtual 320MB)\njob       5kB (virtual 319MB)\nweb       20MB (virtual 339MB)",
    )


# What does renaming a directory cost?


def draw_rename(random: Random) -> tuple[str, Topic]:
    there, count = draw_directory(random)
    situation = (
        f"A container <code>web</code> runs <code>mv /{there.path} /{there.path}-2</code>. The directory came with the "
        f"image's top layer. It contains {count} files of {size(there.size // count)} each."
    )
    return situation, there


def move(container: Container, old: str, new: str) -> None:
    """Move a directory of files as `mv` does where the kernel refuses to: copy every file, then delete the old ones."""
    container.mkdir(new)
    for name in container.listdir(old):
        container.write(f"{new}/{name}", container.read(f"{old}/{name}"))
    container.rmtree(old)


@LESSON.question("rename", lambda: (the_shop(DIRECTORY, PAGES * PAGE_SIZE),), draw_rename)
def rename_a_directory(there: Topic) -> Question:
    happening = Happening(
        lambda: there.running("web"),
        lambda host: move(host.containers["web"], there.path, f"{there.path}-2"),
        f"{there.path}/",
    )
    return Question(
        prompt="How many bytes does the thin layer of <code>web</code> contain then?",
        act="type",
        truth=happening.after.containers["web"].size_rw,
        wrong=(
            Wrong("18", 0, "the directory only needed a new name"),
            Wrong("18", layer_with(there.image, there.path).size, "the whole layer of the directory were copied"),
        ),
        happening=happening,
        measured=("the thin layer of web",),
        explanation="With Docker's usual options, Linux refuses to rename a directory of the image. The error is "
        "called EXDEV. So mv copies every file to the new place. Then mv deletes the old directory, which makes one "
        "whiteout. A new name for a single file of the image copies the whole file too.",
        docker="docker exec web mv /var/www /var/site\ndocker ps --size",
        printed="NAMES     SIZE\nweb       5MB (virtual 324MB)",
    )


# What becomes of a hard link?


def with_hard_links(image: Image, names: tuple[str, str], length: int) -> Image:
    """Return an image with one more layer: a file of `length` bytes under two names."""
    one, other = names
    return image.with_layer(Layer.of({one: File(filler(length)), other: HardLink(one)}), "RUN ln h1 h2")


def the_shop_with_hard_links() -> Topic:
    return Topic("shop", with_hard_links(the_shop().image, LINKS, LINK_SIZE), LINKS[1], LINK_SIZE)


def draw_hard_link(random: Random) -> tuple[str, Topic, tuple[str, str], bytes]:
    base, length, data = drawn(random), drawn_size(random, 20_000, 300_000), BYTE * random.randint(1, 9)
    one, other = random.choice((("opt/a.bin", "opt/b.bin"), ("srv/new", "srv/old"), ("usr/bin/vi", "usr/bin/vim")))
    there = Topic(base.name, with_hard_links(base.image, (one, other), length), other, length)
    situation = (
        f"In the image <code>{there.name}</code>, <code>{one}</code> and <code>{other}</code> are hard links: two "
        f"names of one file of {length:,} bytes. A container <code>web</code> adds {Count(len(data), 'byte')} to "
        f"<code>{one}</code>."
    )
    return situation, there, (one, other), data


@LESSON.question("hard-link", lambda: (the_shop_with_hard_links(), LINKS, BYTE), draw_hard_link)
def write_through_one_of_two_names(there: Topic, names: tuple[str, str], data: bytes) -> Question:
    one, other = names
    happening = Happening(
        lambda: there.running("web"), lambda host: host.containers["web"].append(one, data), there.path
    )
    return Question(
        prompt=f"How long is <code>{other.rpartition('/')[2]}</code> in <code>web</code> then?",
        truth=Count(happening.after.containers["web"].stat(other).size, "byte"),
        wrong=(
            Wrong("19", Count(0, "byte"), "copy-up removed the file from its other name"),
            Wrong(
                "19",
                Count(there.size + len(data), "byte"),
                "both names still named one file, as on an ordinary disk",
            ),
        ),
        happening=happening,
        measured=("under the other name", "under the name that was written to", "the thin layer of web"),
        given=(Count(there.size, "byte"),),
        explanation="Copy-up copies the file for the one name that is written to. The second name still names the "
        "file in "
        "the layer, with the old content. So one file of the image has become two files for the container.",
        docker="docker exec web sh -c 'printf ! >> /srv/h1'\ndocker exec web wc -c /srv/h1 /srv/h2",
        printed="   102401 /srv/h1\n   102400 /srv/h2",
    )


# Where does it belong?

IMAGE, THIN, VOLUME = "a layer of the image", "the thin layer of web", "a volume"
# What a container needs, why, whether it changes while the container runs, and whether it has to outlive it.
NEEDS = (
    ("its fonts, {size}", "Every container reads them, and no container changes them.", False, False),
    ("its program, {size}", "The program changes with a new version, never while the container runs.", False, False),
    ("a cache of {size}", "The container fills the cache while it runs, and can always fill it again.", True, False),
    ("half-done uploads, {size}", "Each upload is deleted at the end of its request.", True, False),
    (
        "the orders of its customers, {size}",
        "Orders come in while the container runs, and the next version needs them.",
        True,
        True,
    ),
    ("a search index of {size}", "The index grows while the container runs, and it took two days to make.", True, True),
)


def draw_volume(random: Random) -> tuple[str, Topic, bool, bool]:
    there = drawn(random)
    what, need, changes, outlives = random.choice(NEEDS)
    needed = what.format(size=size(there.size))
    situation = f"A container <code>web</code> on the image <code>{there.name}</code> needs {needed}. {need}"
    return situation, there, changes, outlives


def place_for(there: Topic, changes: bool, outlives: bool) -> str:
    """Return where a file belongs: try whether a thin layer keeps a change when its container is removed."""
    if not changes:
        return IMAGE
    host = there.host()
    host.run(there.name, name="web").append(there.path, BYTE)
    host.remove("web", force=True)
    kept = host.run(there.name, name="web").stat(there.path).size > there.size
    return THIN if kept or not outlives else VOLUME


@LESSON.question("volume", lambda: (the_shop(), True, True), draw_volume)
def where_a_file_belongs(there: Topic, changes: bool, outlives: bool) -> Question:
    truth = place_for(there, changes, outlives)
    places = (
        Wrong("22", IMAGE, "no container changed the data while it runs"),
        Wrong("3", THIN, "the data changed, and could be lost with their container"),
        Wrong("3", VOLUME, "the data changed, and had to stay after their container is removed"),
    )
    return Question(
        prompt="Where do these data belong?",
        act="point",
        items=(IMAGE, THIN, VOLUME),
        truth=truth,
        wrong=tuple(place for place in places if place.value != truth),
        happening=Happening(lambda: there.running("web"), file=there.path if (changes and outlives) else ""),
        measured=("what is left",),
        explanation="A volume is part of no layer. So nothing is copied up, and the volume stays when the container is "
        "removed. Files that no container changes belong in the image. Data that may be lost can stay in the thin "
        "layer. "
        "When an empty volume is first used, Docker copies into it what the image has at that path.",
        docker="docker run -d --name web -v shop-data:/var/lib/shop shop    # a new volume begins as a copy\n"
        "docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'\ndocker ps --size\n"
        "docker rm -f web\ndocker run -d --name mail -v shop-data:/var/lib/shop shop\n"
        "docker exec mail wc -c /var/lib/shop/catalog.db",
        printed="NAMES     SIZE\nweb       0B (virtual 319MB)\n20000001 /var/lib/shop/catalog.db",
    )


# Can an image go while a container uses it?


def draw_in_use(random: Random) -> tuple[str, Topic, int]:
    there, containers = drawn(random), random.randint(2, 9)
    situation = (
        f"{containers} containers use the image <code>{there.name}</code> of {size(there.image.size)}. None of the "
        "containers has written anything, and all are stopped."
    )
    return situation, there, containers


def with_stopped_containers(there: Topic, count: int) -> Host:
    host = there.host()
    # The lesson's own one is called web, as in its text.
    for each in host.run(there.name, count=count) if count > 1 else [host.run(there.name, name="web")]:
        host.stop(each.name)
    return host


def what_goes(there: Topic, containers: int) -> str:
    """Return what becomes of an image that is removed while stopped containers use it."""
    try:
        with_stopped_containers(there, containers).remove_image(there.name)
    except HostError:
        return "nothing, Docker refuses"
    return "the image is removed"


@LESSON.question("in-use", lambda: (the_shop(), 1), draw_in_use)
def remove_an_image_in_use(there: Topic, containers: int) -> Question:
    return Question(
        prompt="What is removed, if you remove the image now?",
        truth=what_goes(there, containers),
        wrong=(
            Wrong(
                "2a",
                "the image is removed, and the containers stay",
                "a container had its own copy of the image",
            ),
            Wrong(
                "3", "the image and the containers are removed", "a stopped container were the same as a removed one"
            ),
        ),
        happening=Happening(lambda: with_stopped_containers(there, containers)),
        measured=("what is removed",),
        explanation="Every container reads the layers of its image, and a stopped container can be started again. So "
        "Docker refuses to remove an image that a container uses. Remove the container first. The message says "
        "(must force): docker rmi --force removes the name and the metadata. But the layers stay on the disk, and the "
        "container still starts.",
        docker="docker stop web\ndocker rmi shop",
        printed='Error response from daemon: conflict: unable to remove repository reference "shop" (must force) - '
        "container 00337b1ba4e8 is using its referenced image e417ed87c461",
    )


# To make.


def a_container_that_wrote_a_byte() -> tuple[Host, Container]:
    """Return a host and its container `web`, which has appended one byte to the catalog."""
    host = shop()
    web = host.run("shop", name="web")
    web.append(CATALOG, BYTE)
    return host, web


@LESSON.exercise(
    "empty",
    task="`web` has added one byte to `var/lib/shop/catalog.db`. Make its thin layer 0 B again without removing "
    "`web`. Return a set with the paths of all files of the image that `web` can no longer read as before.",
    takes=("host", "web"),
    start=a_container_that_wrote_a_byte,
    right="0 B again. But web has lost its byte and the catalog, because a whiteout or an empty file hides the file of "
    "the image. Only a new container sees that file again.",
    hint="All bytes of the thin layer belong to one file, the copy of catalog.db. Delete this file in web, and look at "
    "what web shows then.",
    solution='web.unlink("var/lib/shop/catalog.db")\nreturn {"var/lib/shop/catalog.db"}',
    mistakes=(
        Mistake("6", 'web.truncate("var/lib/shop/catalog.db", 20_000_000)\nreturn set()', "the whole copy stays"),
        Mistake("3", 'host.stop("web")\nhost.start("web")\nreturn set()', "changes nothing in the thin layer"),
        Mistake("17", 'web.unlink("var/lib/shop/catalog.db")\nreturn set()', "has lost more than you say"),
        Mistake("3", 'host.remove("web", force=True)\nreturn set()', "you wanted to keep it"),
        Mistake(
            "22",
            'job = host.run("shop", name="job")\njob.unlink("var/lib/shop/catalog.db")\n'
            'return {"var/lib/shop/catalog.db"}',
            "what job does changes only the thin layer of job",
        ),
    ),
)
def judge_empty(host: Host, web: Container, lost: object) -> str:
    if web.state == "removed":
        return (
            "web is removed, and you wanted to keep it. Which file in its thin layer has bytes? How can you delete it?"
        )
    if web.size_rw == CATALOG_SIZE + len(BYTE):
        if others := [name for name in host.containers if name != web.name]:
            return (
                f"The thin layer of web is as before: what {others[0]} does changes only the thin layer of {others[0]}."
            )
        return f"The thin layer still contains {web.size_rw:,} B: what you did changes nothing in the thin layer."
    if web.size_rw:
        return f"The thin layer still contains {size(web.size_rw)}: the whole copy stays, whatever you write into it."
    view = web.view()
    missing = {
        path
        for path, entry in web.image.view().items()
        if entry.kind == "file" and (path not in view or view[path].size != entry.size)
    }
    # A lone path is taken for a set of one; what is no set of paths at all names a file that cannot be missing.
    named = {lost.lstrip("/")} if isinstance(lost, str) else {""}
    if isinstance(lost, set | list | tuple | frozenset):
        named = {path.lstrip("/") if isinstance(path, str) else path for path in lost}
    if named == missing:
        return ""
    if named < missing:
        return "The thin layer is 0 B. But web has lost more than you say: try to read the image's files in web."
    return "The thin layer is 0 B. But web can still read a file that you name, or the image never had that file."


KEEP_THE_PAGE = 'page = job.read("var/www/index.html")\njob.rmtree("var/www")\njob.mkdir("var/www")\n'


@LESSON.exercise(
    "alone",
    task="Let `job` show only `index.html` in `var/www/`, with the image's content, and none of the pictures. Its "
    "thin layer may contain one mark at most. Return `job`.",
    takes=("job",),
    start=lambda: (shop().run("shop", name="job"),),
    right="One file to see, and one mark: the directory that you made again is opaque, so it shows nothing of the "
    "image.",
    hint="Read the page, delete the directory, make the directory again, and look at what is in it.",
    solution=f'{KEEP_THE_PAGE}job.write("var/www/index.html", page)\nreturn job',
    mistakes=(
        Mistake(
            "17",
            'for name in job.listdir("var/www"):\n    if name != "index.html":\n'
            '        job.unlink(f"var/www/{name}")\nreturn job',
            "with 999 marks",
        ),
        Mistake("17", 'job.rmtree("var/www")\nreturn job', "was deleted with the rest"),
        Mistake("16", 'job.rmtree("var/www")\njob.mkdir("var/www")\nreturn job', "shows 0 files"),
        Mistake("17", f'{KEEP_THE_PAGE}job.write("var/www/index.html", b"")\nreturn job', "another content"),
        Mistake("18", 'job.rename("var/www", "var/old")\njob.mkdir("var/www")\nreturn job', "OSError"),
    ),
)
def judge_alone(job: Container, made: object) -> str:
    if made is not job:
        return "Return job, so that it can be looked at."
    view = job.view()
    if DIRECTORY not in view:
        return f"job has no {SITE} any more: index.html was deleted with the rest."
    there = job.listdir(DIRECTORY)
    marks = sum(entry.kind in ("whiteout", "opaque") for entry in job.layer.entries.values())
    if "index.html" not in there:
        return f"{SITE} shows {len(there)} files, and nothing of the image. Where is index.html?"
    if view[INDEX].digest != job.image.view()[INDEX].digest:
        return "index.html has another content than the image's."
    if len(there) > 1:
        return f"{SITE} still shows {len(there):,} files."
    return f"It shows the right file, but with {marks} marks. One is enough." if marks > 1 else ""


@LESSON.exercise(
    "dear",
    task="Add one byte to a file of the image in `web`, so that the thin layer of `web` is 5,001 B afterwards. "
    "Return `web`.",
    takes=("web",),
    start=lambda: (shop().run("shop", name="web"),),
    right="One byte, and 5,001 B: the cost depends on the size of the file that you chose.",
    hint="Look for files of the image that have 5,000 bytes.",
    solution='web.append("var/www/index.html", b"!")\nreturn web',
    mistakes=(
        Mistake("6", 'web.write("var/www/new.html", bytes(5_001))\nreturn web', "You made a new file"),
        Mistake("6", 'web.append("var/www/index.html", bytes(5_001))\nreturn web', "contains 10,001 B"),
        Mistake("5", 'web.chmod("var/www/index.html", 0o600)\nreturn web', "contains 5,000 B"),
    ),
)
def judge_dear(web: Container, made: object) -> str:
    wanted = PAGE_SIZE + len(BYTE)
    if made is not web:
        return "Return web, so that it can be looked at."
    if any(line.startswith("A ") for line in web.diff()):
        return f"You made a new file, which costs its own size. The thin layer has {web.size_rw:,} B."
    if web.size_rw > wanted:
        return f"The thin layer contains {web.size_rw:,} B: that file is too long, or you wrote more than one byte."
    return "" if web.size_rw == wanted else f"The thin layer contains {web.size_rw:,} B, not {wanted:,} B."


@LESSON.exercise(
    "relink",
    task="In the image, `srv/h1` and `srv/h2` are two names of one file of 102,400 B. Let both names show one byte "
    "more in `web`. The thin layer must contain the file only once, 102,401 B. Return `web`.",
    takes=("web",),
    start=lambda: (the_shop_with_hard_links().host().run("shop", name="web"),),
    right="Two names of one file again: the copy in the thin layer.",
    hint="A write through one name copies the file for that name alone. Delete the second name, and give "
    "it to the copy with `web.link(old, new)`.",
    solution='web.append("srv/h1", b"!")\nweb.unlink("srv/h2")\nweb.link("srv/h1", "srv/h2")\nreturn web',
    mistakes=(
        Mistake("19", 'web.append("srv/h1", b"!")\nreturn web', "h2 is still a name of the image's file"),
        Mistake("19", 'web.unlink("srv/h2")\nweb.append("srv/h1", b"!")\nreturn web', "has no srv/h2"),
        Mistake(
            "6", 'web.append("srv/h1", b"!")\nweb.append("srv/h2", b"!")\nreturn web', "thin layer contains 204,802 B"
        ),
    ),
)
def judge_relink(web: Container, made: object) -> str:
    wanted, view = LINK_SIZE + len(BYTE), web.view()
    if made is not web:
        return "Return web, so that it can be looked at."
    for name in LINKS:
        if name not in view:
            return f"web has no {name} any more."
        if view[name].size == LINK_SIZE:
            return f"{name} is still a name of the image's file of {LINK_SIZE:,} B."
        if view[name].size != wanted:
            return f"{name} has {view[name].size:,} B, not {wanted:,} B."
    return (
        "" if web.size_rw == wanted else f"Both names show a byte more, but the thin layer contains {web.size_rw:,} B."
    )


# What does a commit save?

PLACES = {"thin": "its thin layer", "volume": "a volume", "tmpfs": "a tmpfs"}
OF_WEB = {"orders/today": "volume", "report": "thin", "cache/session": "tmpfs"}


def draw_commit(random: Random) -> tuple[str, Topic, dict[str, str]]:
    there, kinds = drawn(random), ["thin", "volume", "tmpfs", random.choice(("thin", "volume", "tmpfs"))]
    random.shuffle(kinds)
    names = random.sample(("report", "today", "session", "index", "invoices", "queue", "state", "upload"), 4)
    files = {name if kind == "thin" else f"{name}s/{name}": kind for name, kind in zip(names, kinds, strict=True)}
    places = ", ".join(f"<code>{basename(path)}</code> into {PLACES[kind]}" for path, kind in files.items())
    situation = (
        f"<code>web</code> runs on the image <code>{there.name}</code>. <code>web</code> writes new files: "
        f"{places}. Then docker commit makes the image <code>{there.name}:2</code> of <code>web</code>. A new "
        "container, <code>job</code>, starts on this image alone."
    )
    return situation, there, files


def with_files_in(there: Topic, files: Mapping[str, str]) -> Host:
    """Return a host whose container `web` has written each file, some on a volume of its own or on a tmpfs."""
    host = there.host()
    mounts = {
        dirname(path): Tmpfs() if kind == "tmpfs" else host.volume(basename(path))
        for path, kind in files.items()
        if kind != "thin"
    }
    web = host.run(there.name, name="web", mounts=mounts)
    for path in files:
        web.write(path, NEWS)
    return host


@LESSON.question("commit", lambda: (the_shop(), OF_WEB), draw_commit)
def what_a_commit_saves(there: Topic, files: dict[str, str]) -> Question:
    def act(host: Host) -> None:
        host.add(host.containers["web"].commit(), f"{there.name}:2")
        host.run(f"{there.name}:2", name="job")

    def shown_by(name: str, paths: Mapping[str, str]) -> frozenset[str]:
        view = happening.after.containers[name].view()
        return frozenset(basename(path) for path in paths if path in view)

    happening = Happening(lambda: with_files_in(there, files), act)
    on_disk = {path: kind for path, kind in files.items() if kind != "tmpfs"}
    return Question(
        prompt="Which of these files does <code>job</code> show? Pick all that fit.",
        act="pick",
        items=tuple(map(basename, files)),
        truth=shown_by("job", files),
        wrong=(
            Wrong("26", shown_by("web", files), "a commit saved everything that the container shows"),
            Wrong("26", shown_by("web", on_disk), "a commit saved volumes too, and left out only what is in memory"),
        ),
        happening=happening,
        measured=("job shows",),
        explanation="docker commit makes a layer of the thin layer, and of nothing else. A volume and a tmpfs are "
        "outside the thin layer, so the new image contains only their empty directories. To move the data of a volume, "
        "use the volume in the next container, or copy its files.",
        docker="docker commit web shop:2\ndocker run --rm shop:2 find /report /orders /cache",
        printed="/report\n/orders\n/cache",
    )


# What does one see at the place of a mount?


def draw_mount(random: Random) -> tuple[str, Topic, tuple[str, ...]]:
    there, count = draw_directory(random)
    names = ("offers.html", "hours.html", "prices.html", "jobs.html", "press.html", "maps.html")
    files = tuple(random.sample(names, random.randint(1, 5)))
    situation = (
        f"The image <code>{there.name}</code> has {count} files in <code>{there.path}</code>. A folder of the host "
        f"contains {counted(len(files), 'file')} with {'another name' if len(files) == 1 else 'other names'}. You "
        f"start <code>web</code> on the image and mount the folder at <code>{there.path}</code>."
    )
    return situation, there, files


def in_both(of_web: int, of_folder: int) -> str:
    return f"{of_web:,} in web, {of_folder:,} in the folder"


@LESSON.question("mount", lambda: (the_shop(DIRECTORY, PAGES * PAGE_SIZE), ("offers.html",)), draw_mount)
def what_shows_where_a_folder_is_mounted(there: Topic, files: tuple[str, ...]) -> Question:
    def start() -> Host:
        host = there.host()
        host.folder("/srv/site", dict.fromkeys(files, NEWS))
        return host

    def act(host: Host) -> None:
        host.run(there.name, name="web", mounts={there.path: "/srv/site"})

    happening = Happening(start, act, f"{there.path}/")
    host, of_image = happening.after, set(there.running("web").containers["web"].listdir(there.path))
    shown, folder = host.containers["web"].listdir(there.path), host.folder("/srv/site").listdir()
    together = len(of_image | set(files))
    return Question(
        prompt="How many files does this directory contain in <code>web</code> then, and how many does the folder?",
        truth=in_both(len(shown), len(folder)),
        wrong=(
            Wrong("27a", in_both(together, len(files)), "a mount showed its files together with those of the image"),
            Wrong("27b", in_both(together, together), "a folder of the host were filled from the image"),
            Wrong("27a", in_both(len(of_image), len(files)), "the files of the image hid the files of the folder"),
        ),
        second="And if you mount a new volume there, and no folder?",
        because=(
            Reason("Docker first copies the files of the image into the volume"),
            Reason("web sees an empty directory", "Docker fills a volume that is empty when a container is made"),
            Reason(
                "web sees the files of the image, and the volume stays empty",
                "web sees nothing but the volume there, so the volume has to contain the files",
            ),
        ),
        happening=happening,
        measured=("in web and in the folder", "with a new volume, job shows"),
        explanation="A mount hides what the image has at this place. Nothing is merged, and Docker copies nothing into "
        "a folder of the host. An empty volume is the exception: when the container is made, Docker copies the image's "
        "files into the volume. A volume that contains something hides the image's files too.",
        docker="docker run -d --name web -v ~/site:/var/www shop\n"
        "docker exec web sh -c 'ls /var/www | wc -l'\nls ~/site | wc -l\n"
        "docker run -d --name job -v pages:/var/www shop\ndocker exec job sh -c 'ls /var/www | wc -l'",
        printed="1\n1\n1000",
    )


# What does the same docker run do again?


def draw_again(random: Random) -> tuple[str, Topic, int, int]:
    there, runs, added = drawn(random), random.randint(2, 7), drawn_size(random, 20_000, 900_000)
    situation = (
        f"You type <code>docker run {there.name} make-report</code>. This program adds {size(added)} to the file "
        "<code>/report</code>, and ends. So its container stops. In the end you have typed this line "
        f"{times(runs)}."
    )
    return situation, there, runs, added


@LESSON.question("again", lambda: (the_shop(), 3, ORDERS_SIZE), draw_again)
def run_the_same_image_again(there: Topic, runs: int, added: int) -> Question:
    def act(host: Host) -> None:
        for _ in range(runs):
            made = host.run(there.name)
            made.append("report", bytes(added))
            host.stop(made.name)

    happening = Happening(there.host, act)
    made = happening.after.containers.values()
    return Question(
        prompt="How many containers does <code>docker ps --all</code> list then?",
        act="type",
        truth=Count(len(made), "container"),
        wrong=(
            Wrong(
                "35", Count(len({each.image.id for each in made}), "container"), "docker run opened the old container"
            ),
            Wrong(
                "3",
                Count(sum(each.state == "running" for each in made), "container"),
                "a container were removed when its program ends",
            ),
        ),
        second="And how long is the report that the last container shows?",
        because=(
            Reason("as long as one run makes it"),
            Reason(
                "as long as all runs make it together",
                "each run begins with a new thin layer, which has no report",
            ),
            Reason("0 B", "a container that has stopped keeps its thin layer"),
        ),
        happening=happening,
        measured=("listed", "the last report", "all thin layers together"),
        given=(Count(runs, "container"),),
        explanation="Each docker run makes a new container with a new, empty thin layer. The old containers are "
        "stopped, and stay until you remove them. To go on in the old container, type docker start with its name. With "
        "docker run --rm, Docker removes the container when its program ends.",
        docker="docker run shop sh -c 'head -c 1000000 /dev/zero >> /report'    # three times\ndocker ps --all --size",
        printed="IMAGE     SIZE                  STATE\nshop      1MB (virtual 320MB)   exited\n"
        "shop      1MB (virtual 320MB)   exited\nshop      1MB (virtual 320MB)   exited",
    )


def the_shop_with_orders_on_a_volume() -> tuple[Host, Container]:
    host = shop()
    web = host.run("shop", name="web", mounts={dirname(CATALOG): "orders"})
    web.write(f"{dirname(CATALOG)}/orders", b"42 orders")
    return host, web


@LESSON.exercise(
    "move-out",
    task="`web` runs on `shop` and has written the file `var/lib/shop/orders`. At `var/lib/shop` the volume `orders` "
    "is mounted. Return an image that shows this file, with the same content, under the same path. Keep `web`.",
    takes=("host", "web"),
    start=the_shop_with_orders_on_a_volume,
    right="The orders are in a layer now, because you wrote them where nothing is mounted.",
    hint="A commit saves the thin layer alone. So a container without the volume has to write this file first.",
    solution='job = host.run("shop", name="job")\n'
    'job.write("var/lib/shop/orders", web.read("var/lib/shop/orders"))\nreturn job.commit()',
    mistakes=(
        Mistake("26", "return web.commit()", "what is on a volume is in no image"),
        Mistake(
            "35",
            'host.remove("web", force=True)\nweb = host.run("shop", name="web")\nreturn web.commit()',
            "with the same name is another container",
        ),
        Mistake(
            "26",
            'web.write("orders", web.read("var/lib/shop/orders"))\nreturn web.commit()',
            "under another path: orders",
        ),
        Mistake("27a", 'return host.run("shop", name="job", mounts={"var/lib/shop": "orders"})', "Return an image"),
    ),
)
def judge_move_out(_host: Host, web: Container, made: object) -> str:
    wanted, orders = f"{dirname(CATALOG)}/orders", b"42 orders"
    if web.state == "removed":
        return "You removed web. A new container with the same name is another container, with a new thin layer."
    if not isinstance(made, Image):
        return "Return an image: the one that a container's commit() makes."
    view = made.view()
    if wanted in view:
        return "" if view[wanted].read() == orders else f"The image shows {wanted}, but with another content."
    others = [path for path, entry in view.items() if entry.kind == "file" and basename(path) == basename(wanted)]
    if others:
        return f"The image shows the orders under another path: {', '.join(others)}."
    return f"The image shows no {wanted}: what is on a volume is in no image that a commit makes."


@LESSON.exercise(
    "new-page",
    task="Start a container on `shop`. In `var/www/` it has to show the 1,000 files of the image. But the content of "
    "`index.html` has to be `Closed today.`, and its thin layer has to be 0 B. Return the container.",
    takes=("host",),
    start=lambda: (shop(),),
    right="The container wrote the page, but into the volume: Docker had filled this volume from the image.",
    hint="Mount something at `var/www` that Docker fills with the files of the image, and then write the page.",
    solution='job = host.run("shop", mounts={"var/www": "pages"})\n'
    'job.write("var/www/index.html", b"Closed today.")\nreturn job',
    mistakes=(
        Mistake(
            "27a",
            'folder = host.folder("/srv/site", {"index.html": b"Closed today."})\n'
            'return host.run("shop", mounts={"var/www": folder})',
            "a folder of the host hides the image's files",
        ),
        Mistake(
            "27b",
            'host.volume("pages").write("index.html", b"Closed today.")\n'
            'return host.run("shop", mounts={"var/www": "pages"})',
            "only an empty volume",
        ),
        Mistake(
            "22",
            'job = host.run("shop")\njob.write("var/www/index.html", b"Closed today.")\nreturn job',
            "thin layer contains 13 B",
        ),
    ),
)
def judge_new_page(host: Host, made: object) -> str:
    if not isinstance(made, Container) or made.name not in host.containers:
        return "Return the container that you started."
    if made.size_rw:
        return f"The thin layer contains {made.size_rw:,} B. Where could the container write the page instead?"
    shown = made.listdir(DIRECTORY) if DIRECTORY in made.view() else []
    if len(shown) < PAGES:
        mounted = next((each.kind for each in made.mounts if each.path == DIRECTORY), "")
        why = {
            "bind": "a folder of the host hides the image's files, and Docker copies nothing into it",
            "volume": "Docker fills only an empty volume",
            "tmpfs": "a tmpfs hides the image's files, and begins empty",
        }.get(mounted, "the other files of the image are missing")
        return f"{SITE} shows {counted(len(shown), 'file')}: {why}."
    return "" if "index.html" in shown and made.read(INDEX) == NEWS else "index.html has another content."
