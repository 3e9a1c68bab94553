"""Lesson 02: What does a container add?"""

from collections.abc import Callable
from random import Random

from layerlab.benches.example import CATALOG, CATALOG_SIZE, PAGE_SIZE, PAGES, SITE, shop
from layerlab.course.answer import Count
from layerlab.course.draws import Drawn, drawn, drawn_size, the_shop
from layerlab.course.exercise import Exercise, Mistake
from layerlab.course.question import Question, Reason, Recorded, Wrong
from layerlab.course.wrong import containers as wrong
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import File, HardLink
from layerlab.model.host import Host, HostError
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.words.sizes import size

BYTE = b"!"
DIRECTORY, INDEX = SITE.rstrip("/"), f"{SITE}index.html"
NEWS = b"Closed today."
ORDERS, ORDERS_SIZE = "var/lib/shop/orders.log", 1_000_000
ACTS = ("stop", "start", "stop", "remove")
CONTAINERS = ("web", "job", "mail")
IMAGE, THIN, VOLUME = "a layer of the image", "the thin layer of web", "a volume"
PLACES = (IMAGE, THIN, VOLUME)
LINKS, LINK_SIZE = ("srv/h1", "srv/h2"), 102_400
ENGINE = "Docker 20.10.24, overlay2"


# Who reads what a container writes?


def _other(there: Drawn, names: tuple[str, str, str], items: tuple[str, ...], situation: str = "") -> Question:
    writer, running, later = names

    def truth() -> frozenset[str]:
        host = there.host()
        host.run(there.name, name=writer).write(there.path, NEWS)
        for name in (running, later):
            host.run(there.name, name=name)
        return frozenset(name for name, each in host.containers.items() if each.read(there.path) == NEWS)

    return Question(
        id="02.other",
        situation=situation,
        prompt="Which of the three containers read the new text, and what becomes of the image?",
        act="pick",
        items=items,
        truth=truth,
        wrong=(
            Wrong("22", lambda: wrong.readers_of_a_changed_image(*names), "a container wrote into the image"),
            Wrong("22", lambda: wrong.readers_of_a_shared_layer(*names), "containers that run shared what they write"),
            Wrong(
                "22",
                lambda: wrong.readers_of_a_new_version(*names),
                "a write made a new version of the image, on which the next container starts",
            ),
        ),
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
        measured=("who reads the new text", "docker diff web (C: changed)", "docker diff job"),
        explanation="The layers are shared, but nobody can write to them. The new text lies in the thin layer of the "
        "container that wrote it, over the old one. The others look into their own thin layers, find nothing there, "
        "and read the old text from the image.",
        docker="docker exec web sh -c 'printf \"Closed today.\" > /var/www/index.html'\n"
        "docker run -d --name mail shop\n"
        'for c in web job mail; do echo "$c: $(docker exec $c grep -c Closed /var/www/index.html)"; done\n'
        "docker inspect --format '{{.Name}} {{.Image}}' web job mail",
        recorded=Recorded(
            ENGINE,
            "web: 1\njob: 0\nmail: 0\n"
            "/web sha256:e417ed87c461...\n/job sha256:e417ed87c461...\n/mail sha256:e417ed87c461...",
        ),
        like=_another_other,
    )


def _another_other(random: Random) -> Question:
    there = drawn(random)
    names = random.sample(("web", "job", "mail", "cron", "test", "api", "shell"), 3)
    writer, running, later = names
    situation = (
        f"<code>{writer}</code> and <code>{running}</code> run on the image <code>{there.name}</code>. "
        f"<code>{writer}</code> replaces <code>{there.path}</code>, a file of {size(there.size)} of the image, "
        f"with a new text. Then <code>{later}</code> starts on the same image."
    )
    return _other(there, (writer, running, later), tuple(random.sample(names, 3)), situation)


# What do the same bytes cost in two containers?


