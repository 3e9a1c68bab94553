"""Lesson 04: Where did the bytes go?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from random import Random
from string import ascii_lowercase

from layerlab.benches.example import PASSWORD, shop
from layerlab.builds.build import BuildError, build
from layerlab.course.draws import drawn, drawn_size, holding, the_shop
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import ENGINE, Question, Reason, Wrong
from layerlab.course.secret import in_layers, in_metadata, in_view
from layerlab.model.content import Content, filler
from layerlab.model.entry import WHITEOUT, File, Spec
from layerlab.model.explain import explain
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch, sha256
from layerlab.model.layer import Layer
from layerlab.model.store import shared_layers, stored
from layerlab.words.sizes import size

LESSON = Lesson("04")
JOBS = ("backup", "report", "mailer", "deploy", "sync", "invoice")
VARIABLES = ("DB_PASSWORD", "API_TOKEN", "SMTP_SECRET", "LICENSE_KEY", "DEPLOY_KEY")
SYLLABLES = ("ka", "ro", "mi", "tu", "le", "so", "ba", "ne", "pi", "du")
NOWHERE = frozenset({"nowhere"})


def draw_word(random: Random) -> str:
    return "-".join("".join(random.sample(SYLLABLES, 2)) for _ in range(2))


def steps_of(image: Image) -> str:
    """Return the steps that made an image as HTML, each with the layer that it made."""
    made, steps = 0, []
    for step in image.history:
        line = escape(step.created_by, quote=False)
        steps.append(f"<code>{line}</code> ({'metadata' if step.empty_layer else f'layer {made}'})")
        made += not step.empty_layer
    return ", ".join(steps)


# Where can a deleted secret still be read?

FILE, VARIABLE, BOTH = "a file", "a variable", "a file and a variable"


def image_with_a_secret(
    name: str, variable: str, value: str, below: int = 1, above: int = 0, given: str = BOTH
) -> Image:
    """Return an image that was given a password: as a file that a later step deletes, as a variable, or as both."""
    image, path = scratch, f"etc/{name}.env"
    for number in range(below):
        more = "" if number == 0 else f"-{number}"
        image = image.with_layer(Layer.of({f"bin/{name}{more}": filler(1_000)}), f"ADD tools{more}.tar /")
    if given != VARIABLE:
        image = image.with_layer(Layer.of({path: f"{variable}={value}\n".encode()}), f"COPY {name}.env /etc/")
    if given != FILE:
        image = image.with_config(env={variable: value}, created_by=f"ENV {variable}={value}")
    if given != VARIABLE:
        image = image.with_layer(Layer.of({path: WHITEOUT}), f"RUN login && rm /{path}")
    for number in range(above):
        image = image.with_layer(Layer.of({f"srv/job-{number}": filler(100)}), f"COPY job-{number} /srv/")
    return image


def in_shown_layers(image: Image, secret: bytes) -> frozenset[str]:
    """Return the layers that hold a secret, none where no container shows it."""
    return in_layers(image, secret) if in_view(image, secret) else frozenset()


def draw_secret(random: Random) -> tuple[str, Image, str, str]:
    name, variable, value = random.choice(JOBS), random.choice(VARIABLES), draw_word(random)
    given = random.choice((FILE, VARIABLE, BOTH, BOTH))
    image = image_with_a_secret(name, variable, value, random.randint(1, 2), random.randint(0, 1), given)
    situation = f"The build of <code>{name}</code> gets a password as {given}. The steps: {steps_of(image)}. "
    situation += "The metadata lists the steps in the history, and the variables in <code>Env</code>."
    return situation, image, value, name


@LESSON.question("secret", lambda: (shop("backup").images["backup"], PASSWORD, "backup"), draw_secret)
def where_a_secret_is(image: Image, value: str, name: str) -> Question:
    secret = value.encode()
    layers, shown, metadata = in_layers(image, secret), in_shown_layers(image, secret), in_metadata(image, secret)
    question = Question(
        prompt="A stranger gets the image. In which places can the stranger still read the password? Pick all that "
        "fit.",
        act="pick",
        items=(*(f"layer {number}" for number in range(len(image.layers))), "Env", "history", *NOWHERE),
        truth=layers | metadata,
        wrong=(
            Wrong("4a", shown | metadata or NOWHERE, "a deletion removed the file from the layer that contains it"),
            Wrong("4b", layers or NOWHERE, "a variable existed only during the build"),
            Wrong("4a", shown or NOWHERE, "an image contained only the files that a container lists"),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("the password is in",),
        explanation="The whiteout hides the file from containers. But the layer below cannot change, so it still "
        "contains the "
        "file, in every copy of the image. A variable is not a file. The build writes the variable into the metadata "
        "twice: in Env, which every container gets, and in a line of the history.",
        docker="docker save backup | tar -xO --wildcards '*/layer.tar' | tar -xOi etc/backup.env    # up to Docker 24\n"
        "mkdir saved; docker save backup | tar -x -C saved    # from Docker 25\n"
        "for each in saved/blobs/sha256/*; do tar -xOf $each etc/backup.env 2> /dev/null; done\n"
        "docker inspect --format '{{.Config.Env}}' backup\n"
        "docker history backup",
        printed="DB_PASSWORD=open-sesame\n"
        "[DB_PASSWORD=open-sesame]\n"
        "IMAGE          CREATED BY                        SIZE\n"
        "59b9ecb65b5e   RUN login && rm /etc/backup.env   0B\n"
        "<missing>      ENV DB_PASSWORD=open-sesame       0B\n"
        "<missing>      COPY backup.env /etc/             24B\n"
        "<missing>      ADD tools.tar /                   1MB",
    )
    return without_repeated_answers(question)


def without_repeated_answers(question: Question) -> Question:
    """Drop the wrong answers that an image makes right, or the same as another: a file alone leaves no variable."""
    kept = {question.truth: Wrong("", question.truth, "")}
    for each in question.wrong:
        kept.setdefault(each.value, each)
    return replace(question, wrong=tuple(kept.values())[1:])


# What does chmod cost in a build?


def draw_chmod_site(random: Random) -> tuple[str, Image, str]:
    there = drawn(random)
    top = there.image.layers[-1]
    files = sum(entry.kind == "file" for entry in top.entries.values())
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. Its top layer contains {files} files, "
        f"{size(top.size)}. A new step removes write permission from all these files, and makes a layer."
    )
    return situation, there.image, there.name


@LESSON.question("chmod-site", lambda: (the_shop().image, "shop"), draw_chmod_site)
def change_the_mode_of_all_files(image: Image, name: str) -> Question:
    top = image.layers[-1].entries.items()
    changed = Layer.of({path: File(entry.content, mode=0o444) for path, entry in top if entry.kind == "file"})
    read_only = image.with_layer(changed, "RUN chmod -R a-w")
    return Question(
        prompt="What is the size of the image with that layer?",
        act="type",
        truth=read_only.size,
        wrong=(
            Wrong("5", image.size, "a layer could contain a new mode without its file"),
            Wrong("5", 2 * image.size, "the step stored every file of the image again"),
        ),
        happening=Happening(lambda: holding(image, name), lambda host: host.add(read_only, f"{name}:readonly")),
        measured=("the image", "dead bytes in the image"),
        explanation="A layer contains whole files. A new mode changes a file, so the step stores every such file "
        "again. The "
        "old files stay in the layer below, and no container shows the old files. So set the modes in the step that "
        "copies the files, for example with COPY --chmod, not in a later step.",
        docker="docker exec build chmod -R a-w /var/lib/shop /var/www\n"
        "docker ps -s\ndocker commit build shop-readonly\ndocker image ls",
        printed="NAMES     SIZE\n"
        "build     25MB (virtual 344MB)\n\n"
        "REPOSITORY      SIZE\n"
        "shop-readonly   344MB\n"
        "shop            319MB",
    )


# What does squashing save?


def draw_squash(random: Random) -> tuple[str, Image, Image, str, str]:
    there = drawn(random)
    base = there.image.parent or scratch
    second = Layer.of({"srv/other.bin": filler(drawn_size(random, 60_000, 900_000), seed=7)})
    situation = (
        f"Two images use one base of {size(base.size)}. <code>{there.name}</code> adds "
        f"{size(there.image.layers[-1].size)}, and <code>other</code> adds {size(second.size)}. You squash each image "
        "to one layer, and remove the originals."
    )
    return situation, there.image, base.with_layer(second, "COPY other/ /"), there.name, "other"


@LESSON.question("squash", lambda: (the_shop().image, shop("blog").images["blog"], "shop", "blog"), draw_squash)
def squash_two_images(one: Image, other: Image, name: str, other_name: str) -> Question:
    def start() -> Host:
        host = holding(one, name)
        host.add(other, other_name)
        return host

    def act(host: Host) -> None:
        for image, named in ((one, name), (other, other_name)):
            host.remove_image(named)
            host.add(image.squash(), f"{named}-flat")

    happening = Happening(start, act)
    return Question(
        prompt="How much disk space do the two squashed images use together?",
        truth=happening.after.usage().disk,
        wrong=(
            Wrong(
                "11a",
                one.layers[-1].size + other.layers[-1].size,
                "squashing removed the bytes of the shared layers",
            ),
            Wrong("11b", stored(one, [other]).total, "Docker stored equal files once, not equal layers"),
        ),
        happening=happening,
        measured=("squashed", "the two images before"),
        because=(
            Reason("Docker stores equal layers once, but the two new layers are not equal"),
            Reason("Docker stores equal files once", "Docker compares layers, not files"),
            Reason("fewer layers contain fewer bytes", "every visible file has to be in some layer"),
        ),
        explanation="Squashing makes one layer that shows the same files. Each of the two new layers contains the "
        "whole base. "
        "The two layers are not equal, so nothing is shared any more. Squashing removes dead bytes, but here there "
        "were "
        "none. So squash only your own layers, and keep the shared base.",
        docker="docker create --name full shop\n"
        "docker export full | docker import - shop-flat    # and blog; the metadata is lost\n"
        "docker system df -v",
        printed="REPOSITORY   SIZE    SHARED SIZE   UNIQUE SIZE\n"
        "shop-flat    319MB   0B            319.4MB\n"
        "blog-flat    304MB   0B            304.4MB",
    )


# Which builds keep a secret?

COPIED, EMPTIED, ARGUMENT = "COPY and a later RUN rm", "ENV emptied by a later ENV", "ARG"
MOUNTED, ONE_STEP = "RUN --mount=type=secret", "curl and rm in one RUN"
BUILDS = (COPIED, EMPTIED, ARGUMENT, MOUNTED, ONE_STEP)
FETCHER = scratch.with_layer(Layer.of({"bin/fetch": b"#!"}), "ADD tools.tar /")
REPORT = Layer.of({"srv/report": b"42 orders today\n"})


def built(way: str, value: str) -> Image:
    """Return what a build leaves that needs a key to fetch a file, for one way to hand it the key."""
    if way == COPIED:
        image = FETCHER.with_layer(Layer.of({"key": value.encode()}), "COPY key /").with_layer(REPORT, "RUN fetch")
        return image.with_layer(Layer.of({"key": WHITEOUT}), "RUN rm /key")
    if way == EMPTIED:
        image = FETCHER.with_config(env={"KEY": value}, created_by=f"ENV KEY={value}").with_layer(REPORT, "RUN fetch")
        return image.with_config(env={"KEY": ""}, created_by="ENV KEY=")
    if way == ARGUMENT:
        return FETCHER.with_config(created_by="ARG KEY").with_layer(REPORT, f"|1 KEY={value} /bin/sh -c fetch")
    return FETCHER.with_layer(REPORT, "RUN --mount=type=secret,id=key fetch" if way == MOUNTED else "RUN curl && fetch")


def before_builds() -> Host:
    """Return a host that holds what each of the builds begins with."""
    host = Host()
    host.add(FETCHER, "tools")
    return host


def draw_builds(random: Random) -> tuple[str, tuple[str, ...], str]:
    value, ways = draw_word(random), [*BUILDS]
    random.shuffle(ways)
    # With these two among them, each wrong model predicts another set than the truth.
    kept = [way for way in ways if way in (COPIED, EMPTIED)]
    rest = [way for way in ways if way not in kept][: random.randint(1, 3)]
    chosen = tuple(way for way in ways if way in (*kept, *rest))
    return f"<code>RUN fetch</code> needs the key <code>{value}</code>.", chosen, value


@LESSON.question("which-builds", lambda: (BUILDS, PASSWORD), draw_builds)
def which_builds_keep_a_secret(ways: tuple[str, ...], value: str) -> Question:
    secret, images = value.encode(), {way: built(way, value) for way in ways}
    in_a_layer = frozenset(way for way, image in images.items() if in_layers(image, secret))
    in_a_shown_layer = frozenset(way for way, image in images.items() if in_shown_layers(image, secret))
    in_the_metadata = frozenset(way for way, image in images.items() if in_metadata(image, secret))
    return Question(
        prompt="After which of these builds can someone read the key in the image? Pick all that fit.",
        act="pick",
        items=ways,
        truth=in_a_layer | in_the_metadata,
        wrong=(
            Wrong("4a", in_a_shown_layer | in_the_metadata, "a later layer could remove a file from a layer below"),
            Wrong("4b", in_a_layer, "an ENV or an ARG were not written into the image"),
        ),
        happening=Happening(before_builds, lambda host: add_builds(host, images.values()), file="key"),
        measured=("the key stays after",),
        explanation="A step makes a layer of the files at its end and a line of the history. A file that the same "
        "step "
        "deletes is in no layer. A mounted secret is in no layer and no line. A later ENV empties the variable, "
        "but the first line stays. Docker writes an ARG into the line of every later RUN.",
        docker="docker history fetcher",
        engine=f"{ENGINE} (above for an ENV that was emptied, below for an ARG),",
        printed="CREATED BY                                SIZE\n"
        "ENV DB_PASSWORD=                          0B\n"
        "RUN login && rm /etc/backup.env           0B\n"
        "ENV DB_PASSWORD=open-sesame               0B\n\n"
        "CREATED BY                                SIZE\n"
        "|1 TOKEN=open-sesame /bin/sh -c true      0B\n"
        "/bin/sh -c #(nop)  ARG TOKEN              0B",
    )


def add_builds(host: Host, images: Iterable[Image]) -> None:
    """Put what was built on a host, each image under the letter that its build has in the question."""
    for letter, image in zip(ascii_lowercase, images, strict=False):
        host.add(image, letter)


# Which step has to delete a file?


def image_with_a_dead_package(base: Image, tool: int, package: int, between: int = 1) -> Image:
    """Return an image whose package stays dead: a step installs it, and a later one deletes it."""
    installed = {"usr/bin/php": filler(tool), "var/cache/apt/archives/php.deb": filler(package)}
    image = base.with_layer(Layer.of(installed), "RUN apt-get install php")
    for number in range(between):
        name = "php.ini" if number == 0 else f"php-{number}.ini"
        image = image.with_layer(Layer.of({f"etc/{name}": filler(70_000)}), f"COPY {name} /etc/")
    deleted = {"var/cache/apt/archives/php.deb": WHITEOUT}
    return image.with_layer(Layer.of(deleted), "RUN rm /var/cache/apt/archives/php.deb")


def draw_blame(random: Random) -> tuple[str, Image, str]:
    there = drawn(random)
    package = drawn_size(random, 100_000, 900_000)
    tool = drawn_size(random, 50_000, 300_000)
    image = image_with_a_dead_package(there.image, tool, package, random.randint(1, 3))
    situation = (
        f"These steps made <code>{there.name}</code>: {steps_of(image)}. The package is {size(package)}. "
        "The last step deletes the package."
    )
    return situation, image, there.name


def the_shop_with_a_dead_package() -> tuple[Image, str]:
    return image_with_a_dead_package(the_shop().image, 12_000_000, 30_000_000), "shop"


@LESSON.question("blame", the_shop_with_a_dead_package, draw_blame)
def which_step_has_to_delete(image: Image, name: str) -> Question:
    package = explain(image).dead[0]
    steps = [f"the step of layer {number}" for number in range(len(image.layers))]
    return Question(
        prompt="Into which step do you move the <code>rm</code>, so that the image gets smaller?",
        act="point",
        items=tuple(steps[package.layer - 1 :]),
        truth=steps[package.layer],
        wrong=(
            Wrong("1", steps[package.by], "a deletion in a later layer freed the bytes"),
            Wrong("17", steps[package.by - 1], "a whiteout removed bytes from the layer right below"),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("the rm belongs to", "moved there, the rm frees"),
        explanation="The step that writes the package makes the layer that contains it. Only this step can delete the "
        "package before the layer is made. A later step can only hide the package, and frees nothing. Two other ways "
        "help: squash the layers, or build in a first stage and copy only the result.",
        docker="docker history shop-php",
        printed="IMAGE          CREATED BY                               SIZE\n"
        "e712be02436a   RUN rm /var/cache/apt/archives/php.deb   0B\n"
        "<missing>      COPY php.ini /etc/                       70kB\n"
        "<missing>      RUN apt-get install php                  42MB\n"
        "<missing>      COPY site/ /                             25MB",
    )


# Can one edit a secret out of an archive?


def draw_edited(random: Random) -> tuple[str, Image, str, str]:
    name, variable, value = random.choice(JOBS), random.choice(VARIABLES), draw_word(random)
    situation = (
        f"<code>{name}.tar</code> is an image that you saved. Its layer 1 contains <code>etc/{name}.env</code> with "
        f"the password <code>{value}</code>. You replace the password in this layer by stars, and change nothing else. "
        "You load the archive on a host that does not have this layer."
    )
    return situation, image_with_a_secret(name, variable, value), value, name


@LESSON.question("edited-archive", lambda: (shop("backup").images["backup"], PASSWORD, "backup"), draw_edited)
def edit_a_layer_of_an_archive(image: Image, value: str, name: str) -> Question:
    secret = value.encode()
    tars = (b"".join(layer.tar_chunks()).replace(secret, b"*" * len(secret)) for layer in image.layers)
    as_stated = [sha256(data) for data in tars] == list(image.diff_ids)
    loads = "it loads, without the password"
    return Question(
        prompt="What happens when you load the archive?",
        truth=loads if as_stated else "the archive is refused",
        wrong=(
            Wrong("17", loads, "nobody checked the bytes of a layer"),
            Wrong("8", "it loads, as another image", "the checksum in the archive were changed too"),
        ),
        happening=Happening(lambda: holding(image, name)),
        measured=("when it is loaded",),
        explanation="The archive contains a checksum for every layer, and Docker compares it when it loads a layer. "
        "So Docker "
        "refuses the changed layer. If the host already has this layer, Docker does not read it, and loads the old "
        "one. "
        "Build again without the password. Other people may have the old image, so change the password too.",
        docker="docker load --input backup.tar",
        engine=f"{ENGINE}, which did not hold that layer yet,",
        printed="invalid diffID for layer 1: "
        'expected "sha256:cb93346abe25084575935e9d637966b8638810fe7f851d9af66affd5b47cbc47", '
        'got "sha256:876946529f8f80225e6132e911b9cad139254fcded67aec17382f8c49ecad356"',
    )


# What does a build keep of what its RUN lines do?

BASE = "coreos/apache"
BUILDERS = {"classic": "Docker's older builder", "podman": "Podman"}
PODMAN = "Podman 4.3.1, the same lines on a small base"
SRV = ("COPY hours /srv/", "VOLUME /srv", "RUN echo closed > /srv/news", "COPY prices /srv/")
PAGES = ("hours", "map", "news", "offers", "phone", "prices")


def builds(lines: Sequence[str], builder: str = "classic") -> Happening:
    """Return a host on which these lines are built on `coreos/apache` as `new`, with a context of a few pages."""
    text = "\n".join((f"FROM {BASE}", *lines)) + "\n"
    files: Mapping[str, Spec] = {name: f"{name}\n".encode() for name in PAGES}
    return Happening(lambda: shop(BASE), lambda host: build(text, files, host=host, tag="new", builder=builder))


def listed(lines: Sequence[str]) -> str:
    """Return a Dockerfile for the text of a drawn question."""
    return f" <br/><code>{'<br/>'.join(escape(line, quote=False) for line in (f'FROM {BASE}', *lines))}</code>"


def draw_volume(random: Random) -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
    builder, folder = random.choice([*BUILDERS]), random.choice(("srv", "data", "cache", "shop"))
    names = tuple(random.sample(PAGES, 3))
    later = [f"RUN echo new > /{folder}/{names[1]}", f"COPY {names[2]} /{folder}/"]
    random.shuffle(later)
    lines = (f"COPY {names[0]} /{folder}/", f"VOLUME /{folder}", *later)
    return f"{BUILDERS[builder]} builds this:{listed(lines)}", lines, names, builder


@LESSON.question("volume", lambda: (SRV, ("hours", "news", "prices"), "classic"), draw_volume)
def write_under_a_volume(lines: tuple[str, ...], names: tuple[str, ...], builder: str) -> Question:
    happening = builds(lines, builder)
    view = happening.after.images["new"].view()
    folder = lines[1].removeprefix("VOLUME /")
    return Question(
        prompt=f"Which files does the new image show in <code>/{folder}</code>? Pick all that fit.",
        act="pick",
        items=tuple(sorted(names)),
        truth=frozenset(name for name in names if f"{folder}/{name}" in view),
        wrong=(
            Wrong("28", frozenset(names), "a RUN wrote into the image there, as into any other folder"),
            Wrong("28", frozenset(names[:2]), "COPY wrote into a volume, and RUN into the image"),
        ),
        happening=happening,
        measured=("files in the folder",),
        explanation="VOLUME names a folder that is outside the image. Docker's older builder and Podman give each RUN "
        "a new volume there, and throw it away when the line ends. COPY writes into the image. BuildKit makes no "
        "volume, so the same Dockerfile can give another image. Write everything first, and put VOLUME last.",
        docker="podman build --tag new .\nls $(podman image mount new)/srv",
        printed="hours\nprices",
        engine=PODMAN,
    )


STOPS = "nowhere, because the build stops"


def draw_shell(random: Random) -> tuple[str, tuple[str, ...], str]:
    folder = random.choice(("etc", "usr/bin", "usr/lib", "var", "usr/sbin", "usr"))
    touch = f"touch {random.choice(('ready', 'done', 'stamp', 'marker', 'started', 'hello', 'state', 'built'))}"
    lines = random.choice(
        (
            (f"RUN cd /{folder}", f"RUN {touch}"),
            (f"RUN cd /{folder} && {touch}",),
            (f"WORKDIR /{folder}", f"RUN {touch}"),
            (f"RUN cd /{folder}", f"RUN cd / && {touch}"),
        )
    )
    return f"You build this:{listed(lines)}", lines, folder


@LESSON.question("shell", lambda: (("RUN cd /etc", "RUN touch ready"), "etc"), draw_shell)
def go_to_another_directory(lines: tuple[str, ...], folder: str) -> Question:
    happening = builds(lines)
    name = lines[-1].split()[-1]
    (there,) = [path for path in happening.after.images["new"].view() if path.rpartition("/")[2] == name]
    truth = f"/{there}"
    answers = {
        f"/{folder}/{name}": "all lines ran in one shell, which stays in its directory",
        f"/{name}": "each command started in the directory at the top",
        STOPS: "a build refused to change the directory",
    }
    return Question(
        prompt=f"At which path does the new image contain the file <code>{name}</code>?",
        truth=truth,
        wrong=tuple(Wrong("31", value, why) for value, why in answers.items() if value != truth),
        happening=happening,
        measured=("the file is",),
        explanation="Each RUN starts a new shell. That shell begins in the directory that WORKDIR has named, or at the "
        "top. When the line ends, its shell ends, and with it a change of directory or a variable that was exported. "
        "Only files stay. Use WORKDIR and ENV for later lines, or join commands in one RUN.",
        docker="podman build --tag new .\nls -d $(podman image mount new)/ready",
        printed="/ready",
        engine=PODMAN,
    )


# Exercises.


LOST = (f"FROM {BASE}", "VOLUME /srv", "RUN cd /srv", "RUN touch ready")


@LESSON.exercise(
    "keep",
    task="`lines` is a Dockerfile for Docker's older builder, as a list. It should put a file `ready` into `/srv`, "
    "but the image has no such file. Return better lines. The image has to show `/srv/ready`, and each container has "
    "to get a volume at `/srv`.",
    takes=("lines",),
    start=lambda: ([*LOST],),
    right="The file is in a layer of the image, and the volume of each container begins with a copy of it.",
    hint="WORKDIR makes a folder, and later lines start in it. What RUN writes stays if VOLUME comes after it.",
    solution='return [lines[0], "WORKDIR /srv", lines[3], lines[1]]',
    mistakes=(
        Mistake("31", "return [lines[0], 'RUN mkdir /srv', *lines[2:], lines[1]]", "The image shows /ready"),
        Mistake("28", 'return [*lines[:2], "WORKDIR /srv", lines[3]]', "The image shows no file ready"),
        Mistake("28", 'return [lines[0], "WORKDIR /srv", lines[3]]', "no volume at /srv"),
    ),
)
def judge_keep(_lines: Sequence[str], made: object) -> str:
    if not isinstance(made, list | tuple) or not made or not all(isinstance(line, str) for line in made):
        return "Return a list of lines, each a text, as the one that you were given."
    try:
        image = build("\n".join(made) + "\n", host=shop(BASE), builder="classic").image
    except BuildError as error:
        return f"The build stops: {error}."
    view = image.view()
    if "srv/ready" not in view:
        return "The image shows /ready, and not /srv/ready." if "ready" in view else "The image shows no file ready."
    return "" if "/srv" in image.config.get("Volumes", {}) else "A container gets no volume at /srv."


@LESSON.exercise(
    "no-dead-bytes",
    task="Add `php` to `base`, but not the bytes of its `package`. Return an image on `base` that shows "
    "`usr/bin/php`, has no dead bytes, and still shares every layer of `base`.",
    takes=("base", "php", "package"),
    start=lambda: (shop("coreos/apache").images["coreos/apache"], filler(12_000_000), filler(8_000_000, seed=9)),
    right="There are no dead bytes, because no layer contains the package. The base is still shared.",
    hint="A file that a step deletes before its end is in no layer. So the layer needs only the other files.",
    solution='return base.with_layer(Layer.of({"usr/bin/php": php}), "RUN install php && rm php.deb")',
    mistakes=(
        Mistake(
            "1",
            'image = base.with_layer(Layer.of({"usr/bin/php": php, "var/cache/php.deb": package}))\n'
            'return image.with_layer(Layer.of({"var/cache/php.deb": WHITEOUT}))',
            "are dead: layer 4 still contains",
        ),
        Mistake(
            "11a",
            'return base.with_layer(Layer.of({"usr/bin/php": php, "var/cache/php.deb": package}))',
            "still shows var/cache/php.deb",
        ),
        Mistake("11b", 'return base.with_layer(Layer.of({"usr/bin/php": php})).squash()', "stores its 294 MB again"),
    ),
)
def judge_no_dead_bytes(base: Image, php: Content, package: Content, made: Image) -> str:
    view, needless = made.view(), "var/cache/php.deb"
    if "usr/bin/php" not in view or view["usr/bin/php"].size != php.size:
        return "A container of your image shows no whole usr/bin/php."
    if needless in view:
        return f"A container of your image still shows {needless}, {size(package.size)} that nobody needs."
    if dead := explain(made).dead:
        return f"{size(sum(row.bytes for row in dead))} are dead: layer {dead[0].layer} still contains {dead[0].path}."
    if shared_layers(base, made) < len(base.layers):
        return f"There are no dead bytes, but a host that has the base stores its {size(base.size)} again."
    return ""


@LESSON.exercise(
    "no-secret",
    task="A build needs the text `key` to fetch the bytes `report`. Return an image on `base` that shows "
    "`report` as `srv/report`. Nobody may be able to find the key in it.",
    takes=("base", "key", "report"),
    start=lambda: (FETCHER, PASSWORD, b"42 orders today\n"),
    right="The step could use the key, but no layer and no line of the metadata contains it.",
    hint="An image keeps what you put into a layer, into `Env` and into `created_by`, and nothing else.",
    solution='step = "RUN --mount=type=secret,id=key fetch"\n'
    'return base.with_layer(Layer.of({"srv/report": report}), step)',
    mistakes=(
        Mistake(
            "4a",
            'image = base.with_layer(Layer.of({"key": key.encode(), "srv/report": report}))\n'
            'return image.with_layer(Layer.of({"key": WHITEOUT}))',
            "in layer 1",
        ),
        Mistake(
            "4b",
            'image = base.with_config(env={"KEY": key}, created_by=f"ENV KEY={key}")\n'
            'return image.with_layer(Layer.of({"srv/report": report}))',
            "Env and history",
        ),
        Mistake(
            "4b",
            'step = f"|1 KEY={key} /bin/sh -c fetch"\nreturn base.with_layer(Layer.of({"srv/report": report}), step)',
            "look at history",
        ),
    ),
)
def judge_no_secret(base: Image, key: str, report: bytes, made: Image) -> str:
    if "srv/report" not in made.view() or made.view()["srv/report"].read() != report:
        return "A container of your image does not show srv/report as it was fetched."
    secret = key.encode()
    if found := in_layers(made, secret):
        return f"The key can still be read in {min(found)}."
    if found := in_metadata(made, secret):
        return f"No file contains the key, but the metadata does: look at {' and '.join(sorted(found))}."
    if shared_layers(base, made) < len(base.layers):
        return "The key is nowhere, but the base is missing too: build on its layers."
    return ""


@LESSON.exercise(
    "find-layer",
    task="One layer of `image` has a file that contains the bytes `secret`, but no container shows this file. Return "
    "the number of its layer.",
    takes=("image", "secret"),
    start=lambda: (image_with_a_secret("backup", "DB_PASSWORD", PASSWORD, 2, 1), PASSWORD.encode()),
    right="That layer contains the secret, and everyone who has the image has that layer.",
    hint="`image.layers` is a stack of layers, and `layer.entries` maps each name to an entry that you can `read()`.",
    solution="for number, layer in enumerate(image.layers):\n"
    "    for entry in layer.entries.values():\n"
    '        if entry.kind == "file" and secret in entry.read():\n'
    "            return number",
    mistakes=(
        Mistake(
            "4a",
            'return sum(secret in entry.read() for entry in image.view().values() if entry.kind == "file")',
            "higher up",
        ),
        Mistake("17", "return explain(image).dead[0].by", "the mark that hides"),
        Mistake("1", "return len(image.layers) - 1", "further down"),
    ),
)
def judge_find_layer(image: Image, secret: bytes, made: object) -> str:
    if not isinstance(made, int):
        return "Return the number of a layer, 0 at the bottom."
    if not 0 <= made < len(image.layers):
        return f"There is no layer {made}: the lowest is 0, the top one {len(image.layers) - 1}."
    holding = in_layers(image, secret)
    if f"layer {made}" in holding:
        return ""
    if any(entry.kind == "whiteout" for entry in image.layers[made].entries.values()):
        return f"Layer {made} contains the mark that hides the file, and not its bytes."
    below = any(f"layer {number}" in holding for number in range(made))
    return f"Layer {made} does not contain it: look {'further down' if below else 'higher up'}."
