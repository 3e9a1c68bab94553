"""Lesson 03: Who pays for shared layers?"""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, NamedTuple

from layerlab.benches.example import CATALOG, CATALOG_SIZE, PAGE_SIZE, PAGES, shop
from layerlab.course.answer import Count
from layerlab.course.draws import NAMES, Topic, drawn, drawn_size, the_shop, up_to, with_the_same_images
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.model.accounting import ImageUsage, Usage
from layerlab.model.content import filler
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer
from layerlab.model.mounts import Tmpfs
from layerlab.words.sizes import Bytes, size

LESSON = Lesson("03")
THREE = ("coreos/apache", "shop", "blog")
TWINS = ("shop:1", "shop:2")
SITE_SIZE = CATALOG_SIZE + PAGES * PAGE_SIZE
BYTE = b"!"


def one_by_one(usage: Usage, names: Iterable[str]) -> int:
    """Return what images give back if each is removed alone, while all the others are there."""
    return sum(usage.reclaim({name}) for name in names)


def whole_sizes(usage: Usage, names: Iterable[str]) -> int:
    return sum(usage.images[name].size for name in names)


def fair_shares(usage: Usage, names: Iterable[str]) -> int:
    return round(sum(usage.images[name].fair for name in names))


def images_in_use(usage: Usage) -> list[ImageUsage]:
    """Return the rows of the images that a container uses, stopped ones too."""
    used = {row.image for row in usage.containers.values()}
    return [row for row in usage.images.values() if row.id in used]


def called_reclaimable(usage: Usage) -> int:
    """Return what `docker system df` calls reclaimable: all but the unique bytes of images in use."""
    return usage.disk - sum(row.unique for row in images_in_use(usage))


# Core.


def draw_sum(random: Random) -> tuple[str, Topic, int, int]:
    there, containers = drawn(random), random.randint(4, 40)
    writing = random.randint(1, containers - 2)
    situation = (
        f"{containers} containers run on <code>{there.name}</code>, an image of {size(there.image.size)}. "
        f"<code>{there.path}</code> is a file of the image, {size(there.size)}. {writing} of the containers added one "
        f"byte to it, and all others wrote nothing. So {writing} lines of <code>docker ps -s</code> say "
        f"<code>{size(there.size)} (virtual {size(there.image.size + there.size)})</code>. The other lines say "
        f"<code>0 B (virtual {size(there.image.size)})</code>."
    )
    return situation, there, containers, writing


@LESSON.question("sum", lambda: (the_shop(), 10, 3), draw_sum)
def add_up_containers(there: Topic, containers: int, writing: int) -> Question:

    def start() -> Host:
        host = there.host()
        host.run(there.name, count=containers)
        return host

    def act(host: Host) -> None:
        for container in list(host.containers.values())[:writing]:
            container.append(there.path, BYTE)

    happening = Happening(start, act, there.path)
    usage = happening.after.usage()
    rows = usage.containers.values()
    return Question(
        prompt="How much disk space do the image and all its containers use together?",
        act="type",
        truth=usage.total,
        wrong=(
            Wrong("2b", sum(row.virtual_size for row in rows), "each container had an image of its own"),
            Wrong("2b", sum(row.size_rw for row in rows), "the layers of the image used no space"),
            Wrong(
                "2b",
                usage.disk + containers * max(row.size_rw for row in rows),
                f"each of the {containers} containers had a copy of the file: {size(usage.disk)} and "
                f"{containers} times {size(max(row.size_rw for row in rows))}",
            ),
        ),
        because=(
            Reason("you may add the numbers before the bracket, and then the image once"),
            Reason(
                "you may add the virtual sizes: each is all that one container uses",
                wrong="each virtual size counts the same image again",
            ),
            Reason(
                "you may add the numbers before the bracket, and nothing else uses space",
                wrong="the layers of the image are on the disk too, once",
            ),
            Reason(
                "all containers share everything, so you may add neither number",
                wrong="a thin layer belongs to one container alone, so you may add thin layers",
            ),
        ),
        happening=happening,
        measured=("on the host",),
        explanation="The number before the bracket is the thin layer. A thin layer belongs to one container, so you "
        "may add "
        "these numbers. The virtual size is the thin layer and the whole image. So every line counts the same image "
        "again. Add the thin layers, and then the image once. Stopped containers count too: list them with -a.",
        docker="docker ps -s\ndocker system df",
        printed="TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          1         1         319.4MB   0B (0%)\n"
        "Containers      10        10        60MB      0B (0%)",
    )


