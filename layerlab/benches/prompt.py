"""Prompt: a docker line that someone typed, as an act of a bench, as the text of a listing, or as a refusal.

It reads each docker line that a bench writes into its transcript, and the usual short forms and options. What it does
not know is refused: in Docker's words where Docker would refuse it, with what to do instead behind them.
"""

import builtins
import keyword
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from layerlab.benches import listings
from layerlab.benches.command_line import CommandError, Given, Synopsis, is_sign, parse, split
from layerlab.benches.exec_command import inside
from layerlab.benches.verbs import (
    CACHE,
    FOLDER,
    SHOP,
    SPOKEN,
    TYPED,
    VOLUME,
    WWW,
    Act,
    TranscriptLine,
    docker_says,
    in_quotes,
    in_shell,
    tag,
)
from layerlab.model.accounting import Usage
from layerlab.model.host import VOLUME_NAME, Host, HostError, reference, short
from layerlab.words.digests import short_digest
from layerlab.words.plurals import listed
from layerlab.words.printable import printable

# What a name of an image may be: distribution/reference, regexp.go.
_IMAGE_NAME = re.compile(
    r"(?:[\w.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?",
    re.ASCII,
)
_STEP_FILE = re.compile(r"Dockerfile\.up-to-layer-(\d+)")
# `docker run` says more of a refusal than the others do.
_RUNS = re.compile(r"[$\s]*(?:sudo\s+)?(?:docker\s+)?(?:container\s+)?run\b")
_ONE = "one thing a line"


class Prompted(Protocol):
    """What a prompt needs of a bench: its host, and what only the bench's acts tell of it."""

    @property
    def host(self) -> Host:
        """The host."""

    @property
    def run_on(self) -> Mapping[str, str]:
        """The name of the image that each container was run on."""

    @property
    def order(self) -> Sequence[str]:
        """The ids of all images in the order in which they came."""

    def spoken(self, container: str) -> str:
        """Return how the transcript's Python names a container."""


class Command(NamedTuple):
    """A command of docker: how it is called, and what becomes of what it was given.

    >>> COMMANDS["stop"].synopsis.name
    'docker stop'
    """

    synopsis: Synopsis
    read: Callable[[Given, Prompted], Act | str]


def read(line: str, bench: Prompted) -> Act | str:
    """Return what a line asks of a bench: an act, which is not yet checked, or a listing's text.

    What nobody can do raises ValueError; CommandError where it is Docker's client that refuses.

    >>> from layerlab.benches.stack_bench import StackBench
    >>> read("docker commit web shop:2", StackBench()).line.docker
    'docker commit web shop:2'
    >>> read("docker volume ls", StackBench())
    'DRIVER    VOLUME NAME'
    """
    # What is copied from a page may hold tabs and spaces of other kinds.
    line = re.sub(r"[\t\xa0]", " ", line).strip()
    if not line.isprintable():
        raise ValueError("the line holds letters that nobody sees: type it anew")
    words = split(line)
    while words[:1] and words[0] in ("$", "sudo"):
        # A word such as rm is short for docker rm here. After sudo it would be the program.
        if words[0] == "sudo" and words[1:2] not in ([], ["docker"], ["sudo"]):
            raise ValueError(f"sudo {printable(words[1])} is no docker command: type sudo docker ps, for example")
        words = words[1:]
    if not words:
        raise ValueError("nothing is typed: type docker ps, for example")
    if words[0] == "printf" and "|" in words:
        return _built(words, bench)
    if signs := [word for word in words if is_sign(word)]:
        raise ValueError(f"{signs[0]} is for a shell, and this is none: type one docker command a line")
    known = words[0] in (*_HELP, *_FIRST) and words[0] not in ("image", "container", "volume")
    if words[0] != "docker" and not known:
        raise ValueError(f"no docker command begins with {printable(words[0])}: type one, for example docker ps")
    rest = words[1:] if words[0] == "docker" else words
    command, given = _command(rest)
    return command.read(parse(command.synopsis, given), bench)