def _one_byte(there: Drawn, times: int, once: int, situation: str = "") -> Question:
    writes = times + once

    def truth() -> int:
        host = there.host()
        for name, count in (("web", times), ("job", once)):
            container = host.run(there.name, name=name)
            for _ in range(count):
                container.append(there.path, BYTE)
        return sum(container.size_rw for container in host.containers.values())

    return Question(
        id="02.one-byte",
        situation=situation,
        prompt="How much do the two thin layers hold together?",
        truth=truth,
        wrong=(
            Wrong("6", lambda: wrong.only_the_bytes_written(BYTE * writes), "files were changed in place"),
            Wrong(
                "22",
                lambda: wrong.one_copy_for_all(there.image, there.path, BYTE * writes),
                "the copy were shared, as layers are",
            ),
            Wrong(
                "6",
                lambda: wrong.a_copy_for_each_write(there.image, there.path, writes),
                "every write made a copy",
            ),
        ),
        measured=("both thin layers", "the thin layer of web", "the thin layer of job"),
        explanation="A layer cannot change, so a container's first byte makes the kernel copy the whole "
        "file up into its thin layer. Later bytes find that copy and cost one byte each. job cannot see web's copy "
        "and makes its own. The size of the file sets the price, not that of the change: keep databases in a volume.",
        docker="docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'    # three times; in job once\n"
        "docker ps --size",
        recorded=Recorded(ENGINE, "NAMES     SIZE\njob       20MB (virtual 339MB)\nweb       20MB (virtual 339MB)"),
        like=_another_byte,
    )


def _another_byte(random: Random) -> Question:
    there, times, once = drawn(random), random.randint(2, 6), random.randint(1, 5)
    situation = (
        f"Two containers run on the image <code>{there.name}</code>: <code>web</code> and <code>job</code>. Both "
        f"append to <code>{there.path}</code>, a file of {size(there.size)} of the image: <code>web</code> one byte "
        f"{_times(times)}, <code>job</code> one byte {_times(once)}."
    )
    return _one_byte(there, times, once, situation)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


# What does deleting leave, and what does it free?


def _rmtree(there: Drawn, layer: str, situation: str = "") -> Question:
    def truth() -> Count:
        job = there.host().run(there.name, name="job")
        job.rmtree(there.path)
        return _marks(job)

    return Question(
        id="02.rmtree",
        situation=situation,
        prompt="How many whiteouts does the thin layer of <code>job</code> hold then, and what does the host get back?",
        act="type",
        truth=truth,
        wrong=(
            Wrong("17", lambda: _whiteouts(wrong.no_marks()), "the files left the layer, and nothing had to be hidden"),
            Wrong(
                "17",
                lambda: _whiteouts(wrong.a_mark_for_each_file(there.image, there.path)),
                "each file had to be hidden by itself",
            ),
            Wrong(
                "17",
                lambda: _whiteouts(wrong.a_mark_for_each_name(there.image, there.path)),
                "each file had to be hidden by itself, and the directory too",
            ),
        ),
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
        recorded=Recorded(
            ENGINE,
            "C /var\nD /var/www\nNAMES     SIZE\njob       0B (virtual 319MB)\nweb       0B (virtual 319MB)\n1000",
        ),
        like=_another_rmtree,
    )


def _another_rmtree(random: Random) -> Question:
    there, count = _drawn_tree(random)
    situation = (
        f"Two containers run on the image <code>{there.name}</code>: <code>web</code> and <code>job</code>. "
        f"<code>job</code> removes <code>{there.path}</code>, a directory of the image's top layer: {count} files, "
        f"{size(there.size)} together."
    )
    return _rmtree(there, "the top layer", situation)


def _marks(container: Container) -> Count:
    return _whiteouts(sum(entry.kind == "whiteout" for entry in container.layer.entries.values()))


def _whiteouts(number: int) -> Count:
    return Count(number, "whiteout")


