"""Lesson 06: What does a build reuse?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

from layerlab.benches.example import shop
from layerlab.builds.build import Build, BuildError, BuildStep, build
from layerlab.builds.dockerfile import Dockerfile
from layerlab.course.answer import Count
from layerlab.course.built_again import BuiltAgain
from layerlab.course.draws import NAMES, drawn_size
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import File, Spec
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer
from layerlab.words.plurals import listed
from layerlab.words.sizes import size

LESSON = Lesson("06")
BASE = "coreos/apache"
ENGINE = "Docker 20.10.24, BuildKit, the same lines on a small base"

Context = Mapping[str, Spec]


def install(box: Container, _words: Sequence[str]) -> None:
    """Stand in for a package manager: it writes what it installed."""
    for path in ("opt", "opt/packages"):
        box.mkdir(path)
    box.write("opt/packages/list", b"one\ntwo\n")


def saved(data: bytes, mtime: int = 1_000) -> File:
    """Return a file as an editor saves it: with a time."""
    return File(data, mtime=mtime)


PROGRAMS = {"install": install, "apt-get": install}


class Built(NamedTuple):
    """What is built: an image to start from, lines after its FROM, and a context with a file that changes."""

    image: Image
    base: str
    lines: tuple[str, ...]
    files: Context
    path: str

    @property
    def dockerfile(self) -> str:
        """The lines as a file."""
        return "\n".join((f"FROM {self.base}", *self.lines)) + "\n"

    def host(self) -> Host:
        """Return a new host with the base."""
        host = Host()
        host.add(self.image, self.base)
        return host

    def build(self, host: Host, files: Context | None = None, lines: Sequence[str] = ()) -> Build:
        """Build on a host, with other files or other lines where they are given."""
        text = "\n".join((f"FROM {self.base}", *(lines or self.lines))) + "\n"
        return build(text, self.files if files is None else files, host=host, tag="shop:2", programs=PROGRAMS)

    def touched(self) -> Context:
        """Return the context with another time of the file, and the same bytes."""
        return {**self.files, self.path: replace(self._file, mtime=self._file.mtime + 60)}

    def changed(self) -> Context:
        """Return the context with one byte more in the file, saved a minute later."""
        assert isinstance(self._file.content, bytes)
        return {**self.files, self.path: saved(self._file.content + b"!", self._file.mtime + 60)}

    def drawn(self, builds: Mapping[str, Build]) -> BuiltAgain:
        """Return the picture of a question: the lines, and after the answer what later builds did with them."""
        return BuiltAgain(self.host, (f"FROM {self.base}", *self.lines), builds)

    @property
    def _file(self) -> File:
        file = self.files[self.path]
        assert isinstance(file, File)
        return file

    def again(self, files: Context | None = None, lines: Sequence[str] = ()) -> Build:
        """Build once, and then again with other files or lines; return the second build."""
        host = self.host()
        self.build(host, lines=lines if files is not None else ())
        return self.build(host, files, lines)


def ran(made: Build) -> int:
    """Return how many steps of a build ran."""
    return sum(step.state == "run" for step in made.steps)


def steps(made: Build) -> list[BuildStep]:
    """Return the steps of a build that can run: without FROM and without lines that change metadata alone."""
    return [step for step in made.steps if step.state in ("hit", "run")]


def small(random: Random) -> tuple[str, Image]:
    """Return a name, and an image of two to five layers to build on."""
    image = scratch
    for number in range(random.randint(2, 5)):
        files: Context = {f"lib/{number}.so": filler(drawn_size(random, 50_000, 900_000), number)}
        image = image.with_layer(Layer.of(files), f"COPY part-{number}/ /")
    return random.choice(NAMES), image


def listing(base: str, lines: Sequence[str]) -> str:
    """Return a Dockerfile for the text of a drawn question, each line on a line of its own."""
    return f" <br/><code>{'<br/>'.join((f'FROM {base}', *lines))}</code><br/> "


# Core.

METADATA = ('LABEL shop="1"', "ENV LANG=C", "EXPOSE 80", "USER 33", 'CMD ["apache2"]', "STOPSIGNAL SIGINT")
# A RUN after USER could not write everywhere, so no drawn line is a USER.
_DRAWN = tuple(line for line in METADATA if not line.startswith("USER"))
SITE: Context = {"site/index.html": saved(b"<h1>Shop</h1>"), "packages.txt": saved(b"one two")}
SEVEN = (METADATA[0], METADATA[1], "COPY site/ /var/www/", "RUN touch /ready", *METADATA[2:5])


def seven_lines() -> tuple[Built]:
    return (Built(shop(BASE).images[BASE], BASE, SEVEN, SITE, "site/index.html"),)


def draw_layers(random: Random) -> tuple[str, Built]:
    name, image = small(random)
    makes = random.sample(
        ("COPY site/ /var/www/", "RUN touch /ready", "COPY packages.txt /", "RUN mkdir -p /data/a"), 2
    )
    lines = [*random.sample(_DRAWN, random.randint(2, 5)), *makes[: random.randint(1, 2)]]
    random.shuffle(lines)
    situation = f"<code>{name}</code> has {len(image.layers)} layers. You build this:{listing(name, lines)}"
    return situation, Built(image, name, tuple(lines), SITE, "site/index.html")


@LESSON.question("layers", seven_lines, draw_layers)
def count_the_layers(there: Built) -> Question:
    happening = Happening(there.host, there.build)
    made = happening.after.images["shop:2"]
    below, lines = len(there.image.layers), len(there.lines)
    return Question(
        prompt="How many layers does the new image have?",
        truth=Count(len(made.layers), "layer"),
        wrong=(
            Wrong("7", Count(below + lines, "layer"), "every line after FROM made a layer"),
            Wrong("7", Count(below + lines + 1, "layer"), "every line made a layer, and FROM too"),
            Wrong(
                "7", Count(len(made.layers) - below, "layer"), "the layers of the base were not part of the new image"
            ),
        ),
        happening=happening,
        because=(
            Reason("COPY and RUN make layers, and the other lines change metadata alone"),
            Reason("each line of a Dockerfile makes a layer", wrong="a line that changes metadata makes none"),
            Reason("the layers of the base stay in the base", wrong="FROM gives the new image all layers of the base"),
        ),
        measured=("layers of the new image",),
        explanation="FROM gives the new image all layers of the base. COPY, ADD and RUN make a layer. In BuildKit "
        "and Podman, this layer can be empty. LABEL, ENV, EXPOSE, USER and CMD change metadata alone. WORKDIR makes a "
        "layer in BuildKit, and in the older builder for a new folder. The older builder also makes an image of each "
        "line.",
        docker="docker build --tag shop:2 .\ndocker image inspect --format '{{len .RootFS.Layers}}' apache shop:2\n"
        "docker history shop:2",
        printed="4\n6\n"
        "CREATED BY                                   SIZE\n"
        'CMD ["apache2"]                              0B\n'
        "USER 33                                      0B\n"
        "EXPOSE map[80/tcp:{}]                        0B\n"
        "RUN /bin/sh -c touch /ready # buildkit   0B\n"
        "COPY site/ /var/www/ # buildkit              13B\n"
        "ENV LANG=C                                   0B\n"
        "LABEL shop=1                                 0B",
        engine=ENGINE,
    )


GOOD = ("COPY packages.txt /srv/", "RUN install", "COPY site/ /var/www/", "RUN ls /var/www > /srv/index")


def the_good_order() -> tuple[Built]:
    return (Built(shop(BASE).images[BASE], BASE, GOOD, SITE, "site/index.html"),)


def draw_steps(random: Random) -> tuple[str, Built]:
    name, image = small(random)
    after = [f"RUN echo {number} > /srv/{number}" for number in range(random.randint(1, 5))]
    before = [
        "COPY packages.txt /srv/",
        "RUN install",
        *(f"RUN touch /srv/before-{n}" for n in range(random.randint(0, 3))),
    ]
    file = random.choice(("site/index.html", "site/about.html", "site/prices.html"))
    lines = (*before, "COPY site/ /var/www/", *after)
    situation = f"You built this:{listing(name, lines)}The file that changes is <code>{file}</code>."
    return situation, Built(image, name, lines, {"packages.txt": saved(b"one"), file: saved(b"page")}, file)


def two_counts(first: int, second: int) -> str:
    """Return how many steps run again, for two builds."""
    return f"{first}, then {second}"


@LESSON.question("touch", the_good_order, draw_steps)
def touch_and_change(there: Built) -> Question:
    touched, changed = there.again(there.touched()), there.again(there.changed())
    every, found = len(steps(changed)), ran(changed)
    return Question(
        prompt="How many steps run again after <code>touch</code>? And how many after the change of one byte?",
        truth=two_counts(ran(touched), found),
        wrong=(
            Wrong("14a", two_counts(found, found), "the time of a file were a part of the key"),
            Wrong("14a", two_counts(ran(touched), 1), "a step did not depend on the steps above it"),
            Wrong("14a", two_counts(every, every), "a change of the folder made everything run again"),
        ),
        happening=there.drawn({"AFTER TOUCH": touched, "AFTER ONE BYTE MORE": changed}),
        measured=("run again after touch, then after the change",),
        explanation="A builder computes a key for each step. The key of COPY contains the bytes, the names and the "
        "modes of the files, but not their times. So touch changes no key. A changed byte changes the key of that "
        "COPY. The steps after it use its result, so they run again too.",
        docker="touch site/index.html; docker build .\necho ! >> site/index.html; docker build .",
        printed="$ touch site/index.html; docker build .\n"
        "#6 [2/5] COPY packages.txt /srv/\n"
        "#6 CACHED\n"
        "#7 [3/5] RUN install\n"
        "#7 CACHED\n"
        "#8 [4/5] COPY site/ /var/www/\n"
        "#8 CACHED\n"
        "#9 [5/5] RUN ls /var/www > /srv/index\n"
        "#9 CACHED\n"
        "$ echo ! >> site/index.html; docker build .\n"
        "#6 CACHED\n"
        "#7 CACHED\n"
        "#8 [4/5] COPY site/ /var/www/\n"
        "#8 DONE 0.1s\n"
        "#9 [5/5] RUN ls /var/www > /srv/index\n"
        "#9 DONE 0.4s",
        engine=ENGINE,
    )


FIRST, MIDDLE, LAST, NOWHERE = (
    "right after FROM",
    "between COPY packages.txt and RUN install",
    "between RUN install and RUN ls",
    "any place",
)
PLACES = {FIRST: 0, MIDDLE: 1, LAST: 2}


class Order(NamedTuple):
    """Lines that stay, the COPY of the file that changes, and where it can stand among them."""

    there: Built
    copy: str
    places: Mapping[str, int]

    def again(self, place: int) -> Build:
        """Return the build after a change of the file, with the COPY at a place."""
        lines = [*self.there.lines]
        lines.insert(place, self.copy)
        host = self.there.host()
        self.there.build(host, lines=lines)
        return self.there.build(host, self.there.changed(), lines)


COPY_SITE = "COPY site/ /var/www/"


def where_the_copy_stands() -> tuple[Order]:
    stays = ("COPY packages.txt /srv/", "RUN install", "RUN ls /var/www > /srv/index")
    return (Order(Built(shop(BASE).images[BASE], BASE, stays, SITE, "site/index.html"), COPY_SITE, PLACES),)


def draw_order(random: Random) -> tuple[str, Order]:
    name, image = small(random)
    middle = [f"RUN echo {number} > /srv/{number}" for number in range(random.randint(1, 4))]
    stays = ["COPY packages.txt /srv/", "RUN install", *middle]
    file = f"site/{random.choice(('index', 'about', 'prices', 'news', 'jobs'))}.html"
    places = {"before RUN install": random.randint(0, 1), "as the last line": len(stays)}
    if len(middle) > 1:
        places["in the middle of the echo lines"] = 2 + random.randint(1, len(middle) - 1)
    situation = (
        f"<code>{name}</code> has {len(image.layers)} layers. A Dockerfile has these lines:"
        f"{listing(name, stays)}The line <code>{COPY_SITE}</code> has to be added. <code>{file}</code> changes every "
        f"day."
    )
    files = {"packages.txt": saved(b"one"), file: saved(b"page")}
    return situation, Order(Built(image, name, tuple(stays), files, file), COPY_SITE, places)


@LESSON.question("order", where_the_copy_stands, draw_order)
def find_the_place(order: Order) -> Question:
    builds = {name: order.again(place) for name, place in order.places.items()}
    fewest, most = min(builds, key=lambda name: ran(builds[name])), max(builds, key=lambda name: ran(builds[name]))
    others = [name for name in order.places if name not in (fewest, most)]
    return Question(
        prompt=f"Where does <code>{COPY_SITE}</code> have to be, so that a changed page runs the fewest steps again?",
        act="point",
        items=(*order.places, NOWHERE),
        truth=fewest,
        wrong=(
            Wrong("14c", most, "a build ran the lines from the bottom up"),
            Wrong("14c", NOWHERE, "a changed file ran only the step that copies it"),
            *(Wrong("14c", name, "a RUN ran again only if it used the copied files") for name in others),
        ),
        happening=order.there.drawn({"AFTER A PAGE HAS CHANGED": builds[fewest]}),
        measured=("the place",),
        explanation="A step runs again if a step above it in the same stage ran again, because it is built on that "
        "result. So what changes often belongs near the end, and what takes long and seldom changes belongs above it. "
        "The same lines in another order make the same files, but the build takes longer.",
        docker="echo ! >> site/index.html; docker build .    # COPY site/ right after FROM",
        printed="#6 [2/5] COPY site/ /var/www/\n"
        "#6 DONE 0.2s\n"
        "#7 [3/5] COPY packages.txt /srv/\n"
        "#7 DONE 0.2s\n"
        "#8 [4/5] RUN install\n"
        "#8 DONE 0.5s\n"
        "#9 [5/5] RUN ls /var/www > /srv/index\n"
        "#9 DONE 0.3s",
        engine=ENGINE,
    )


# More.

APT = ("RUN apt-get update", "RUN ls /opt/packages > /index")


def an_old_build() -> tuple[Built]:
    return (Built(shop(BASE).images[BASE], BASE, APT, SITE, "site/index.html"),)


def draw_apt(random: Random) -> tuple[str, Built]:
    name, image = small(random)
    after = [f"RUN echo {word} > /{word}" for word in random.sample(NAMES, random.randint(1, 5))]
    lines = ("RUN apt-get update", *after)
    days = random.randint(2, 60)
    situation = (
        f"{days} days ago you built this:{listing(name, lines)}Since then the package repository has new versions."
    )
    return situation, Built(image, name, lines, SITE, "site/index.html")


@LESSON.question("apt", an_old_build, draw_apt)
def build_after_the_repository_changed(there: Built) -> Question:
    again = there.again(there.files)
    every = len(steps(again))
    return Question(
        prompt="How many steps run again?",
        truth=Count(ran(again), "step"),
        wrong=(
            Wrong("14b", Count(every, "step"), "the answer of the repository were a part of the key"),
            Wrong("14b", Count(1, "step"), "apt-get update ran each time, and no step depended on it"),
        ),
        happening=there.drawn({"BUILT AGAIN": again}),
        measured=("run again",),
        explanation="The key of RUN contains its words, and the layers, variables and user that it starts with. "
        "What the command would find in the network is not in the key, so the old result stays, with old versions. "
        "Write the versions into the line, or build without the cache from time to time.",
        docker="docker build .\ndocker build --no-cache .",
        printed="$ docker build .    # RUN cat /proc/uptime, which gives another number each time\n"
        "#5 [2/3] RUN cat /proc/uptime > /lists\n"
        "#5 CACHED\n"
        "#6 [3/3] RUN cat /lists > /installed\n"
        "#6 CACHED",
        engine=ENGINE,
    )


TOKEN = "open-sesame"


def places_of(image: Image, secret: str) -> frozenset[str]:
    """Return where in an image a text can be read: in a layer, in Env, in the history.

    >>> sorted(places_of(scratch.with_config(env={"A": "x1"}, created_by="ENV A=x1"), "x1"))
    ['Env', 'history']
    """
    found = set()
    if any(secret in step.created_by for step in image.history):
        found.add("history")
    if any(secret in line for line in image.config.get("Env") or ()):
        found.add("Env")
    if any(
        secret.encode() in entry.read()
        for layer in image.layers
        for entry in layer.entries.values()
        if entry.kind == "file" and entry.size < 1_000
    ):
        found.add("a layer")
    return frozenset(found)


class WithToken(NamedTuple):
    """An image that is built with a secret argument, and by what lines."""

    there: Built
    secret: str

    def build(self, host: Host) -> Build:
        """Build with the argument."""
        text, given = self.there.dockerfile, {"TOKEN": self.secret}
        return build(text, self.there.files, host=host, tag="shop:2", args=given, programs=PROGRAMS)


def built_with_a_token() -> tuple[WithToken]:
    lines = ("ARG TOKEN", "RUN echo fetch with $TOKEN > /dev/null", 'CMD ["apache2"]')
    return (WithToken(Built(shop(BASE).images[BASE], BASE, lines, SITE, "site/index.html"), TOKEN),)


def draw_token(random: Random) -> tuple[str, WithToken]:
    name, image = small(random)
    keeps = random.random() < 0.5
    secret = "".join(random.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(12))
    use = f"RUN echo $TOKEN > /{random.choice(NAMES)}.key" if keeps else "RUN echo fetch with $TOKEN > /dev/null"
    lines = ("ARG TOKEN", *random.sample(_DRAWN, random.randint(0, 3)), use)
    situation = f"With <code>--build-arg TOKEN={secret}</code> you build this:{listing(name, lines)}"
    return situation, WithToken(Built(image, name, lines, SITE, "site/index.html"), secret)


@LESSON.question("argument", built_with_a_token, draw_token)
def find_the_argument(token: WithToken) -> Question:
    happening = Happening(token.there.host, token.build)
    found = places_of(happening.after.images["shop:2"], token.secret)
    # What an argument is taken for: something that is gone when the build ends, or the same as ENV.
    written = found - {"history"}
    return Question(
        prompt="In how many places of the image can one read the token: layers, Env, history?",
        truth=Count(len(found), "place"),
        wrong=(
            Wrong("4b", Count(len(written), "place"), "an argument were gone when the build ends"),
            Wrong("4b", Count(len(found | {"Env"}), "place"), "an argument were kept as ENV is"),
        ),
        happening=happening,
        measured=("places",),
        explanation="A container does not get the value of ARG, because the value is not in Env. But the history "
        "shows the arguments of each RUN. Everyone who has the image can read the history. Give a secret to a build as "
        "a secret mount, which leaves nothing.",
        docker="docker build --build-arg TOKEN=open-sesame --tag shop:2 .\ndocker history --no-trunc shop:2",
        printed='CMD ["apache2"]\n'
        "RUN |1 TOKEN=open-sesame /bin/sh -c echo fetch with $TOKEN > /dev/null # buildkit\n"
        "ARG TOKEN",
        engine=ENGINE,
    )


class Stages(NamedTuple):
    """A build in two stages: bytes of the tools and of the result, and the base of the first stage."""

    image: Image
    base: str
    tools: int
    result: int

    @property
    def dockerfile(self) -> str:
        """Its Dockerfile."""
        return (
            f"FROM {self.base} AS build\nCOPY key tools /src/\nRUN make\n"
            "FROM scratch\nCOPY --from=build /out/shop /shop\n"
        )

    def host(self) -> Host:
        """Return a new host with the base."""
        host = Host()
        host.add(self.image, self.base)
        return host

    def build(self, host: Host) -> Build:
        """Build both stages."""

        def make(box: Container, _words: Sequence[str]) -> None:
            box.mkdir("out")
            box.place("out/shop", File(filler(self.result), mode=0o755).entry())

        files: Context = {"key": b"KEY", "tools": filler(self.tools, seed=1)}
        return build(self.dockerfile, files, host=host, tag="shop:2", programs={"make": make})


def draw_stages(random: Random) -> tuple[str, Stages]:
    name, image = small(random)
    stages = Stages(image, name, drawn_size(random, 2_000_000, 9_000_000), drawn_size(random, 100_000, 900_000))
    lines = stages.dockerfile.splitlines()[1:]
    situation = (
        f"You build this:{listing(stages.base + ' AS build', lines)}"
        f"<code>{name}</code> is {size(image.size)}, <code>tools</code> {size(stages.tools)}, and "
        f"<code>RUN make</code> writes <code>/out/shop</code>, {size(stages.result)}."
    )
    return situation, stages


@LESSON.question("stage", lambda: (Stages(shop(BASE).images[BASE], BASE, 50_000_000, 5_000_000),), draw_stages)
def what_of_a_stage_ships(stages: Stages) -> Question:
    note = "the base of the first stage is on it too; the build cache is not counted"
    happening = Happening(stages.host, stages.build, note=note)
    truth = happening.after.images["shop:2"].size
    return Question(
        prompt="How large is the image?",
        truth=truth,
        wrong=(
            Wrong("4c", truth + stages.tools, "all that the first stage added were in the image"),
            Wrong("4c", truth + stages.tools + stages.image.size, "an image contained the layers of all stages"),
            Wrong("4c", truth + stages.image.size, "the base of the first stage were below the last one"),
        ),
        happening=happening,
        measured=("the image",),
        given=(stages.result,),
        explanation="Each FROM starts an image of its own. The last one is what you get, and it contains only what its "
        "own lines copy. The tools and the key are in layers of the first stage. These layers stay on the machine that "
        "built the image, in the cache, and do not travel with the image.",
        docker="docker build --tag shop:2 .\ndocker image ls shop:2",
        printed="REPOSITORY   TAG       IMAGE ID       CREATED        SIZE\n"
        "shop         2         f47d45895260   1 second ago   5MB",
        engine=ENGINE,
    )


class Commented(NamedTuple):
    """A build that copies the whole context, in which the Dockerfile lies too; a comment is added to it."""

    there: Built

    def again(self) -> Build:
        """Build, add a comment to the Dockerfile, and build again."""
        host, before = self.there.host(), self.there.dockerfile
        for text, time in ((before, 1_000), (before + "# our shop\n", 2_000)):
            files = {**self.there.files, "Dockerfile": saved(text.encode(), time)}
            made = build(text, files, host=host, tag="shop:2", programs=PROGRAMS)
        return made


def draw_commented(random: Random) -> tuple[str, Commented]:
    name, image = small(random)
    before = [f"RUN echo {word} > /opt-{word}" for word in random.sample(NAMES, random.randint(0, 3))]
    after = [f"RUN echo {word} > /srv/{word}" for word in random.sample(NAMES, random.randint(1, 5))]
    lines = (*before, "COPY . /srv/", *after)
    situation = f"You built this:{listing(name, lines)}There is no .dockerignore. You add a comment as the last line."
    return situation, Commented(Built(image, name, lines, SITE, "site/index.html"))


def a_comment_is_added() -> tuple[Commented]:
    lines = ("COPY . /srv/", "RUN install", 'CMD ["apache2"]')
    return (Commented(Built(shop(BASE).images[BASE], BASE, lines, SITE, "site/index.html")),)


@LESSON.question("comment", a_comment_is_added, draw_commented)
def add_a_comment(commented: Commented) -> Question:
    again = commented.again()
    return Question(
        prompt="How many lines run again?",
        truth=Count(ran(again), "line"),
        wrong=(
            Wrong("14d", Count(0, "line"), "the Dockerfile were no file of the context"),
            Wrong("14d", Count(1, "line"), "a step did not depend on the steps above it"),
        ),
        happening=commented.there.drawn({"WITH THE COMMENT": again}),
        measured=("run again",),
        explanation="A comment is no instruction, so no line changes its key for it. But the Dockerfile is a file of "
        "the context, and COPY with a dot copies all of them. Its bytes have changed, and so has the key of that COPY. "
        "Name the Dockerfile in .dockerignore, or copy only the folders that you need.",
        docker="echo '# our shop' >> Dockerfile; docker build .",
        printed="#6 [2/3] COPY . /srv/\n#6 DONE 0.2s\n#7 [3/3] RUN install\n#7 DONE 0.5s",
        engine=ENGINE,
    )


# Exercises.

SLOW = (
    "FROM coreos/apache",
    "COPY . /srv/",
    "RUN install",
    "COPY site/ /var/www/",
    "RUN ls /var/www > /srv/index",
)


def base_host() -> Host:
    return shop(BASE)


def built_twice(lines: Sequence[str], first: Context, second: Context) -> tuple[Build, Build]:
    """Build lines with two contexts, one after the other, on one host."""
    host, text = base_host(), "\n".join(lines) + "\n"
    one, other = (build(text, files, host=host, tag="shop:2", programs=PROGRAMS) for files in (first, second))
    return one, other


def judged(make: Callable[[], str]) -> str:
    """Return what a judge says, or why the build of what it judges failed."""
    try:
        return make()
    except BuildError as error:
        return f"The build stops: {error}."


@LESSON.exercise(
    "order",
    task="`lines` is a Dockerfile, as a list. Return better lines, as a list. After a change of a page in `site/`, at "
    "most two steps may run again. After a change of `packages.txt`, `RUN install` has to run again. The image has to "
    "show the same files in `var/www` and `opt`.",
    takes=("lines",),
    start=lambda: (SLOW,),
    right="The page changes the last COPY and the step after it. The step that takes long stays in the cache.",
    hint="`COPY .` copies the page too, so everything after it runs again: copy only `packages.txt` before "
    "`RUN install`.",
    solution='start, _, install, site, index = lines\nreturn [start, "COPY packages.txt /srv/", install, site, index]',
    mistakes=(
        Mistake("14a", "return lines", "4 steps run again"),
        Mistake(
            "14c",
            "start, everything, install, site, index = lines\nreturn [start, site, everything, install, index]",
            "4 steps run again: the first is COPY site/ /var/www/",
        ),
        Mistake("14c", "return [line for line in lines if line != 'RUN install']", "opt/packages/list is missing"),
        Mistake(
            "14b",
            'start, _, install, site, index = lines\nreturn [start, "RUN mkdir /srv", install, site, index]',
            "RUN install does not run again when packages.txt changes",
        ),
    ),
)
def judge_order(lines: Sequence[str], made: Any) -> str:
    if not isinstance(made, list | tuple) or not made or not all(isinstance(line, str) for line in made):
        return "Return a list of lines, each a text, as the one that you were given."

    def judge() -> str:
        there = Built(shop(BASE).images[BASE], BASE, (), SITE, "site/index.html")
        wanted = built_twice(lines, SITE, SITE)[0].image.view()
        first, again = built_twice(made, SITE, there.changed())
        found = first.image.view()
        missing = [path for path in wanted if path.startswith(("var/www", "opt/")) and path not in found]
        if missing:
            return (
                f"{missing[-1]} is missing, and {ran(again)} {'step runs' if ran(again) == 1 else 'steps run'} again."
            )
        new = [step.line for step in again.steps if step.state == "run"]
        if len(new) > 2:
            return f"{len(new)} steps run again: the first is {new[0]}."
        after = built_twice(made, SITE, there._replace(path="packages.txt").changed())[1]
        if not any(step.line == "RUN install" and step.state == "run" for step in after.steps):
            return "RUN install does not run again when packages.txt changes: no step above it has the file in its key."
        return ""

    return judged(judge)


NOISY: Context = {**SITE, "debug.log": saved(b"log"), ".git/HEAD": saved(b"ref")}
COPY_ALL = ("FROM coreos/apache", "COPY . /srv/", "RUN install")


@LESSON.exercise(
    "leave-out",
    task="`COPY . /srv/` copies the whole folder: `site/`, `packages.txt`, `debug.log`, `.git/`, `.dockerignore` and "
    "the Dockerfile. Return the text of a `.dockerignore`. With it, a new line in the log, a commit or a comment in "
    "the Dockerfile runs nothing again. `site/` and `packages.txt` have to stay.",
    takes=("files",),
    start=lambda: (sorted(NOISY),),
    right="What .dockerignore names is not copied, so it is in no key, and it is not sent to the builder either.",
    hint="Write one pattern a line: `*.log` names all files that end so, and `.git` the folder with all that is in it.",
    solution='return "*.log\\n.git\\nDockerfile\\n"',
    mistakes=(
        Mistake("14d", 'return "*.log\\n.git\\n"', "Dockerfile changes"),
        Mistake("14d", 'return "Dockerfile\\n*.log\\n"', ".git/HEAD changes"),
        Mistake("14a", 'return "*\\n"', "packages.txt is not copied"),
        Mistake("14a", 'return ""', "Dockerfile changes, .git/HEAD changes and debug.log changes"),
    ),
)
def judge_leave_out(_files: Sequence[str], made: Any) -> str:
    if not isinstance(made, str):
        return f"Return a text; your function returns {type(made).__name__}."

    def judge() -> str:
        text = "\n".join(COPY_ALL).encode()
        files = {**NOISY, "Dockerfile": saved(text), ".dockerignore": saved(made.encode())}
        view = built_twice(COPY_ALL, files, files)[0].image.view()
        if lost := [path for path in sorted(SITE) if f"srv/{path}" not in view]:
            return f"{lost[0]} is not copied any more: a pattern leaves out too much."
        noise = []
        for path in ("Dockerfile", ".git/HEAD", "debug.log"):
            old = files[path]
            assert isinstance(old, File)
            assert isinstance(old.content, bytes)
            after = {**files, path: saved(old.content + b"\n# new", 2_000)}
            if ran(built_twice(COPY_ALL, files, after)[1]):
                noise.append(f"{path} changes")
        return f"The COPY runs again when {listed(noise)}." if noise else ""

    return judged(judge)


SECRET: Context = {"key": saved(b"KEY-" + TOKEN.encode()), "packages.txt": saved(b"one two")}
LEAKY = ("FROM coreos/apache", "COPY key /srv/key", "RUN install", "RUN rm /srv/key")


@LESSON.exercise(
    "no-key",
    task="`lines` is a Dockerfile. `RUN install` needs the file `/srv/key`, and the last line deletes it. Return "
    "lines whose image has `opt/packages` and the files of `coreos/apache`, but no layer with the key.",
    takes=("lines",),
    start=lambda: (LEAKY,),
    right="The key is in a layer of the first stage, and that stage does not ship.",
    hint="Write a first stage `FROM coreos/apache AS build` with the key and `RUN install`, then a second FROM and "
    "`COPY --from=build /opt /opt`.",
    solution='return ["FROM coreos/apache AS build", *lines[1:3], "FROM coreos/apache", "COPY --from=build /opt /opt"]',
    mistakes=(
        Mistake("4a", "return lines", "layer 4, of COPY key /srv/key"),
        Mistake("4c", 'return ["FROM coreos/apache AS build", *lines[1:3], "FROM build", lines[3]]', "of the stage"),
        Mistake("4a", "return [*lines[:2], lines[3]]", "opt/packages/list is missing"),
        Mistake(
            "4c",
            'return ["FROM coreos/apache AS build", *lines[1:3], "FROM coreos/apache", "COPY --from=build / /"]',
            "layer 4, of COPY --from=build / /",
        ),
    ),
)
def judge_no_key(_lines: Sequence[str], made: Any) -> str:
    if not isinstance(made, list | tuple) or not made or not all(isinstance(line, str) for line in made):
        return "Return a list of lines, each a text, as the one that you were given."

    def judge() -> str:
        text = "\n".join(made) + "\n"
        image = build(text, SECRET, host=base_host(), programs=PROGRAMS).image
        if "opt/packages/list" not in image.view():
            return "opt/packages/list is missing: RUN install has to run in a stage that is copied from."
        if "usr/bin/apt-get" not in image.view():
            return "The files of coreos/apache are missing."
        stages = Dockerfile.parse(text).stages
        for number, layer in enumerate(image.layers):
            if any("key" in path.split("/") for path in layer.entries):
                lines = [str(each) for stage in stages for each in stage.lines if "COPY" in each.keyword]
                last = any(stage.base == other.name for stage in stages for other in stages if other.name)
                where = " of the stage that the last FROM names" if last else f", of {lines[-1]}"
                return f"The key can still be read in layer {number}{where}."
        return ""

    return judged(judge)