SIZE, UNIQUE, FAIR, NONE = "SIZE", "UNIQUE SIZE", "fair share", "none of them"
COLUMNS = (SIZE, UNIQUE, FAIR)


def adding_up(usage: Usage, total: Bytes, columns: Iterable[str] = COLUMNS) -> str:
    """Return which of the columns adds up to so many bytes, "none of them" where none does.

    >>> usage = shop("coreos/apache", "shop", "blog").usage()
    >>> adding_up(usage, 35_000_000), adding_up(usage, 1)
    ('UNIQUE SIZE', 'none of them')
    """
    rows = list(usage.images.values())
    sums: dict[str, Bytes] = {
        SIZE: sum(row.size for row in rows),
        UNIQUE: sum(row.unique for row in rows),
        FAIR: sum(row.fair for row in rows),
    }
    return next((column for column in columns if sums[column] == total), NONE)


def each_on_a_host_of_its_own(host: Host) -> int:
    taken = 0
    for name, image in host.images.items():
        alone = Host()
        alone.add(image, name)
        taken += alone.usage().disk
    return taken


class Total(NamedTuple):
    """A total that one of the columns adds up to: how it is asked for, and when it would be the right one elsewhere."""

    prompt: str
    of: Callable[[Host], int]
    right_if: str


DISK = Total(
    "Which column adds up to the space on the disk?",
    lambda host: host.usage().disk,
    "all images were on one host, where each layer is stored once",
)
APART = Total(
    "You copy each image to a new host of its own. Which column adds up to what the new hosts store?",
    each_on_a_host_of_its_own,
    "each image were alone on a host of its own",
)
ALONE = Total(
    "You remove one image, note how much is freed, and load it again. You do this with each image. Which column adds "
    "up to the sum of your notes?",
    lambda host: one_by_one(host.usage(), host.images),
    "the question were how much is freed when each image is removed alone",
)


def draw_images_on_one_base(random: Random) -> Host:
    """Return a host with a base and two or three images on it, each with a layer of its own."""
    base = scratch.with_layer(
        Layer.of({"lib/base.so": filler(drawn_size(random, 400_000, 1_500_000))}), "ADD rootfs.tar /"
    )
    names, host = random.sample(NAMES, random.randint(3, 4)), Host()
    host.add(base, names[0])
    for seed, name in enumerate(names[1:]):
        own = Layer.of({"srv/own.bin": filler(drawn_size(random, 50_000, 500_000), seed)})
        host.add(base.with_layer(own, f"COPY {name}/ /"), name)
    return host


def draw_column(random: Random) -> tuple[str, Host, Total]:
    host, asked = draw_images_on_one_base(random), random.choice((DISK, APART, ALONE))
    usage = host.usage()
    rows = [
        f"<code>{name}</code> has SIZE {size(row.size)} and UNIQUE SIZE {size(row.unique)}."
        for name, row in usage.images.items()
    ]
    lost = f" They use {size(usage.disk)} of the disk." if asked is DISK else ""
    situation = (
        f"A host has {len(rows)} images. {' '.join(rows)}{lost} For the fair share, the size of each layer is divided "
        f"by "
        "the number of images that use it."
    )
    return situation, host, asked