def _drawn_tree(random: Random) -> tuple[Drawn, int]:
    """Return an image with a directory of files in its top layer, and how many there are."""
    base, count, each = drawn(random), random.randint(8, 24), random.randint(2, 9) * 1_000
    folder = random.choice(("srv/site", "opt/docs", "usr/share/icons", "var/www"))
    files = {f"{folder}/{number:02}.html": filler(each) for number in range(count)}
    rest = {"etc/site.conf": filler(drawn_size(random, 50_000, 300_000))}
    return Drawn(base.name, base.image.with_layer(Layer.of(files | rest), "COPY site/ /"), folder, count * each), count


# When are a container's data lost?


def _stop(there: Drawn, written: int, acts: tuple[str, ...], situation: str = "") -> Question:
    def truth() -> tuple[int, ...]:
        host = there.host()
        host.run(there.name, name="web").write("orders.log", bytes(written))
        left = []
        for act in acts:
            getattr(host, act)("web")
            left.append(host.usage().total - host.usage().disk)
        return tuple(left)

    def lost_at(act: str) -> Callable[[], tuple[int, ...]]:
        return lambda: wrong.left_if_lost_at(act, written, acts)

    return Question(
        id="02.stop",
        situation=situation,
        prompt=f"How much of it is on the host after each of these: {', '.join(acts)}?",
        truth=truth,
        wrong=(
            Wrong("3", lost_at("stop"), "stopping a container threw its thin layer away"),
            Wrong("3", lost_at("start"), "each start began with a new thin layer"),
            Wrong("3", lost_at(""), "removing a container kept what it wrote, as a volume does"),
        ),
        measured=("after each",),
        explanation="Stopping ends the processes and leaves the thin layer where it is: you can start the container "
        "again, or make an image of it with docker commit. Only removing a container removes its thin layer, and then "
        "what it wrote is lost. A container that was started with docker run --rm is removed as soon as it stops.",
        docker="docker stop web\ndocker start web\ndocker stop web\ndocker rm web\n"
        "docker ps --all --size    # after each of them",
        recorded=Recorded(
            ENGINE,
            "NAMES     SIZE                  STATE\nweb       1MB (virtual 320MB)   exited\n"
            "NAMES     SIZE                  STATE\nweb       1MB (virtual 320MB)   running\n"
            "NAMES     SIZE                  STATE\nweb       1MB (virtual 320MB)   exited\n"
            "NAMES     SIZE      STATE",
        ),
        like=_another_stop,
    )


def _another_stop(random: Random) -> Question:
    there, written = drawn(random), drawn_size(random, 20_000, 900_000)
    acts = ("stop", "start") * random.randint(1, 2) + ("stop", "remove")
    situation = (
        f"A container <code>web</code> on the image <code>{there.name}</code> writes a new file of {size(written)}. "
        f"Then it is stopped and started again{' twice' if len(acts) > 4 else ''}, stopped and removed."
    )
    return _stop(there, written, acts, situation)


# What does a change of metadata cost?


def _chmod(
    there: Drawn, names: tuple[str, str, str], appended: str, written: int, items: tuple[str, ...], situation: str = ""
) -> Question:
    one, two, three = names
    view, layer = there.image.view(), wrong.layer_with(there.image, there.path)
    sizes = {one: view[there.path].size, two: view[appended].size, three: written}

    def truth() -> tuple[str, ...]:
        host = there.host()
        host.run(there.name, name=one).chmod(there.path, 0o600)
        host.run(there.name, name=two).append(appended, BYTE)
        host.run(there.name, name=three).write("upload-1", bytes(written))
        return tuple(sorted(host.containers, key=lambda name: host.containers[name].size_rw))

    return Question(
        id="02.chmod",
        situation=situation,
        prompt="Order the containers by what their thin layers hold, the least first.",
        act="order",
        items=items,
        truth=truth,
        wrong=(
            Wrong("5", lambda: wrong.order_if_modes_are_free(*names, sizes), "changing a mode cost nothing"),
            Wrong(
                "6",
                lambda: wrong.order_if_layers_are_copied(*names, layer.size, written),
                "the first change copied the whole layer that holds the file",
            ),
        ),
        measured=("least first", *(f"the thin layer of {name}" for name in names)),
        explanation="A file is copied up whole, its bytes and its mode together: there are no half copies. So a change "
        "of mode, owner or time costs the whole file, as a written byte does. A new file costs its own size.",
        docker="docker exec web chmod 600 /var/lib/shop/catalog.db\n"
        "docker exec job sh -c 'printf ! >> /var/www/index.html'\n"
        "docker exec mail sh -c 'head -c 1000000 /dev/zero > /upload-1'\ndocker ps --size",
        recorded=Recorded(
            ENGINE,
            "NAMES     SIZE\n"
            "mail      1MB (virtual 320MB)\njob       5kB (virtual 319MB)\nweb       20MB (virtual 339MB)",
        ),
        like=_another_chmod,
    )


