"""Lesson 02: What does a container add?"""

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
        f"<code>{writer}</code> replaces <code>{there.path}</code>, a file of {size(there.size)} of the image, "
        f"with a new text. Then <code>{later}</code> starts on the same image."
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
        prompt="Which of the three containers read the new text?",
        act="pick",
        items=items,
        truth=frozenset(name for name, each in containers if each.read(there.path) == NEWS),
        wrong=(
            Wrong("22", frozenset(names), "a container wrote into the image"),
            Wrong("22", frozenset({writer, running}), "containers that run shared what they write"),
            Wrong(
                "22",
                frozenset({writer, later}),
                "a write made a new version of the image, on which the next container starts",
            ),
        ),
        second="And what happens to the image?",
        because=(
            Reason("the image stays as it is, and so does its id"),
            Reason(
                "the image takes the new text, and keeps its id",
                "an id stands for one content, so with another text it would be another image",
            ),
            Reason(
                "the image gets a new version, with an id of its own",
                "a running container makes no image, only a build or a commit does",
            ),
        ),
        happening=happening,
        measured=("who reads the new text", "docker diff web (C: changed)", "docker diff job"),
        explanation="The layers are shared, but nobody can write to them. The new text lies in the thin layer of the "
        "container that wrote it, over the old one. The others look into their own thin layers, find nothing there, "
        "and read the old text from the image.",
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
        f"Two containers run on the image <code>{there.name}</code>: <code>web</code> and <code>job</code>. Both "
        f"append to <code>{there.path}</code>, a file of {size(there.size)} of the image: <code>web</code> one byte "
        f"{times(of_web)}, <code>job</code> one byte {times(of_job)}."
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
        prompt="How much do the two thin layers hold together?",
        truth=sum(container.size_rw for container in happening.after.containers.values()),
        wrong=(
            Wrong("6", writes, "files were changed in place"),
            Wrong("22", there.size + writes, "the copy were shared, as layers are"),
            Wrong("6", writes * (there.size + len(BYTE)), "every write made a copy"),
        ),
        happening=happening,
        measured=("both thin layers", "the thin layer of web", "the thin layer of job"),
        explanation="A layer cannot change, so a container's first byte makes the kernel copy the whole "
        "file up into its thin layer. Later bytes find that copy and cost one byte each. job cannot see web's copy "
        "and makes its own. The size of the file sets the price, not that of the change: keep databases in a volume.",
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
        f"<code>job</code> removes <code>{there.path}</code>, a directory of the image's top layer: {count} files, "
        f"{size(there.size)} together."
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
        prompt="How many whiteouts does the thin layer of <code>job</code> hold then?",
        act="type",
        truth=Count(marks, "whiteout"),
        wrong=(
            Wrong("17", Count(0, "whiteout"), "the files left the layer, and nothing had to be hidden"),
            Wrong("17", Count(files, "whiteout"), "each file had to be hidden by itself"),
            Wrong("17", Count(files + 1, "whiteout"), "each file had to be hidden by itself, and the directory too"),
        ),
        second="And what does the host get back?",
        because=(
            Reason(f"{layer} keeps its files, so the host gets nothing back"),
            Reason(
                f"the files leave {layer}, so the host gets their bytes back",
                "web, on the same layers, still reads every one of them",
            ),
            Reason(
                "the copies of job go, so the host gets their bytes back",
                "job never wrote to these files, so it had no copies",
            ),
        ),
        happening=happening,
        measured=(
            "in the thin layer of job",
            "given back to the host",
            "docker diff job (C: changed, D: deleted)",
            "web still lists",
        ),
        explanation="A container cannot take anything out of a layer. It can only hide it, and one whiteout on a "
        "directory hides all that lies below. The whiteout lies in job's thin layer, so only job misses the files. "
        "The host gets back only what a container itself wrote: here nothing.",
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
        f"Then it is stopped and started again{' twice' if len(acts) > 4 else ''}, stopped and removed."
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
        prompt=f"How much of it is on the host after each of these: {', '.join(acts)}?",
        truth=tuple(left),
        wrong=(
            Wrong("3", lost_at_the_first("stop"), "stopping a container threw its thin layer away"),
            Wrong("3", lost_at_the_first("start"), "each start began with a new thin layer"),
            Wrong("3", (written,) * len(acts), "removing a container kept what it wrote, as a volume does"),
        ),
        happening=happening,
        measured=("after each",),
        explanation="Stopping ends the processes and leaves the thin layer where it is: you can start the container "
        "again, or make an image of it with docker commit. Only removing a container removes its thin layer, and then "
        "what it wrote is lost. A container that was started with docker run --rm is removed as soon as it stops.",
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
        f"<code>{there.path}</code> ({size(there.size)}). <code>{two}</code> appends one byte to "
        f"<code>{appended}</code> ({size(there.image.view()[appended].size)}). Both files came with the image. "
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
        prompt="Order the containers by what their thin layers hold, the least first.",
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
                "the first change copied the whole layer that holds the file",
            ),
        ),
        happening=happening,
        measured=("least first", *(f"the thin layer of {name}" for name in names)),
        explanation="A file is copied up whole, its bytes and its mode together: there are no half copies. So a change "
        "of mode, owner or time costs the whole file, as a written byte does. A new file costs its own size.",
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
        f"A container <code>web</code> runs <code>mv /{there.path} /{there.path}-2</code>. The directory lies in the "
        f"image's top layer and holds {count} files of {size(there.size // count)} each."
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
        prompt="How many bytes does the thin layer of <code>web</code> hold then?",
        act="type",
        truth=happening.after.containers["web"].size_rw,
        wrong=(
            Wrong("18", 0, "a new name for the directory were all that is needed"),
            Wrong("18", layer_with(there.image, there.path).size, "the whole layer of the directory were copied"),
        ),
        happening=happening,
        measured=("the thin layer of web",),
        explanation="The kernel refuses to rename a directory that lies in the image (the error is called EXDEV). So "
        "mv does it the long way: it copies every file to the new place and deletes the old directory, which leaves "
        "one whiteout. A new name for one file of the image costs the whole file, too.",
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
        f"In the image <code>{there.name}</code>, <code>{one}</code> and <code>{other}</code> are hard links to one "
        f"file of {length:,} bytes. A container <code>web</code> appends {Count(len(data), 'byte')} to "
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
            Wrong("19", Count(0, "byte"), "copy-up took the file from its other name"),
            Wrong(
                "19",
                Count(there.size + len(data), "byte"),
                "both names still led to one file, as on an ordinary disk",
            ),
        ),
        happening=happening,
        measured=("under the other name", "under the name that was written to", "the thin layer of web"),
        given=(Count(there.size, "byte"),),
        explanation="Copy-up copies the file for the one name that is written to. The other name still leads to the "
        "file in the layer, with its old content. What was one file for the image is two for the container.",
        docker="docker exec web sh -c 'printf ! >> /srv/h1'\ndocker exec web wc -c /srv/h1 /srv/h2",
        printed="   102401 /srv/h1\n   102400 /srv/h2",
    )