@LESSON.question("column", lambda: (shop(*THREE), DISK), draw_column)
def which_column_adds_up(host: Host, asked: Total) -> Question:
    usage, total = host.usage(), asked.of(host)
    wrong = [
        Wrong("2d", adding_up(usage, other.of(host)), other.right_if)
        for other in (APART, ALONE, DISK)
        if other is not asked
    ]
    if asked is DISK:
        printed = adding_up(usage, total, (SIZE, UNIQUE))
        wrong.append(Wrong("2d", printed, "only the two columns of Docker counted"))
    return Question(
        prompt=asked.prompt,
        act="point",
        items=(*COLUMNS, NONE),
        truth=adding_up(usage, total),
        wrong=tuple(wrong),
        happening=Happening(lambda: host),
        measured=("the column that adds up", "SIZE in all", "UNIQUE SIZE in all", "fair shares in all"),
        explanation="SIZE counts a shared layer again for each image that uses it. UNIQUE SIZE leaves shared layers "
        "out. If no container and no build cache uses the image, removing this image alone frees its UNIQUE SIZE. Fair "
        "shares count every layer exactly once, in parts. So they add up to the space on the disk.",
        docker="docker image ls\ndocker system df -v",
        printed="$ docker image ls\n"
        "REPOSITORY      SIZE\n"
        "coreos/apache   294MB\n"
        "shop            319MB\n"
        "blog            304MB\n"
        "$ docker system df -v\n"
        "REPOSITORY      SIZE      SHARED SIZE   UNIQUE SIZE\n"
        "coreos/apache   294MB     294.4MB       0B\n"
        "shop            319MB     294.4MB       25MB\n"
        "blog            304MB     294.4MB       10MB\n"
        "$ docker system df\n"
        "TYPE            TOTAL     SIZE\n"
        "Images          3         329.4MB",
    )


def draw_set(random: Random) -> tuple[str, Host, tuple[str, ...], int]:
    there, host = drawn(random), Host()
    count = random.randint(2, 4)
    names = tuple(f"{there.name}:{number}" for number in range(1, count + 1))
    for number, name in enumerate(names, start=1):
        host.add(there.image.with_config(env={"BUILD": str(number)}), name)
    stays = random.choice((0, *range(1, len(there.image.layers) - 1)))
    staying = ""
    if stays:
        host.add(up_to(there.image, stays - 1), "base")
        lowest = "the lowest layer" if stays == 1 else f"the lowest {stays} layers"
        staying = f" Another image, <code>base</code>, uses {lowest}. You keep it."
    layers = ", ".join(size(layer.size) for layer in there.image.layers)
    situation = (
        f"{', '.join(f'<code>{name}</code>' for name in names)} have the same {len(there.image.layers)} layers "
        f"({layers}, from the bottom up). Each image has an <code>ENV</code> line of its own.{staying} No container "
        f"uses these images. You remove {'both' if count == 2 else f'all {count}'}."
    )
    return situation, host, names, len(there.image.layers) - 1


@LESSON.question("set", lambda: (shop(*TWINS), TWINS, 4), draw_set)
def what_twins_give_back_together(host: Host, going: tuple[str, ...], height: int) -> Question:
    """Ask what twins give back together; `height` is where the layers of another image would end."""
    usage, image = host.usage(), host.images[going[0]]
    freed, ids = usage.reclaim(set(going)), {host.images[name].id for name in going}
    own = " + ".join(size(layer.size) for layer in usage.layers.values() if layer.size and ids.issuperset(layer.users))
    kept = "".join(
        f" The image {name} keeps {size(row.size)}." for name, row in usage.images.items() if name not in going
    )

    def act(host: Host) -> None:
        for name in going:
            host.remove_image(name)

    return Question(
        prompt="How much disk space is freed?",
        truth=freed,
        wrong=(
            Wrong("2c", one_by_one(usage, going), "a set freed no more than its images one by one"),
            Wrong(
                "2c",
                sum(layer.size for layer in image.layers[height:]),
                "another image used all layers below the top layer",
            ),
            Wrong("2c", whole_sizes(usage, going), "each image had its own copy of its layers"),
        ),
        happening=Happening(lambda: with_the_same_images(host), act),
        measured=(
            *(f"removed alone, {name} frees" for name in going),
            "all of them together" if going[2:] else "both together",
        ),
        answer=len(going),
        given=(image.size,),
        explanation=f"When only {going[-1]} is left, it alone uses {own}. So its UNIQUE SIZE becomes "
        f"{size(freed)}.{kept} A set can free more than the sum of its parts. A layer is removed when no "
        "image and no container uses it (a build cache can keep it too).",
        docker="docker system df -v\ndocker rmi shop:1\ndocker rmi shop:2",
        printed="$ docker system df -v\n"
        "REPOSITORY   TAG       SIZE      SHARED SIZE   UNIQUE SIZE\n"
        "shop         1         319MB     319.4MB       0B\n"
        "shop         2         319MB     319.4MB       0B\n"
        "$ docker rmi shop:1; docker system df\n"
        "TYPE            TOTAL     SIZE\n"
        "Images          1         319.4MB\n"
        "$ docker rmi shop:2; docker system df\n"
        "TYPE            TOTAL     SIZE\n"
        "Images          0         0B",
    )