def _another_chmod(random: Random) -> Question:
    there, written = drawn(random), drawn_size(random, 20_000, 400_000)
    appended = "usr/share/rest.bin"
    names = random.sample(("web", "job", "mail", "cron", "api"), 3)
    one, two, three = names
    situation = (
        f"Three containers run on the image <code>{there.name}</code>. <code>{one}</code> changes the mode of "
        f"<code>{there.path}</code> ({size(there.size)}). <code>{two}</code> appends one byte to "
        f"<code>{appended}</code> ({size(there.image.view()[appended].size)}). Both files came with the image. "
        f"<code>{three}</code> writes a new file of {size(written)}."
    )
    return _chmod(there, (one, two, three), appended, written, tuple(random.sample(names, 3)), situation)


# What does renaming a directory cost?


def _move(container: Container, old: str, new: str) -> None:
    """Move a directory of files as `mv` does where the kernel refuses to: copy every file, then delete the old ones."""
    container.mkdir(new)
    for name in container.listdir(old):
        container.write(f"{new}/{name}", container.read(f"{old}/{name}"))
    container.rmtree(old)


def _rename(there: Drawn, situation: str = "") -> Question:
    def truth() -> int:
        web = there.host().run(there.name, name="web")
        _move(web, there.path, f"{there.path}-2")
        return web.size_rw

    return Question(
        id="02.rename",
        situation=situation,
        prompt="How many bytes does the thin layer of <code>web</code> hold then?",
        act="type",
        truth=truth,
        wrong=(
            Wrong("18", wrong.only_a_name, "a new name for the directory were all that is needed"),
            Wrong(
                "18",
                lambda: wrong.the_layer_of_the_directory(there.image, there.path),
                "the whole layer of the directory were copied",
            ),
        ),
        measured=("the thin layer of web", "the rename was refused", "whiteouts"),
        explanation="The kernel refuses to rename a directory that lies in the image (the error is called EXDEV). So "
        "mv does it the long way: it copies every file to the new place and deletes the old directory, which leaves "
        "one whiteout. A new name for one file of the image costs the whole file, too.",
        docker="docker exec web mv /var/www /var/site\ndocker ps --size",
        recorded=Recorded(ENGINE, "NAMES     SIZE\nweb       5MB (virtual 324MB)"),
        like=_another_rename,
    )


def _another_rename(random: Random) -> Question:
    there, count = _drawn_tree(random)
    situation = (
        f"A container <code>web</code> runs <code>mv /{there.path} /{there.path}-2</code>. The directory lies in the "
        f"image's top layer and holds {count} files of {size(there.size // count)} each."
    )
    return _rename(there, situation)


# What becomes of a hard link?


def _linked(image: Image, names: tuple[str, str], length: int) -> Image:
    """Return an image with one more layer: a file of `length` bytes under two names."""
    one, other = names
    return image.with_layer(Layer.of({one: File(filler(length)), other: HardLink(one)}), "RUN ln h1 h2")