# Where does it belong?

IMAGE, THIN, VOLUME = "a layer of the image", "the thin layer of web", "a volume"
# What a container needs, why, whether it changes while the container runs, and whether it has to outlive it.
NEEDS = (
    ("its fonts, {size}", "Every container reads them, and no container changes them.", False, False),
    ("its program, {size}", "It changes with a new version, never while it runs.", False, False),
    ("a cache of {size}", "The container fills it while it runs, and can always fill it anew.", True, False),
    ("half-done uploads, {size}", "Each is thrown away at the end of its request.", True, False),
    ("the orders of its customers, {size}", "They come in while it runs, and the next version needs them.", True, True),
    ("a search index of {size}", "It grows while it runs and took two days to build.", True, True),
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
        Wrong("22", IMAGE, "nobody changed it while containers run"),
        Wrong("3", THIN, "it changed, and might go with its container"),
        Wrong("3", VOLUME, "it changed, and had to outlive its container"),
    )
    return Question(
        prompt="Where does it belong?",
        act="point",
        items=(IMAGE, THIN, VOLUME),
        truth=truth,
        wrong=tuple(place for place in places if place.value != truth),
        happening=Happening(lambda: there.running("web"), file=there.path if (changes and outlives) else ""),
        measured=("what is left",),
        explanation="A volume is a directory of the host that the engine mounts over a path of the container. It is no "
        "part of any layer: nothing is copied up, and it stays when the container is removed. What nobody changes "
        "belongs in the image; what may be lost can stay in the thin layer.",
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
        f"{containers} containers stand on the image <code>{there.name}</code> of {size(there.image.size)}. None of "
        "them has written anything, and all of them are stopped."
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
        return "nothing, it is refused"
    return "the image goes"


@LESSON.question("in-use", lambda: (the_shop(), 1), draw_in_use)
def remove_an_image_in_use(there: Topic, containers: int) -> Question:
    return Question(
        prompt="What goes, if someone removes the image now?",
        truth=what_goes(there, containers),
        wrong=(
            Wrong(
                "2a",
                "the image goes, and the containers stay",
                "a container held a copy of the image, and could do without the image",
            ),
            Wrong("3", "the image goes, and the containers with it", "a stopped container were as good as removed"),
        ),
        happening=Happening(lambda: with_stopped_containers(there, containers)),
        measured=("what goes",),
        explanation="A container, a stopped one too, reads the layers of its image, and may be started again. So an "
        'image that any container uses is not removed. Remove the containers first. ("Must force": docker rmi --force '
        "takes the name off, the layers stay, and the container still starts.)",
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
    task="`web` has appended one byte to `var/lib/shop/catalog.db`. Bring its thin layer back to 0 B without "
    "removing `web`. Return a set: the paths of the image's files that `web` can no longer read.",
    takes=("host", "web"),
    start=a_container_that_wrote_a_byte,
    right="0 B again. But web has lost its byte and the catalog: a whiteout or an empty file hides the image's. "
    "Only a new container sees that one.",
    hint="All the bytes are those of one file, the copy of catalog.db. Take it away, and look what web then shows.",
    solution='web.unlink("var/lib/shop/catalog.db")\nreturn {"var/lib/shop/catalog.db"}',
    mistakes=(
        Mistake("6", 'web.truncate("var/lib/shop/catalog.db", 20_000_000)\nreturn set()', "a copy is kept whole"),
        Mistake("3", 'host.stop("web")\nhost.start("web")\nreturn set()', "leaves a thin layer as it is"),
        Mistake("17", 'web.unlink("var/lib/shop/catalog.db")\nreturn set()', "has lost more than you say"),
        Mistake("3", 'host.remove("web", force=True)\nreturn set()', "you wanted to keep it"),
        Mistake(
            "22",
            'job = host.run("shop", name="job")\njob.unlink("var/lib/shop/catalog.db")\n'
            'return {"var/lib/shop/catalog.db"}',
            "what job does stays in a thin layer of its own",
        ),
    ),
)
def judge_empty(host: Host, web: Container, lost: object) -> str:
    if web.state == "removed":
        return "web is gone, and you wanted to keep it. What in its thin layer has bytes, and how do you take it away?"
    if web.size_rw == CATALOG_SIZE + len(BYTE):
        if others := [name for name in host.containers if name != web.name]:
            return f"The thin layer of web is as it was: what {others[0]} does stays in a thin layer of its own."
        return f"The thin layer still holds {web.size_rw:,} B: what you did leaves a thin layer as it is."
    if web.size_rw:
        return f"The thin layer still holds {size(web.size_rw)}: a copy is kept whole, whatever you write into it."
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
        return "It holds 0 B. But web has lost more than you say: try to read the image's files in it."
    return "It holds 0 B. But web can still read something that you call lost, or you name what the image never had."


KEEP_THE_PAGE = 'page = job.read("var/www/index.html")\njob.rmtree("var/www")\njob.mkdir("var/www")\n'


@LESSON.exercise(
    "alone",
    task="Let `job` show `index.html` alone in `var/www/`, with the image's content, and none of the pictures. Its "
    "thin layer may hold one mark at most. Return `job`.",
    takes=("job",),
    start=lambda: (shop().run("shop", name="job"),),
    right="One file to see, and one mark: the directory that you made again is opaque, so nothing of the image's "
    "shows in it.",
    hint="Keep the page, delete the tree, make the directory again, and look what is in it.",
    solution=f'{KEEP_THE_PAGE}job.write("var/www/index.html", page)\nreturn job',
    mistakes=(
        Mistake(
            "17",
            'for name in job.listdir("var/www"):\n    if name != "index.html":\n'
            '        job.unlink(f"var/www/{name}")\nreturn job',
            "with 999 marks",
        ),
        Mistake("17", 'job.rmtree("var/www")\nreturn job', "went with the rest"),
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
        return f"job has no {SITE} any more: index.html went with the rest."
    there = job.listdir(DIRECTORY)
    marks = sum(entry.kind in ("whiteout", "opaque") for entry in job.layer.entries.values())
    if "index.html" not in there:
        return f"{SITE} is there and shows {len(there)} files: nothing of the image's is in it. Where is index.html?"
    if view[INDEX].digest != job.image.view()[INDEX].digest:
        return "index.html has another content than the image's."
    if len(there) > 1:
        return f"{SITE} still shows {len(there):,} files."
    return f"It shows the right file, but with {marks} marks. One is enough." if marks > 1 else ""


@LESSON.exercise(
    "dear",
    task="Write one byte in `web`, to a file of the image, so that its thin layer holds 5,001 B afterwards. "
    "Return `web`.",
    takes=("web",),
    start=lambda: (shop().run("shop", name="web"),),
    right="One byte, and 5,001 B: the price is the file's size, so you chose the price when you chose the file.",
    hint="Look for files of the image that have 5,000 bytes.",
    solution='web.append("var/www/index.html", b"!")\nreturn web',
    mistakes=(
        Mistake("6", 'web.write("var/www/new.html", bytes(5_001))\nreturn web', "You made a new file"),
        Mistake("6", 'web.append("var/www/index.html", bytes(5_001))\nreturn web', "holds 10,001 B"),
        Mistake("5", 'web.chmod("var/www/index.html", 0o600)\nreturn web', "holds 5,000 B"),
    ),
)
def judge_dear(web: Container, made: object) -> str:
    wanted = PAGE_SIZE + len(BYTE)
    if made is not web:
        return "Return web, so that it can be looked at."
    if any(line.startswith("A ") for line in web.diff()):
        return f"You made a new file: it costs what it holds. The thin layer has {web.size_rw:,} B."
    if web.size_rw > wanted:
        return f"The thin layer holds {web.size_rw:,} B: that file is too long, or you wrote more than one byte."
    return "" if web.size_rw == wanted else f"The thin layer holds {web.size_rw:,} B, not {wanted:,} B."


@LESSON.exercise(
    "relink",
    task="In the image, `srv/h1` and `srv/h2` are two names of one file of 102,400 B. Let both names show one byte "
    "more in `web`, and the thin layer hold 102,401 B: the file once. Return `web`.",
    takes=("web",),
    start=lambda: (the_shop_with_hard_links().host().run("shop", name="web"),),
    right="Two names of one file again: both lead to the copy in the thin layer.",
    hint="A write through one name copies the file up for that name alone. Take the other name away, and give "
    "it to the copy: `web.link(old, new)`.",
    solution='web.append("srv/h1", b"!")\nweb.unlink("srv/h2")\nweb.link("srv/h1", "srv/h2")\nreturn web',
    mistakes=(
        Mistake("19", 'web.append("srv/h1", b"!")\nreturn web', "h2 still leads to the image's file"),
        Mistake("19", 'web.unlink("srv/h2")\nweb.append("srv/h1", b"!")\nreturn web', "has no srv/h2"),
        Mistake(
            "6", 'web.append("srv/h1", b"!")\nweb.append("srv/h2", b"!")\nreturn web', "thin layer holds 204,802 B"
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
            return f"{name} still leads to the image's file of {LINK_SIZE:,} B."
        if view[name].size != wanted:
            return f"{name} has {view[name].size:,} B, not {wanted:,} B."
    return "" if web.size_rw == wanted else f"Both names show a byte more, but the thin layer holds {web.size_rw:,} B."