def _command(words: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """Return the command that words start with, and the other words."""
    for count in (2, 1):
        name = " ".join(words[:count])
        name = _ALIASES.get(name, name)
        if len(words) >= count and name in COMMANDS:
            return COMMANDS[name], words[count:]
    what = printable(words[0]) if words else ""
    if what in ("image", "container", "volume", "system"):
        there = [name for name in (*COMMANDS, *_ALIASES) if name.startswith(f"{what} ")]
        raise ValueError(f"docker {what} needs one more word: here are {', '.join(f'docker {each}' for each in there)}")
    here = f"here are {', '.join(name for name in COMMANDS if ' ' not in name)}"
    if what in _HELP:
        raise ValueError(f"a bench has no page of help: {here}")
    if not what or what in _ELSEWHERE:
        raise ValueError(f"a bench has nothing for {f'docker {what}'.strip()}, which Docker knows: {here}")
    raise CommandError(f"docker: '{what}' is not a docker command.\nSee 'docker --help'", here)


# What a command was given, as an act.


def _container(given: Given) -> str:
    if len(given.arguments) > 1:
        raise ValueError(f"{_ONE}: {' and '.join(map(printable, given.arguments))} are {len(given.arguments)}")
    return _filled(given.arguments[0])


def _filled(word: str) -> str:
    # An empty word would be taken for one that was left out.
    if not word.strip("/ "):
        raise CommandError("invalid container name or ID: value is empty", "write a name")
    return word


def _image(word: str, bench: Prompted) -> str:
    """Return an image's name as people write it, or the first digits of its id where it was given by some of them."""
    host = bench.host
    if reference(_filled(word)) in map(reference, host.images):
        return short(word)
    digits = word.removeprefix("sha256:")
    ids = {image.id.removeprefix("sha256:") for image in (*host.images.values(), *host.untagged)}
    found = [each for each in ids if each.startswith(digits)]
    return short_digest(found[0]) if len(found) == 1 else short(word)


def _named(name: str, before: str = "") -> str:
    """Return a name for an image; Docker's client refuses what is none."""
    if not _IMAGE_NAME.fullmatch(name):
        lower = ": repository name must be lowercase" if _IMAGE_NAME.fullmatch(name.lower()) else ""
        raise CommandError(f"{before}invalid reference format{lower}", "take a name such as shop:2")
    return short(name)


def _run(given: Given, bench: Prompted) -> Act:
    image, command = _image(given.arguments[0], bench), " ".join(map(in_shell, given.arguments[1:]))
    name, host = given.last("name"), bench.host
    if given.has("name") and not VOLUME_NAME.fullmatch(name):
        docker_says(
            f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", "take a name such as job"
        )
    if name in host.containers:
        docker_says(
            f'Conflict. The container name "/{name}" is already in use',
            f"take another name, or remove it first: docker rm {name}",
        )
    mounts, options = _mounts(given)
    act = Act(_MOUNTED.get(" ".join(options), "run"), image=image, name=name, command=command)
    if (not mounts or act.verb != "run") and _is_variable(name):
        return act
    act = TYPED["run"].complete(host, act)
    assigned = f"{act.name} = " if _is_variable(act.name) else ""
    python = f'{assigned}host.run("{in_quotes(image)}", name="{act.name}"'
    python += f", mounts={{{', '.join(mounts)}}})" if mounts else ")"
    docker = " ".join(["docker run --detach --name", act.name, *options, in_shell(image), act.command]).rstrip()
    return act._replace(line=TranscriptLine(python, docker))


# The verbs that mount something, by how a line says so.
_MOUNTED = {
    f"--volume {VOLUME}:{SHOP}": "run-volume",
    f"--volume {FOLDER}:{WWW}": "run-folder",
    f"--tmpfs {CACHE}": "run-tmpfs",
}


def _is_variable(name: str) -> bool:
    """Tell whether a transcript can call a container by its name: other lines use some names for other things."""
    taken = {*SPOKEN, *dir(builtins), "host", "image", "layerlab"}
    return not name or (name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and name not in taken)


def _mounts(given: Given) -> tuple[list[str], list[str]]:
    """Return what is mounted, as Python and as options of docker."""
    python, options = [], []
    for kind in ("volume", "tmpfs", "mount"):
        for value in given.options.get(kind, ()):
            source, place, read_only = _mount(kind, value)
            if not place.startswith("/"):
                wrong = f"invalid mount config for type \"volume\": invalid mount path: '{place}'"
                given_as = f"invalid volume specification: '{value}': " if kind == "volume" else ""
                docker_says(f"{given_as}{wrong} mount path must be absolute", "start the place with a slash")
            ends = ":ro" if read_only else ""
            if not source:
                python.append(f'"{in_quotes(place)}": Tmpfs({"read_only=True" if read_only else ""})')
                options += ["--tmpfs", in_shell(place + ends)]
                continue
            if not source.startswith("/") and not VOLUME_NAME.fullmatch(source):
                _no_volume(source)
            python.append(f'"{in_quotes(place)}": "{in_quotes(source + ends)}"')
            options += ["--volume", in_shell(f"{source}:{place}{ends}")]
    return python, options


def _mount(kind: str, value: str) -> tuple[str, str, bool]:
    """Return what an option mounts: a volume's name or a folder ("" for memory), the place, and if read-only."""
    if kind == "mount":
        pairs = {key: found for key, _, found in (pair.partition("=") for pair in value.split(","))}
        place = next((pairs[each] for each in ("target", "destination", "dst") if each in pairs), "")
        source = next((pairs[each] for each in ("source", "src") if each in pairs), "")
        if source or pairs.get("type") == "tmpfs":
            return source, place, "readonly" in pairs or "ro" in pairs
        raise ValueError("a volume without a name gets one that nobody can read: write source=NAME")
    source, _, rest = value.partition(":")
    if kind == "tmpfs":
        if rest not in ("", "ro", "rw"):
            raise ValueError(f"a bench has nothing for the options {rest} of a tmpfs: leave them out")
        return "", source, rest == "ro"
    if not rest:
        raise ValueError("a volume without a name gets one that nobody can read: write NAME:/PLACE")
    place, _, mode = rest.partition(":")
    if mode not in ("", "ro", "rw"):
        docker_says(f"invalid mode: {mode}", "write :ro or nothing")
    return source, place, mode == "ro"


def _exec(given: Given, bench: Prompted) -> Act | str:
    name, *command = given.arguments
    return inside(_filled(name), command, bench)


def _verb(key: str) -> Callable[[Given, Prompted], Act]:
    return lambda given, _: Act(key, _container(given))


def _rm(given: Given, _: Prompted) -> Act:
    name = _container(given)
    if not given.has("force"):
        return Act("remove-volumes" if given.has("volumes") else "remove", name)
    python = ", ".join([f'"{in_quotes(name)}"', *(f"{each}=True" for each in ("force", "volumes") if given.has(each))])
    docker = " ".join(["docker rm", *(f"--{each}" for each in ("force", "volumes") if given.has(each)), in_shell(name)])
    return Act("force-remove", name, line=TranscriptLine(f"host.remove({python})", docker))


def _commit(given: Given, bench: Prompted) -> Act:
    name = _filled(given.arguments[0])
    if len(given.arguments) < 2:
        raise ValueError(f"an image without a name is hard to find again: type docker commit {name} {name}-image")
    made = _named(given.arguments[1])
    if made == f"{name}-image":
        return Act("commit", name)
    python = f'host.add({bench.spoken(name)}.commit("docker commit {in_quotes(name)}"), "{made}")'
    return Act("commit", name, name=made, line=TranscriptLine(python, f"docker commit {in_shell(name)} {made}"))


def _tag(given: Given, bench: Prompted) -> Act:
    image, asked = _image(given.arguments[0], bench), given.arguments[1]
    name = _named(asked, f'Error parsing reference: "{asked}" is not a valid repository/tag: ')
    _known_to_docker(image, bench)
    python = f'host.tag("{in_quotes(image)}", "{name}")'
    return Act("tag", image=image, name=name, line=TranscriptLine(python, f"docker tag {in_shell(image)} {name}"))


def _rmi(given: Given, bench: Prompted) -> Act:
    return Act("remove-image", image=_image(_container(given), bench))


def _create_volume(given: Given, bench: Prompted) -> Act | str:
    if not given.arguments:
        raise ValueError("a volume without a name gets one that nobody can read: type docker volume create orders")
    name = given.arguments[0]
    if name in bench.host.volumes:
        return name  # as Docker: it is there, and that is all that was asked for
    if not VOLUME_NAME.fullmatch(name):
        _no_volume(name)
    return Act(
        "create-volume", name=name, line=TranscriptLine(f'host.volume("{name}")', f"docker volume create {name}")
    )


def _no_volume(name: str) -> None:
    only = 'only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
    docker_says(
        f'create {name}: "{name}" includes invalid characters for a local volume name, {only}',
        "take a name such as orders",
    )


def _remove_volume(given: Given, bench: Prompted) -> Act:
    name = _container(given)
    volume = bench.host.volumes.get(name)
    if volume is None:
        docker_says(f"get {name}: no such volume", "docker volume ls names those that are there")
    boxes = bench.host.containers.values()
    if users := [each.name for each in boxes if any(mount.source is volume for mount in each.mounts)]:
        docker_says(f"remove {name}: volume is in use - [{', '.join(users)}]", f"remove {listed(users)} first")
    return Act(
        "remove-volume", name=name, line=TranscriptLine(f'host.remove_volume("{name}")', f"docker volume rm {name}")
    )


# Builds. Each button that builds has one step, and these are its four.


def _built(words: Sequence[str], bench: Prompted) -> Act:
    """Return the act of `printf LINES | docker build --file - .`: one step on an image that is here."""
    at = words.index("|")
    lines = _printed(words[1:at])
    command, given = _command(words[at + 2 :] if words[at + 1 : at + 2] == ["docker"] else [])
    if command.synopsis.name != "docker build":
        raise ValueError("a bench has no pipes but the one into docker build: type one docker command a line")
    options = parse(command.synopsis, given)
    first = lines[0].split() if lines else []
    if len(lines) != 2 or len(first) != 2 or first[0].upper() != "FROM" or options.last("file") != "-":
        raise ValueError(
            "a build here has one step: printf '%s\\n' 'FROM shop' 'ENV A=1' | docker build -t shop -f - ."
        )
    image = _image(first[1], bench)
    act = _step(lines[1], image)
    if (name := options.last("tag")) and short(name) != tag(act):
        raise ValueError(f"a build here moves the name of the image that it stands on: write --tag {tag(act)}")
    return act


def _printed(words: Sequence[str]) -> list[str]:
    if not words:
        return []
    text = "\n".join(words[1:]) if words[0] in ("%s\\n", "%s\n") else words[0].replace("\\n", "\n")
    return text.splitlines()


def _step(line: str, image: str) -> Act:
    name, _, rest = line.partition(" ")
    words = split(rest)
    match name.upper(), words:
        case "COPY", [file, "/srv/"]:
            return Act("add-files", image=image, name=f"srv/{posixpath.basename(file)}")
        case "ENV", [setting] if re.fullmatch(r"BUILD=[1-9]\d*", setting, re.ASCII):
            return Act("metadata", image=image, number=int(setting.removeprefix("BUILD=")))
        case "RUN", ["printf", "!", ">>", path]:
            return Act("add-change", image=image, path=path.lstrip("/"))
        case "RUN", ["rm", path]:
            return Act("add-deletion", image=image, path=path.strip("/"))
        case "RUN", ["rm", "-r" | "-rf", path]:
            return Act("add-deletion", image=image, path=f"{path.strip('/')}/")
    steps = "COPY news /srv/, RUN printf ! >> /FILE, RUN rm -r /PATH or ENV BUILD=1"
    raise ValueError(f"a build here cannot do {printable(line)}: take {steps}")


def _build(given: Given, bench: Prompted) -> Act:
    found = _STEP_FILE.fullmatch(given.last("file"))
    name = given.last("tag")
    if found is None:
        raise ValueError(
            "there is no Dockerfile here: write its lines, printf '%s\\n' 'FROM shop' 'ENV BUILD=1' | "
            "docker build -t shop -f - ."
        )
    height = int(found[1])
    for image in bench.host.images:
        if f"{image.replace(':', '-')}-{height}" == name:
            return Act("name-height", image=image, height=height)
    of_id = name.removesuffix(f"-{height}")
    if _image(of_id, bench) == of_id:
        return Act("name-height", image=of_id, height=height)
    raise ValueError(f"layers 0 to {height} of an image get its name and -{height}: write --tag shop-{height}")


# Listings.


def _known_to_docker(name: str, bench: Prompted) -> None:
    try:
        bench.host.image(name)
    except HostError:
        docker_says(f"No such image: {reference(name)}", "docker images names those that are there")


def _ps(given: Given, bench: Prompted) -> str:
    return listings.ps(bench.host, bench.run_on, every=given.has("all"), size=given.has("size"))


def _images(_: Given, bench: Prompted) -> str:
    return listings.images(bench.host, bench.order)


def _diff(given: Given, bench: Prompted) -> str:
    name = _container(given)
    if name not in bench.host.containers:
        docker_says(f"No such container: {name}", "docker ps --all names those that are there")
    return listings.diff(bench.host, name)


def _history(given: Given, bench: Prompted) -> str:
    name = _image(_container(given), bench)
    _known_to_docker(name, bench)
    return listings.history(bench.host, bench.host.image(name))


def _logs(given: Given, bench: Prompted) -> str:
    name = _container(given)
    if name not in bench.host.containers:
        docker_says(f"No such container: {name}", "docker ps --all names those that are there")
    return listings.logs(bench.host, name)


def _df(given: Given, bench: Prompted) -> str:
    if given.has("verbose"):
        return listings.system_df_verbose(bench.host, bench.run_on, bench.order)
    return listings.system_df(bench.host)


def _volumes(_: Given, bench: Prompted) -> str:
    return listings.volumes(bench.host)


# The options of each command; "!" is before those that Docker has and a bench has nothing for.
_OPTIONS = {
    "run": "d detach, name=, v volume=, tmpfs=, mount=, !rm, !i interactive, !t tty, !p publish=, !e env=, "
    "!w workdir=, !u user=, !network=, !entrypoint=, !restart=, !m memory=, !h hostname=, !read-only, "
    "!P publish-all, !l label=, !privileged, !init, !pull=, !platform=",
    "exec": "i interactive, t tty, !d detach, !u user=, !w workdir=, !e env=",
    "stop": "t time=",
    "start": "!a attach, !i interactive",
    "rm": "f force, v volumes, !l link",
    "commit": "p pause, !a author=, !m message=, !c change=",
    "rmi": "!f force, !no-prune",
    "build": "t tag=, f file=, q quiet, !no-cache, !pull, !build-arg=, !target=",
    "ps": "a all, s size, !q quiet, !f filter=, !format=, !no-trunc, !l latest, !n last=",
    "images": "!a all, !q quiet, !f filter=, !format=, !no-trunc, !digests",
    "logs": "!f follow, !n tail=, !t timestamps, !since=, !details",
    "history": "!H human, !q quiet, !no-trunc, !format=",
    "system df": "v verbose, !format=",
    "volume create": "!d driver=, !label=, !o opt=",
    "volume ls": "!q quiet, !f filter=, !format=",
    "volume rm": "!f force",
}
# The fewest arguments and the most, -1 for any number.
_CALLED: Mapping[str, tuple[int, int, Callable[[Given, Prompted], Act | str]]] = {
    "run": (1, -1, _run),
    "exec": (2, -1, _exec),
    "stop": (1, -1, _verb("stop")),
    "start": (1, -1, _verb("start")),
    "rm": (1, -1, _rm),
    "commit": (1, 2, _commit),
    "tag": (2, 2, _tag),
    "rmi": (1, -1, _rmi),
    "build": (1, 1, _build),
    "ps": (0, 0, _ps),
    "images": (0, 0, _images),
    "diff": (1, 1, _diff),
    "logs": (1, 1, _logs),
    "history": (1, 1, _history),
    "system df": (0, 0, _df),
    "volume create": (0, 1, _create_volume),
    "volume ls": (0, 0, _volumes),
    "volume rm": (1, -1, _remove_volume),
}
COMMANDS: Mapping[str, Command] = {
    name: Command(
        # What stands behind the image or the container belongs to the command that runs there.
        Synopsis(
            f"docker {name}", least, most, tuple(_OPTIONS.get(name, "").split(", ")), whole=name in ("run", "exec")
        ),
        read,
    )
    for name, (least, most, read) in _CALLED.items()
}
_CONTAINER_COMMANDS = ("run", "exec", "stop", "start", "rm", "commit", "diff", "logs")
_ALIASES = {
    **{f"container {name}": name for name in _CONTAINER_COMMANDS},
    **{f"container {name}": "ps" for name in ("ls", "ps", "list")},
    **{f"image {name}": name for name in ("tag", "build", "history")},
    "image ls": "images", "image list": "images", "image rm": "rmi", "image remove": "rmi",
    "volume list": "volume ls", "volume remove": "volume rm",
}  # fmt: skip
_FIRST = {name.partition(" ")[0] for name in (*COMMANDS, *_ALIASES)}
# What a person types who does not know what there is.
_HELP = ("help", "--help", "-h", "?")
# Commands of Docker that a model without programs, networks and time has nothing for.
_ELSEWHERE = (
    *("attach", "cp", "create", "events", "export", "import", "info", "inspect", "kill", "load", "login", "logout"),
    *("pause", "port", "pull", "push", "rename", "restart", "save", "search", "stats", "top", "unpause"),
    *("update", "version", "wait", "network", "builder", "buildx", "compose", "config", "context", "manifest"),
    *("node", "plugin", "secret", "service", "stack", "swarm", "trust"),
)


# What Docker prints after an act.


def printed(act: Act, before: Usage, bench: Prompted) -> str:
    """Return what an act prints, once it is done; `before` are the host's books as they were.

    The id that `docker run` prints is drawn by lot, and here nothing is: it prints nothing.

    >>> from layerlab.benches.stack_bench import StackBench
    >>> printed(Act("stop", "web"), Host().usage(), StackBench())
    'web'
    """
    host = bench.host
    if act.verb in ("stop", "start", "remove", "remove-volumes", "force-remove"):
        return printable(act.container)
    if act.verb in ("create-volume", "remove-volume"):
        return act.name
    if act.verb == "commit":
        return host.image(act.name or f"{act.container}-image").id
    if act.verb == "remove-image":
        return "\n".join(_removed(act, before, host.usage()))
    return ""


def _removed(act: Act, before: Usage, after: Usage) -> list[str]:
    named = act.image in {name for row in before.images.values() for name in row.names}
    lines = [f"Untagged: {reference(act.image)}"] if named else []
    gone = {row.id for row in before.images.values()} - {row.id for row in after.images.values()}
    # Docker names the layers from the top down, and only those that no other image has.
    freed = [key for key in before.layers if key not in after.layers]
    return [*lines, *(f"Deleted: {key}" for key in (*gone, *reversed(freed)))]


def refusal(error: ValueError | OSError, sentence: str, line: str = "") -> str:
    """Return what a refused line prints: Docker's words where they are known, then what to do.

    >>> print(refusal(ValueError(), "Refused: Docker says “No such container: web”. Run it first."))
    Error response from daemon: No such container: web
    Run it first.
    """
    said = sentence.removeprefix("Refused: ")
    words, instead = "", f"{said[:1].upper()}{said[1:]}"
    if found := re.fullmatch("Docker says “(.*)”. (.*)", said, re.DOTALL):
        words, instead = f"Error response from daemon: {found[1]}\n", found[2]
        if _RUNS.match(line):
            words = f"docker: {words.rstrip()}.\nSee 'docker run --help'.\n"
    if isinstance(error, CommandError):
        words = f"{error.words}\n"
    return "\n".join(map(printable, f"{words}{instead}".split("\n")))


def names(bench: Prompted) -> list[str]:
    """Return the words that one can complete: commands, containers, images, volumes.

    >>> from layerlab.benches.stack_bench import StackBench
    >>> names(StackBench())[-1]
    'shop'
    """
    words = dict.fromkeys(("docker", *(word for name in COMMANDS for word in name.split())))
    return [*words, *bench.host.containers, *bench.host.images, *bench.host.volumes]