def _hard_link(there: Drawn, names: tuple[str, str], data: bytes, situation: str = "") -> Question:
    one, other = names

    def truth() -> Count:
        web = there.host().run(there.name, name="web")
        web.append(one, data)
        return _bytes(web.stat(other).size)

    return Question(
        id="02.hard-link",
        situation=situation,
        prompt=f"How long is <code>{other.rpartition('/')[2]}</code> in <code>web</code> then?",
        truth=truth,
        wrong=(
            Wrong("19", lambda: _bytes(wrong.a_name_without_a_file()), "copy-up took the file from its other name"),
            Wrong(
                "19",
                lambda: _bytes(wrong.one_file_under_two_names(there.image, one, data)),
                "both names still led to one file, as on an ordinary disk",
            ),
        ),
        measured=("under the other name", "under the name that was written to", "the thin layer of web"),
        given=(lambda: _bytes(there.size),),
        explanation="Copy-up copies the file for the one name that is written to. The other name still leads to the "
        "file in the layer, with its old content. What was one file for the image is two for the container.",
        docker="docker exec web sh -c 'printf ! >> /srv/h1'\ndocker exec web wc -c /srv/h1 /srv/h2",
        recorded=Recorded(ENGINE, "   102401 /srv/h1\n   102400 /srv/h2"),
        like=_another_link,
    )


def _another_link(random: Random) -> Question:
    base, length, data = drawn(random), drawn_size(random, 20_000, 300_000), BYTE * random.randint(1, 9)
    one, other = random.choice((("opt/a.bin", "opt/b.bin"), ("srv/new", "srv/old"), ("usr/bin/vi", "usr/bin/vim")))
    there = Drawn(base.name, _linked(base.image, (one, other), length), other, length)
    situation = (
        f"In the image <code>{there.name}</code>, <code>{one}</code> and <code>{other}</code> are hard links to one "
        f"file of {length:,} bytes. A container <code>web</code> appends {_bytes(len(data))} to <code>{one}</code>."
    )
    return _hard_link(there, (one, other), data, situation)


def _bytes(number: int) -> Count:
    return Count(number, "byte")


# Where does it belong?


def _place(there: Drawn, changes: bool, outlives: bool, situation: str = "") -> Question:
    def truth() -> str:
        if not changes:
            return IMAGE
        host = there.host()
        host.run(there.name, name="web").append(there.path, BYTE)
        host.remove("web", force=True)
        kept = host.run(there.name, name="web").stat(there.path).size > there.size
        return THIN if kept or not outlives else VOLUME

    true = truth()
    why = {
        IMAGE: Wrong("22", lambda: IMAGE, "nobody changed it while containers run"),
        THIN: Wrong("3", lambda: THIN, "it changed, and might go with its container"),
        VOLUME: Wrong("3", lambda: VOLUME, "it changed, and had to outlive its container"),
    }
    return Question(
        id="02.volume",
        situation=situation,
        prompt="Where does it belong?",
        act="point",
        items=PLACES,
        truth=truth,
        wrong=tuple(each for place, each in why.items() if place != true),
        measured=("what is left",),
        explanation="A volume is a directory of the host that the engine mounts over a path of the container. It is no "
        "part of any layer: nothing is copied up, and it stays when the container is removed. What nobody changes "
        "belongs in the image; what may be lost can stay in the thin layer.",
        docker="docker run -d --name web -v shop-data:/var/lib/shop shop    # a new volume begins as a copy\n"
        "docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'\ndocker ps --size\n"
        "docker rm -f web\ndocker run -d --name mail -v shop-data:/var/lib/shop shop\n"
        "docker exec mail wc -c /var/lib/shop/catalog.db",
        recorded=Recorded(ENGINE, "NAMES     SIZE\nweb       0B (virtual 319MB)\n20000001 /var/lib/shop/catalog.db"),
        like=_another_place,
    )