# More.


class InUse(NamedTuple):
    """A host, one image on it, and a stopped container that uses the image."""

    host: Host
    image: str
    container: str


def with_a_stopped_container(host: Host, image: str) -> InUse:
    host.run(image, name="old")
    host.stop("old")
    return InUse(host, image, "old")


def draw_in_use(random: Random) -> tuple[str, InUse]:
    host = draw_images_on_one_base(random)
    there = with_a_stopped_container(host, random.choice(list(host.images)[1:]))
    row = host.usage().images[there.image]
    situation = (
        f"<code>{there.image}</code> is {size(row.size)}; its UNIQUE SIZE is {size(row.unique)}. Its only container, "
        f"<code>{there.container}</code>, is stopped and wrote nothing."
    )
    return situation, there


@LESSON.question("in-use", lambda: (with_a_stopped_container(shop(*THREE), "blog"),), draw_in_use)
def remove_an_image_in_use(there: InUse) -> Question:
    usage, name = there.host.usage(), there.image
    return Question(
        prompt=f"You type <code>docker rmi {name}</code>. How much disk space is freed?",
        truth=usage.reclaim({name}),
        wrong=(
            Wrong("2d", usage.images[name].unique, "only images used layers, and containers did not"),
            Wrong("2d", fair_shares(usage, [name]), "removing an image freed its fair share"),
            Wrong("2d", whole_sizes(usage, [name]), "no other image and no container used its layers"),
        ),
        happening=Happening(lambda: there.host),
        measured=("freed",),
        explanation="A container needs the layers of its image, and a stopped container can start again. So Docker "
        "refuses to remove the image. UNIQUE SIZE looks at images alone. With --force, docker rmi removes the name "
        f"and the metadata. The layers stay, and the container still starts. Remove {there.container} first. Then "
        f"docker rmi {name} frees {size(usage.images[name].unique)}.",
        docker=f"docker rmi {name}",
        printed='Error response from daemon: conflict: unable to remove repository reference "blog" (must force) -\n'
        "container f1364713325d is using its referenced image 5edf277c553b",
    )


def draw_reclaimable(random: Random) -> tuple[str, InUse]:
    host = draw_images_on_one_base(random)
    there = with_a_stopped_container(host, random.choice(list(host.images)[1:]))
    usage = host.usage()
    rows = [f"<code>{name}</code> {size(row.size)}" for name, row in usage.images.items()]
    base, *rest = host.images
    situation = (
        f"A host has {', '.join(rows)}. The other {len(rest)} images use all layers of <code>{base}</code>. No other "
        f"layer is shared. A stopped container uses <code>{there.image}</code>. The images use "
        f"{size(usage.disk)} of the disk. <code>docker system df</code> calls {size(called_reclaimable(usage))} of "
        "this RECLAIMABLE."
    )
    return situation, there


@LESSON.question("reclaimable", lambda: (with_a_stopped_container(shop(*THREE), "blog"),), draw_reclaimable)
def remove_every_unused_image(there: InUse) -> Question:
    usage = there.host.usage()
    unused = [name for name in there.host.images if name != there.image]
    back = usage.reclaim(set(unused))

    def start() -> Host:
        return with_a_stopped_container(with_the_same_images(there.host), there.image).host

    def act(host: Host) -> None:
        for name in unused:
            host.remove_image(name)

    return Question(
        prompt="You remove every image that no container uses. How much disk space is freed?",
        truth=back,
        wrong=(
            Wrong("2d", called_reclaimable(usage), f"{there.image}, which stays, needed only its unique bytes"),
            Wrong("2d", fair_shares(usage, unused), "removing an image freed its fair share"),
            Wrong("2d", whole_sizes(usage, unused), "no two images used the same layer"),
        ),
        happening=Happening(start, act),
        measured=("freed",),
        given=(back,),
        explanation="The image that stays keeps all its layers, shared layers too. Docker computes RECLAIMABLE in "
        "another way: the total without the unique bytes of images in use. So RECLAIMABLE also counts shared layers "
        "that stay. A layer is freed only when nothing uses it any more.",
        docker="docker system df\ndocker image prune --all",
        printed="$ docker system df\n"
        "TYPE         TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images       3         1         329.4MB   319.4MB (96%)\n"
        "$ docker image prune --all\n"
        "Total reclaimed space: 25MB\n"
        "$ docker system df\n"
        "TYPE         TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images       1         1         304.4MB   0B (0%)",
    )