_NEEDS = (
    ("its fonts, {size}", "Every container reads them, and no container changes them.", False, False),
    ("its program, {size}", "It changes with a new version, never while it runs.", False, False),
    ("a cache of {size}", "The container fills it while it runs, and can always fill it anew.", True, False),
    ("half-done uploads, {size}", "Each is thrown away at the end of its request.", True, False),
    ("the orders of its customers, {size}", "They come in while it runs, and the next version needs them.", True, True),
    ("a search index of {size}", "It grows while it runs and took two days to build.", True, True),
)


def _another_place(random: Random) -> Question:
    there = drawn(random)
    what, need, changes, outlives = random.choice(_NEEDS)
    named = what.format(size=size(there.size))
    situation = f"A container <code>web</code> on the image <code>{there.name}</code> needs {named}. {need}"
    return _place(there, changes, outlives, situation)


# Can an image go while a container uses it?


def _in_use(there: Drawn, containers: int, situation: str = "") -> Question:
    def truth() -> str:
        host = there.host()
        for each in host.run(there.name, count=containers):
            host.stop(each.name)
        try:
            host.remove_image(there.name)
        except HostError:
            return "nothing, it is refused"
        return "the image goes"

    return Question(
        id="02.in-use",
        situation=situation,
        prompt="What goes, if someone removes the image now?",
        truth=truth,
        wrong=(
            Wrong("2a", wrong.the_image_goes, "a container held a copy of the image, and could do without the image"),
            Wrong("3", wrong.stopped_ones_go_too, "a stopped container were as good as removed"),
        ),
        measured=("what goes",),
        explanation="A container, a stopped one too, reads the layers of its image, and may be started again. So an "
        "image that any container uses cannot be removed. Remove the containers first.",
        docker="docker stop web\ndocker rmi shop",
        recorded=Recorded(
            ENGINE,
            'Error response from daemon: conflict: unable to remove repository reference "shop" (must force) - '
            "container 00337b1ba4e8 is using its referenced image e417ed87c461",
        ),
        like=_another_in_use,
    )


def _another_in_use(random: Random) -> Question:
    there, containers = drawn(random), random.randint(2, 9)
    situation = (
        f"{containers} containers stand on the image <code>{there.name}</code> of {size(there.image.size)}. None of "
        "them has written anything, and all of them are stopped."
    )
    return _in_use(there, containers, situation)


QUESTIONS = (
    _other(the_shop(INDEX, PAGE_SIZE), CONTAINERS, CONTAINERS),
    _one_byte(the_shop(), 3, 1),
    _rmtree(the_shop(DIRECTORY, PAGES * PAGE_SIZE), "layer 4"),
    _stop(the_shop(ORDERS, ORDERS_SIZE), ORDERS_SIZE, ACTS),
    _chmod(the_shop(), CONTAINERS, INDEX, ORDERS_SIZE, CONTAINERS),
    _rename(the_shop(DIRECTORY, PAGES * PAGE_SIZE)),
    _hard_link(Drawn("shop", _linked(shop().images["shop"], LINKS, LINK_SIZE), LINKS[1], LINK_SIZE), LINKS, BYTE),
    _place(the_shop(), changes=True, outlives=True),
    _in_use(the_shop(), 1),
)


# To make.


def _written() -> tuple[Host, Container]:
    """Return a host and its container `web`, which has appended one byte to the catalog."""
    host = shop()
    web = host.run("shop", name="web")
    web.append(CATALOG, BYTE)
    return host, web


def _empty(host: Host, web: Container, lost: object) -> str:
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
    named = {lost} if isinstance(lost, str) else set(lost) if isinstance(lost, set | list | tuple | frozenset) else {""}
    if named == missing:
        return ""
    if named < missing:
        return "It holds 0 B. But web has lost more than you say: try to read the image's files in it."
    return "It holds 0 B. But web can still read something that you call lost, or you name what the image never had."


def _empty_exercise() -> Exercise:
    return Exercise(
        id="02.empty",
        task="`web` has appended one byte to `var/lib/shop/catalog.db`. Bring its thin layer back to 0 B without "
        "removing `web`. Return a set: the paths of the image's files that `web` can no longer read.",
        takes=("host", "web"),
        start=_written,
        judge=_empty,
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


def _alone(job: Container, made: object) -> str:
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


def _alone_exercise() -> Exercise:
    keep = 'page = job.read("var/www/index.html")\njob.rmtree("var/www")\njob.mkdir("var/www")\n'
    return Exercise(
        id="02.alone",
        task="Let `job` show `index.html` alone in `var/www/`, with the image's content, and none of the pictures. Its "
        "thin layer may hold one mark at most. Return `job`.",
        takes=("job",),
        start=lambda: (shop().run("shop", name="job"),),
        judge=_alone,
        right="One file to see, and one mark: the directory that you made again is opaque, so nothing of the image's "
        "shows in it.",
        hint="Keep the page, delete the tree, make the directory again, and look what is in it.",
        solution=f'{keep}job.write("var/www/index.html", page)\nreturn job',
        mistakes=(
            Mistake(
                "17",
                'for name in job.listdir("var/www"):\n    if name != "index.html":\n'
                '        job.unlink(f"var/www/{name}")\nreturn job',
                "with 999 marks",
            ),
            Mistake("17", 'job.rmtree("var/www")\nreturn job', "went with the rest"),
            Mistake("16", 'job.rmtree("var/www")\njob.mkdir("var/www")\nreturn job', "shows 0 files"),
            Mistake("17", f'{keep}job.write("var/www/index.html", b"")\nreturn job', "another content"),
            Mistake("18", 'job.rename("var/www", "var/old")\njob.mkdir("var/www")\nreturn job', "OSError"),
        ),
    )


def _dear(web: Container, made: object) -> str:
    wanted = PAGE_SIZE + len(BYTE)
    if made is not web:
        return "Return web, so that it can be looked at."
    if any(line.startswith("A ") for line in web.diff()):
        return f"You made a new file: it costs what it holds. The thin layer has {web.size_rw:,} B."
    if web.size_rw > wanted:
        return f"The thin layer holds {web.size_rw:,} B: that file is too long, or you wrote more than one byte."
    return "" if web.size_rw == wanted else f"The thin layer holds {web.size_rw:,} B, not {wanted:,} B."


def _dear_exercise() -> Exercise:
    return Exercise(
        id="02.dear",
        task="Write one byte in `web`, to a file of the image, so that its thin layer holds 5,001 B afterwards. "
        "Return `web`.",
        takes=("web",),
        start=lambda: (shop().run("shop", name="web"),),
        judge=_dear,
        right="One byte, and 5,001 B: the price is the file's size, so you chose the price when you chose the file.",
        hint="Look for files of the image that have 5,000 bytes.",
        solution='web.append("var/www/index.html", b"!")\nreturn web',
        mistakes=(
            Mistake("6", 'web.write("var/www/new.html", bytes(5_001))\nreturn web', "You made a new file"),
            Mistake("6", 'web.append("var/www/index.html", bytes(5_001))\nreturn web', "holds 10,001 B"),
            Mistake("5", 'web.chmod("var/www/index.html", 0o600)\nreturn web', "holds 5,000 B"),
        ),
    )


def _relink(web: Container, made: object) -> str:
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


def _relink_exercise() -> Exercise:
    return Exercise(
        id="02.relink",
        task="In the image, `srv/h1` and `srv/h2` are two names of one file of 102,400 B. Let both names show one byte "
        "more in `web`, and the thin layer hold 102,401 B: the file once. Return `web`.",
        takes=("web",),
        start=lambda: (_linked_host().run("shop", name="web"),),
        judge=_relink,
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


def _linked_host() -> Host:
    host = shop()
    host.add(_linked(host.images["shop"], LINKS, LINK_SIZE), "shop")
    return host


EXERCISES = (_empty_exercise(), _alone_exercise(), _dear_exercise(), _relink_exercise())