def the_shop_and_another_base() -> tuple[Topic, Image]:
    """Return the shop, and an image of 100,000,000 bytes that has nothing in common with it."""
    base = scratch.with_layer(Layer.of({"lib/base.img": filler(100_000_000, seed=9)}), "ADD other.tar /")
    return the_shop(), base


def draw_base(random: Random) -> tuple[str, Topic, Image]:
    there = drawn(random)
    base = scratch.with_layer(
        Layer.of({"lib/other.so": filler(drawn_size(random, 400_000, 2_500_000), seed=1)}), "ADD other.tar /"
    )
    top = there.image.layers[-1]
    situation = (
        f"<code>{there.name}</code> is {size(there.image.size)}; its top layer is {size(top.size)}. You put exactly "
        f"this "
        f"layer on another base of {size(base.size)}. The new image is called <code>{there.name}:other</code>."
    )
    return situation, there, base


@LESSON.question("base", the_shop_and_another_base, draw_base)
def put_a_layer_on_another_base(there: Topic, base: Image) -> Question:
    other = base.with_layer(there.image.layers[-1], "COPY site/ /")
    happening = Happening(there.host, lambda host: host.add(other, f"{there.name}:other"))
    layers = {layer.diff_id: layer.size for image in (there.image, other) for layer in image.layers}
    return Question(
        prompt="How much disk space do the two images use together?",
        truth=happening.after.usage().disk,
        wrong=(
            Wrong("10", sum(layers.values()), "a layer were stored by its own content alone"),
            Wrong("10", there.image.size + other.layers[-1].size, "all images of a host shared one base"),
        ),
        happening=happening,
        measured=("on the disk",),
        explanation="Two images share layers from the bottom up, as far as the layers are equal. Here the lowest "
        "layers "
        "differ, so nothing is shared, although the files above are equal. The lesson about ids says why.",
        docker="docker build -t shop:other .    # FROM another base, the same COPY site/ /\ndocker system df -v",
        printed="$ docker system df -v\n"
        "REPOSITORY   TAG      SIZE      SHARED SIZE   UNIQUE SIZE\n"
        "shop         latest   319MB     0B            319.4MB\n"
        "shop         other    125MB     0B            125MB\n"
        "$ docker system df\n"
        "TYPE         TOTAL    SIZE\n"
        "Images       2        444.4MB",
    )


# Exercises.


def a_host_to_clean_up() -> tuple[Host]:
    host = shop(*THREE, *TWINS)
    host.run("blog", name="web")
    return (host,)


@LESSON.exercise(
    "cleanup",
    task=f"Free {size(SITE_SIZE)} on this host. Keep `web` and the image that `web` uses. Return the "
    "names of the images to remove, as a set. The set must be as small as possible.",
    takes=("host",),
    start=a_host_to_clean_up,
    right=f"{size(SITE_SIZE)} are freed: you remove all three images that use the layer of the site. Each of the three "
    "frees 0 B alone.",
    hint="A layer is freed when no image uses it any more. Find the images that use the "
    "layer of the site, and try `host.usage().reclaim({...})` with sets of names.",
    solution='return {"shop", "shop:1", "shop:2"}',
    mistakes=(
        Mistake("2d", 'return {"shop"}', "2 images still use"),
        Mistake("2c", 'return {"shop:1", "shop:2"}', "1 image still uses"),
        Mistake("2d", 'return {"coreos/apache"}', "3 images still use"),
        Mistake("2d", 'return {"blog"}', "web uses it"),
        Mistake("2d", 'return {"coreos/apache", "shop", "shop:1", "shop:2"}', "a smaller set would too"),
    ),
)
def judge_cleanup(host: Host, made: Any) -> str:
    going = {made} if isinstance(made, str) else set(made)
    if not going:
        return "An empty set removes nothing, so nothing is freed."
    if unknown := sorted(str(name) for name in going if name not in host.images):
        return f"No image on this host is called {unknown[0]}."
    usage = host.usage()
    if used := [row.names[0] for row in images_in_use(usage) if row.names[0] in going]:
        return f"Docker refuses to remove {used[0]}: web uses it, and you want to keep web."
    back, named = usage.reclaim(going), " and ".join(sorted(going))
    if back < SITE_SIZE:
        site = next(layer for layer in usage.layers.values() if layer.size == SITE_SIZE)
        left = len(site.users) - len({usage.images[name].id for name in going} & set(site.users))
        verb = "uses" if left == 1 else "use"
        return f"Removing {named} frees {size(back)}: {Count(left, 'image')} still {verb} the layer of the site."
    if any(usage.reclaim(going - {name}) == back for name in going):
        return f"This frees {size(back)}, and a smaller set would too."
    return ""


@LESSON.exercise(
    "fair",
    task="Compute the fair share of every image from the layers. Return a dict from the image's name to its bytes. "
    "`usage.layers.values()` are the stored layers. Each has a `size`, and its `users` are the ids of the images that "
    "use it.",
    takes=("usage",),
    start=lambda: (shop(*THREE).usage(),),
    right="Every layer is counted once, in parts. So this column adds up to the space on the disk.",
    hint="Go over the layers. Each image that uses a layer gets its size, divided by the number of users. "
    "`usage.images[name]` has the `id`.",
    solution="shares = dict.fromkeys(usage.images, 0)\n"
    "for layer in usage.layers.values():\n"
    "    for name in shares:\n"
    "        if usage.images[name].id in layer.users:\n"
    "            shares[name] += layer.size / len(layer.users)\n"
    "return shares",
    mistakes=(
        Mistake("2d", "return {name: row.size for name, row in usage.images.items()}", "add up to 918 MB"),
        Mistake("2d", "return {name: row.unique for name, row in usage.images.items()}", "add up to 35.0 MB"),
        Mistake("2d", "return {name: usage.disk / 3 for name in usage.images}", "coreos/apache gets more than"),
    ),
)
def judge_fair(usage: Usage, made: Any) -> str:
    missing = [name for name in usage.images if name not in made]
    if missing:
        return f"No share for {missing[0]}: return a dict with a number of bytes for each image's name."
    rows = {name: usage.images[name] for name in usage.images}
    total, disk = sum(made[name] for name in rows), usage.disk
    if abs(total - disk) > 1:
        return f"Your shares add up to {size(round(total))}; the images use {size(disk)} of the disk."
    for name, row in rows.items():
        if abs(made[name] - row.fair) > 1:
            verb = "less" if made[name] < row.fair else "more"
            return f"The shares add up, but {name} gets {verb} than its part of the layers that it uses."
    return ""


@LESSON.exercise(
    "twin",
    task="Make the UNIQUE SIZE of `shop` 0 B. Remove nothing, and use no more disk space than before. Return the host.",
    takes=("host",),
    start=lambda: (shop(*THREE),),
    right="UNIQUE SIZE is 0 B now, and the disk did not change. It depends on the other images, not on the image "
    "alone.",
    hint="UNIQUE SIZE is 0 B if another image uses the same layers. `host.images[name].with_config(env={...})` "
    "makes such an image, and `host.add(image, name)` adds it to the host.",
    solution='host.add(host.images["shop"].with_config(env={"BUILD": "3"}), "shop:3")\nreturn host',
    mistakes=(
        Mistake("24", 'host.tag("shop", "shop:3")\nreturn host', "shop:3 is no other image"),
        Mistake("2d", 'host.run("shop", name="web")\nreturn host', "web is no other image"),
        Mistake("2d", 'host.remove_image("shop")\nreturn host', "shop is removed"),
        Mistake(
            "10",
            'image = host.images["shop"]\nhost.add(scratch.with_layer(image.layers[-1]), "site")\nreturn host',
            "The host has 354 MB now",
        ),
    ),
)
def judge_twin(_host: Host, made: Any) -> str:
    if not isinstance(made, Host):
        return f"Return the host; your function returns {type(made).__name__}."
    before, usage = shop(*THREE).usage(), made.usage()
    if gone := [name for name in THREE if name not in usage.images]:
        return f"{gone[0]} is removed: keep all images."
    row = usage.images["shop"]
    if row.id != before.images["shop"].id:
        return "shop is another image now: leave its name where it was."
    if usage.total != before.total:
        return f"The host has {size(usage.total)} now, not {size(before.total)} as before."
    if row.unique:
        others = [*usage.containers, *row.names[1:]]
        why = f"{others[0]} is no other image" if others else "no other image uses its layers"
        return f"UNIQUE SIZE of shop is still {size(row.unique)}: {why}."
    return ""


def what_docker_ps_prints() -> tuple[list[tuple[int, int]]]:
    """Return what `docker ps -s` prints of six containers on one image, in bytes: thin layer and virtual size."""
    host = shop()
    web, job, *_ = host.run("shop", count=6)
    web.append(CATALOG, BYTE)
    job.write("upload-1", bytes(1_000_000))
    return ([(row.size_rw, row.virtual_size) for row in host.usage().containers.values()],)


@LESSON.exercise(
    "add-up",
    task="`lines` is what `docker ps -a -s` prints on a host, in bytes. It is a list of pairs: the thin layer and the "
    "virtual size of each container. All containers use one image, the only image on the host. Return how many bytes "
    "the image and the containers use.",
    takes=("lines",),
    start=what_docker_ps_prints,
    right="Every thin layer once, and the image once. Six containers need no copy of the image.",
    hint="A virtual size is the thin layer and the image together. So every line says how large the image is.",
    solution="thin, virtual = lines[0]\nreturn virtual - thin + sum(thin for thin, _ in lines)",
    mistakes=(
        Mistake("2b", "return sum(virtual for _, virtual in lines)", "the image 6 times."),
        Mistake(
            "2a", "thin, virtual = lines[0]\nreturn virtual - thin + sum(virtual for _, virtual in lines)", "7 times"
        ),
        Mistake("2b", "return sum(thin for thin, _ in lines)", "leaves the image out"),
        Mistake("2b", "return lines[0][1] + sum(thin for thin, _ in lines)", "counts one thin layer twice"),
    ),
)
def judge_add_up(lines: list[tuple[int, int]], made: object) -> str:
    thin, virtual = (sum(column) for column in zip(*lines, strict=True))
    image = lines[0][1] - lines[0][0]
    off = {
        virtual: f"This counts the image {len(lines)} times.",
        image + virtual: f"This counts the image {len(lines) + 1} times: each virtual size contains it already.",
        thin: "This leaves the image out: its layers use space too, once.",
        image: "This leaves the thin layers out.",
        lines[0][1] + thin: "This counts one thin layer twice: the virtual size of its line contains it, too.",
    }
    if not isinstance(made, int):
        return f"Return a number of bytes; your function returns {type(made).__name__}."
    return "" if made == image + thin else off.get(made, f"The host uses more or less than {size(made)}.")


# What does docker system df count?

PRINTED_BY_WEB = {"thin": 2_000_000, "volume": 40_000_000, "log": 80_000_000}


def draw_df(random: Random) -> tuple[str, Topic, dict[str, int]]:
    there = drawn(random)
    # Each part is large beside the image, so that no two sums could be taken for one another.
    written = {what: drawn_size(random, 500_000, 3_000_000) for what in ("thin", "volume", "log")}
    situation = (
        f"<code>web</code> runs on the image <code>{there.name}</code> of {size(there.image.size)}, the only image of "
        f"the host. <code>web</code> has written {size(written['thin'])} into its thin layer and "
        f"{size(written['volume'])} into a volume. The log of <code>web</code> is {size(written['log'])}."
    )
    return situation, there, written


@LESSON.question("df", lambda: (the_shop(), PRINTED_BY_WEB), draw_df)
def what_docker_system_df_counts(there: Topic, written: dict[str, int]) -> Question:
    def start() -> Host:
        host = there.host()
        host.run(there.name, name="web", mounts={"orders": host.volume("orders")})
        return host

    def act(host: Host) -> None:
        web = host.containers["web"]
        web.write("upload", bytes(written["thin"]))
        web.write("orders/today", bytes(written["volume"]))
        web.print(bytes(written["log"]))

    happening = Happening(start, act)
    usage = happening.after.usage()
    volumes, logs = (usage.beside[what] or 0 for what in ("volumes", "logs"))
    return Question(
        prompt="What is the sum of the four sizes that <code>docker system df</code> lists: images, containers, local "
        "volumes and build cache?",
        truth=usage.total + volumes,
        wrong=(
            Wrong("32", usage.total + volumes + logs, "docker system df counted everything that Docker stores"),
            Wrong(
                "2b",
                usage.disk + volumes + sum(row.virtual_size for row in usage.containers.values()),
                "the line of the containers counted the image again",
            ),
            Wrong("2d", usage.total, "only images and thin layers were listed"),
        ),
        happening=happening,
        measured=("listed", "volumes", "logs"),
        explanation="docker system df counts images, thin layers, volumes and the build cache. What a container prints "
        "goes into a log file of the host, and no docker command lists the size of logs. To find the file, use docker "
        "inspect. The option max-size of the log driver limits the file. Folders of the host are not counted either.",
        docker="docker system df\ndocker logs web | wc -c",
        printed="TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          1         1         319.4MB   0B (0%)\n"
        "Containers      1         1         2MB       0B (0%)\n"
        "Local Volumes   1         1         40MB      0B (0%)\n"
        "Build Cache     0         0         0B        0B\n"
        "80000000",
    )


def a_host_that_printed() -> tuple[Host]:
    """Return a host with two containers that write to their thin layers, a volume, a tmpfs and their logs."""
    host = shop()
    web = host.run("shop", name="web", mounts={"orders": host.volume("orders"), "cache": Tmpfs()})
    job = host.run("shop", name="job")
    web.write("orders/today", bytes(3_000_000))
    web.write("cache/session", bytes(500_000))
    web.append(CATALOG, BYTE)
    job.print(bytes(7_000_000))
    web.print(bytes(1_000_000))
    return (host,)


@LESSON.exercise(
    "whole-disk",
    task="Return how many bytes this host stores on its disk: layers, thin layers, volumes and logs. `host.usage()` "
    "has the sum of layers and thin layers in `total`. All else is in `beside`.",
    takes=("host",),
    start=a_host_that_printed,
    right="Layers, thin layers, volumes and logs. The tmpfs is in memory.",
    hint="Print `host.usage().beside`, and leave out the part that is in memory.",
    solution='usage = host.usage()\nreturn usage.total + usage.beside["volumes"] + usage.beside["logs"]',
    mistakes=(
        Mistake("32", 'return host.usage().total + host.usage().beside["volumes"]', "leaves the logs out"),
        Mistake("2d", "return host.usage().total", "leaves volumes and logs out"),
        Mistake("32", "return host.usage().total + sum(host.usage().beside.values())", "counts the tmpfs"),
        Mistake("2d", "return host.usage().disk + sum(host.usage().beside.values())", "more or less than"),
    ),
)
def judge_whole_disk(host: Host, made: object) -> str:
    usage = host.usage()
    volumes, logs, memory = (usage.beside[what] or 0 for what in ("volumes", "logs", "tmpfs"))
    disk = usage.total + volumes + logs
    off = {
        usage.total: "This leaves volumes and logs out, which use space on the disk too.",
        usage.total + volumes: "This leaves the logs out, as docker system df does.",
        usage.total + logs: "This leaves the volumes out.",
        disk + memory: "This counts the tmpfs, which is in memory and uses no disk space.",
    }
    if not isinstance(made, int):
        return f"Return a number of bytes; your function returns {type(made).__name__}."
    return "" if made == disk else off.get(made, f"The host uses more or less than {size(made)}.")
