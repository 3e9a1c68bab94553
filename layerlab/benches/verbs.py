"""Verbs: what one can do on a host, each with its button, its Python form, its docker form and what it costs.

A form contains fields of its act, such as `{container}` and `{path}`, and `{it}`, which is the container as Python
names it. A button runs the Python form, so the transcript always says what the button did. An act that Docker refuses
is refused before it runs, with Docker's own words if it has some (Docker 20.10).
"""

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, Literal, NamedTuple, NoReturn

from layerlab.benches.example import CATALOG, SITE, shop
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import WHITEOUT, File, HardLink, hidden_by
from layerlab.model.host import ID_DIGITS, Host, HostError, reference
from layerlab.model.layer import Layer
from layerlab.model.mounts import Tmpfs
from layerlab.words.plurals import listed
from layerlab.words.printable import printable

IMAGE, CONTAINER = "shop", "web"
# Names for the first containers. A name is a variable in the transcript too, so it must be a Python name.
NAMES = ("web", "job", "mail", "cron", "test")
# Bytes of a layer's new file and of a container's new file.
NEWS, UPLOAD = 10_000_000, 1_000_000
BYTE = b"!"
# What verbs mount, and where: a volume on the shop's data, a folder of the host on its pages, memory on a cache.
VOLUME, SHOP = "orders", "/var/lib/shop"
FOLDER, WWW, CACHE = "/srv/site", "/var/www", "/run/cache"
# A line that a server prints for each request.
LINE = "GET /"
# The names that lines of a transcript use; a learner's cell has them by the import that `replay.imports` writes.
SPOKEN: Mapping[str, Any] = {
    "os": os, "shop": shop, "Host": Host, "Layer": Layer, "File": File, "HardLink": HardLink, "WHITEOUT": WHITEOUT,
    "filler": filler, "Tmpfs": Tmpfs,
}  # fmt: skip

Target = Literal["container", "image", "height", "path"]
# What kind of act a verb is, where a bench or the words under its picture depend on it.
Effect = Literal["", "run", "state", "read", "delete", "rename", "make", "name"]


class Act(NamedTuple):
    """One act: a verb's key and what it acts on; `name` and `number` say what it makes.

    `path` starts with no slash, and ends in one where it means a directory. `height` is the number of an image's layer.
    `command` is what a container runs, where its image does not say. `it` is the container as Python names it, where
    that is not by its own name. `line` is how the act is written, where it was typed and says what no button says.

    >>> Act("append", container="web", path="etc/motd").where
    'etc/motd'
    """

    verb: str
    container: str = ""
    image: str = ""
    height: int = 0
    path: str = ""
    name: str = ""
    number: int = 0
    command: str = ""
    it: str = ""
    line: "TranscriptLine | None" = None

    @property
    def where(self) -> str:
        """The path without the slash that marks a directory."""
        return self.path.rstrip("/")


class TranscriptLine(NamedTuple):
    """A line of a transcript: the same act in Python and as a docker command.

    >>> TranscriptLine("host = shop()", "docker build --tag shop .").python
    'host = shop()'
    """

    python: str
    docker: str


@dataclass(frozen=True)
class Verb:
    """One verb on three surfaces: a button, a Python method and the docker command that it stands for.

    `takes` names what it acts on; `path` is the file it takes where none is chosen. `target` completes the button's
    words where its container is not chosen. `tree` has the forms for a directory where they differ. `step` is the word
    under the column of bytes, `costs` what it takes on the host. `needs` refuse with ValueError what Docker would
    refuse; `makes` returns an act with the name of what it makes and what else its forms need. `why` is why a
    container's thin layer changed; `says` takes the place of the sentence that the picture would find for itself.
    `effect` is the kind of act, for example "delete" for a file as for a tree.

    >>> VERBS["run"].label, VERBS["run"].costs
    ('Run a container', '0 B until it writes')
    """

    key: str
    label: str
    takes: tuple[Target, ...]
    forms: TranscriptLine
    step: str
    costs: str
    needs: tuple[Callable[[Host, Act], object], ...] = ()
    target: str = ""
    path: str = ""
    tree: TranscriptLine | None = None
    makes: Callable[[Host, Act], Act] = lambda _host, act: act
    why: str = ""
    says: str = ""
    effect: Effect = ""

    def complete(self, host: Host, act: Act) -> Act:
        """Return an act with everything that it leaves open: the usual target, and the name of what it makes.

        What Docker would refuse raises ValueError or OSError.
        """
        if "container" in self.takes and not act.container:
            act = act._replace(container=CONTAINER)
        if "image" in self.takes and not act.image:
            act = act._replace(image=IMAGE if IMAGE in host.images else next(iter(host.images), IMAGE))
        if "path" in self.takes and not act.path:
            act = act._replace(path=self.path)
        act = act._replace(path=act.path.lstrip("/"))
        # Checked after the act is complete, because the usual target may be the one that is refused.
        for check in self.needs:
            check(host, act)
        return self.makes(host, act)

    def written(self, act: Act) -> TranscriptLine:
        """Return both forms of an act."""
        if act.line is not None:
            return act.line
        forms = self.tree if self.tree and act.path.endswith("/") else self.forms
        words = {"container": act.container, "image": act.image, "path": act.where, "name": act.name, "tag": tag(act)}
        below = ".parent" * act.number if "height" in self.takes else ""
        rest = {"height": act.height, "number": act.number, "it": act.it or act.container, "below": below}
        quoted = {field: in_quotes(word) for field, word in words.items()}
        docker = _for_shell(forms.docker, {**rest, **words})
        return TranscriptLine(forms.python.format(**rest, **quoted), f"{docker} {act.command}".rstrip())

    def word(self, act: Act) -> str:
        """Return the word under the column of bytes."""
        return self.step.format(**act._asdict())

    @property
    def inside(self) -> bool:
        """Whether it acts on files of a container, and so on its thin layer."""
        return self.forms.docker.startswith("docker exec")

    @property
    def tooltip(self) -> str:
        """The docker command that the button stands for; it says nothing of what a lesson asks.

        >>> VERBS["stop"].tooltip
        'In Docker: docker stop CONTAINER'
        """
        if self.forms.docker.startswith("#"):
            return ""
        fields = ("container", "image", "path", "name", "tag", "height", "number")
        return "In Docker: " + self.forms.docker.format(**{field: field.upper() for field in fields})


def run(line: str, names: dict[str, Any]) -> None:
    """Run a line of a transcript; `names` are those that it uses and those that it makes.

    >>> run('web = host.run("shop", name="web")', names := {**SPOKEN, "host": shop()})
    >>> names["web"]
    <Container web, running>
    """
    exec(_compiled(line), names)


@lru_cache(maxsize=1024)
def _compiled(line: str) -> CodeType:
    # Compiled lines are kept, because after a step back all lines before it may run again.
    return compile(line, "<transcript>", "exec")


def in_quotes(path: str) -> str:
    """Return a path as it stands between double quotes in Python.

    >>> print(in_quotes('say "hi"'))
    say \\"hi\\"
    """
    return printable(path.replace("\\", r"\\").replace('"', r"\""))


def in_shell(text: str) -> str:
    """Return a name or a path as one word of a shell.

    >>> print(in_shell("srv/a b"), in_shell("etc/motd"))
    'srv/a b' etc/motd
    """
    return shlex.quote(printable(text))


def in_script(text: str) -> str:
    """Return a name or a path as one word of a script that itself stands between single quotes of a shell.

    >>> print(f"sh -c 'cat /{in_script('a b')}'")
    sh -c 'cat /'"'"'a b'"'"''
    """
    return in_shell(text).replace("'", "'\"'\"'")


def _for_shell(form: str, fields: Mapping[str, object]) -> str:
    """Fill in a docker form; every other part of it stands between single quotes."""
    # Between single quotes a word needs other quoting than outside. Split at single quotes, every second part is
    # inside.
    ways = in_shell, in_script
    return "'".join(
        part.format(**{field: ways[place % 2](str(value)) for field, value in fields.items()})
        for place, part in enumerate(form.split("'"))
    )


def tag(act: Act) -> str:
    """Return the name for an image that is built on the act's: the same name, or a new one where it has only an id.

    >>> tag(Act("metadata", image="shop")), tag(Act("metadata", image="5f70bf18a086"))
    ('shop', 'from-5f70')
    """
    bare = len(act.image) == ID_DIGITS and not set(act.image) - set("0123456789abcdef")
    return f"from-{act.image[:4]}" if bare else act.image


# What Docker would refuse.


def docker_says(words: str, instead: str) -> NoReturn:
    """Refuse an act with what Docker says of it, after its "Error response from daemon: ", and what to do instead."""
    raise ValueError(f"Docker says “{words}”: {instead}")


def known_container(host: Host, act: Act) -> None:
    """Refuse an act on a container that is not there."""
    if act.container not in host.containers:
        docker_says(f"No such container: {act.container}", "run a container first")


def is_running(host: Host, act: Act) -> None:
    """Refuse what `docker exec` would be needed for."""
    if act.container not in host.containers:
        # Who writes without a container wants to write to the image. Who stops or removes one does not.
        docker_says(f"No such container: {act.container}", "images are read-only, so run a container first")
    if host.containers[act.container].state != "running":
        instead = "start it first; docker cp alone copies files into and out of a stopped container"
        docker_says(f"Container {act.container} is not running", instead)


def _removable(host: Host, act: Act) -> None:
    known_container(host, act)
    if host.containers[act.container].state == "running":
        docker_says(f"You cannot remove a running container {act.container}", "stop it first")


def _known_image(host: Host, act: Act) -> None:
    try:
        host.image(act.image)
    except HostError:
        there = f"take one of {', '.join(host.images)}" if host.images else "there is no other image left"
        # Docker does not refuse an unknown image: it looks for the image in a registry.
        raise ValueError(f"no image here is called {act.image}, and Docker would try to pull it: {there}") from None


def _startable(host: Host, act: Act) -> None:
    _known_image(host, act)
    # A container runs a program, and an image without files has none.
    if not any(entry.kind == "file" for layer in host.image(act.image).layers for entry in layer.entries.values()):
        raise ValueError(f"{act.image} has no file, so no program that could start: take an image with files")


def _unused(host: Host, act: Act) -> None:
    """Refuse to remove the last name of an image that a container uses, and an id that would take several names."""
    try:
        image = host.image(act.image)
    except HostError:
        docker_says(f"No such image: {reference(act.image)}", "it is gone, or was never here")
    names = [name for name, each in host.images.items() if each == image]
    users = {each.name: each.state for each in host.containers.values() if each.image == image}
    # Docker treats a name and an id differently: a name is only taken off, while an id stands for the whole image.
    named = act.image in host.images
    if len(names) > 1 and not named:
        conflict = f"unable to delete {act.image} (must be forced) - image is referenced in multiple repositories"
        docker_says(f"conflict: {conflict}", f"remove its names, {listed(names)}")
    if not users or len(names) > 1:
        return
    # Removing by id, Docker names a running container first, because that refusal cannot be forced.
    user = next((name for name, state in users.items() if state == "running" and not named), next(iter(users)))
    first = f"remove {listed(list(users))} first" if len(users) < 4 else f"remove its {len(users):,} containers first"
    if named:
        used = f'unable to remove repository reference "{act.image}" (must force) - container {user} is using its'
        docker_says(f"conflict: {used} referenced image", first)
    force, state = ("cannot be forced", "running") if users[user] == "running" else ("must be forced", "stopped")
    used = f"unable to delete {act.image} ({force}) - image is being used by {state} container {user}"
    docker_says(f"conflict: {used}", first)


def _nothing_to_start(host: Host, act: Act) -> NoReturn:
    _known_layer(host, act)
    layers = host.image(act.image).layers[: act.height + 1]
    there = next((name for name, image in host.images.items() if image.layers == layers), "")
    why = f"layer {act.height} has no configuration, so no image id and nothing to start"
    raise ValueError(f"{why}: run the image {there}, which ends with it" if there else f"{why}: name that height first")


def _known_layer(host: Host, act: Act) -> None:
    _known_image(host, act)
    if not 0 <= act.height < len(host.image(act.image).layers):
        raise ValueError(f"{act.image} has no layer {act.height}: take one from 0 to the top")


def _below_the_top(host: Host, act: Act) -> None:
    _known_layer(host, act)
    if act.height == len(host.image(act.image).layers) - 1:
        raise ValueError(f"layer {act.height} is the top of {act.image}, which has a name: take a lower layer")
    name = _name_height(host, act).name
    layers = host.image(act.image).layers[: act.height + 1]
    if name in host.images and host.images[name].layers == layers:
        raise ValueError(f"layers 0 to {act.height} are the image {name} already: take another layer")


def _read_only(_host: Host, _act: Act) -> NoReturn:
    raise ValueError("layers are read-only: write to a container instead")


def _has_mount(host: Host, act: Act) -> None:
    if not _writable(host, act):
        raise ValueError(f"nothing is mounted in {act.container} that it could write to: run one with a volume")


def _writable(host: Host, act: Act) -> str:
    """Return the first place of a container that lies outside its thin layer, "" where there is none."""
    return next((each.path for each in host.containers[act.container].mounts if not each.read_only), "")


# What an act makes.


def _name_container(host: Host, act: Act) -> Act:
    free = (name for name in (act.name, *NAMES) if name and name not in host.containers)
    more = len(NAMES) + 1
    while f"more_{more}" in host.containers:
        more += 1
    settings = host.image(act.image).config
    # Docker refuses to run an image that does not say what to start, so the command line has to say it.
    starts = settings.get("Cmd") or settings.get("Entrypoint")
    return act._replace(name=next(free, f"more_{more}"), command=act.command or ("" if starts else "sleep infinity"))


def _name_upload(host: Host, act: Act) -> Act:
    there = host.containers[act.container].listdir()
    number = 1
    while f"upload-{number}" in there:
        number += 1
    return act._replace(name=act.name or f"upload-{number}")


def _name_outside(host: Host, act: Act) -> Act:
    """Name a new file in the first place of a container that lies outside its thin layer."""
    place = act.path.rpartition("/")[0] or _writable(host, act)
    there = host.containers[act.container].listdir(place)
    number = 1
    while f"upload-{number}" in there:
        number += 1
    return act._replace(path=act.path or f"{place}/upload-{number}")


def _name_height(host: Host, act: Act) -> Act:
    """Name the image up to a height; `number` says how many layers lie above that."""
    above = len(host.image(act.image).layers) - 1 - act.height
    return act._replace(name=f"{act.image.replace(':', '-')}-{act.height}", number=above)


def _name_news(host: Host, act: Act) -> Act:
    return act._replace(name=act.name or f"srv/news-{len(host.image(act.image).layers)}")


def _count_steps(host: Host, act: Act) -> Act:
    return act._replace(number=act.number or len(host.image(act.image).history))


def _build_step(host: Host, act: Act) -> Container:
    """Return the container in which a build would run its step: what the kernel refuses there, Docker refuses."""
    return Container(host.image(act.image), "step", lambda: 0)


def _find_changed(host: Host, act: Act) -> Act:
    """Find the file that a build changes through a path, symlinks walked, and its size with one more byte."""
    step = _build_step(host, act)
    step.append(act.where, BYTE)
    entries = step.layer.entries
    # The file may have another path than the one given, if a symlink led to it.
    name = next(path for path, entry in entries.items() if entry.kind == "file")
    return act._replace(name=name, number=entries[name].size)


def _find_deleted(host: Host, act: Act) -> Act:
    """Find the name that a build hides when it deletes a path; a path that ends in a slash is a tree."""
    step = _build_step(host, act)
    step.delete(act.where, tree=act.path.endswith("/"))
    # The whiteout lies where the name really is, after all symlinks in its directories.
    marks = (path for path, entry in step.layer.entries.items() if entry.kind == "whiteout")
    return act._replace(name=hidden_by(next(marks)))


def _built(step: str) -> str:
    return f"printf '%s\\n' 'FROM {{image}}' '{step}' | docker build --tag {{tag}} --file - ."


def _in_docker(command: str) -> str:
    return f"docker exec {{container}} {command}"


_ON_IMAGE: tuple[Target, ...] = ("image",)
_ON_FILE_OF_IMAGE: tuple[Target, ...] = ("image", "path")
_ON_CONTAINER: tuple[Target, ...] = ("container",)
_ON_FILE: tuple[Target, ...] = ("container", "path")

_ALL = (
    # Images and their layers.
    Verb(
        key="add-files",
        label="Add a layer of files",
        takes=_ON_IMAGE,
        forms=TranscriptLine(
            f'host.add(host.image("{{image}}").with_layer(Layer.of({{{{"{{name}}": filler({NEWS:_})}}}}), '
            '"COPY {name} /srv/"), "{tag}")',
            _built("COPY {name} /srv/"),
        ),
        step="+files",
        costs="the size of the files; everything below stays",
        needs=(_known_image,),
        makes=_name_news,
    ),
    Verb(
        key="add-change",
        label="Add a layer that changes a file",
        takes=_ON_FILE_OF_IMAGE,
        path=CATALOG,
        forms=TranscriptLine(
            'host.add(host.image("{image}").with_layer(Layer.of({{"{name}": filler({number:_})}}), '
            '"RUN printf ! >> /{path}"), "{tag}")',
            _built("RUN printf ! >> /{path}"),
        ),
        step="+edit",
        costs="the whole file again; the old one stays in its layer",
        needs=(_known_image,),
        makes=_find_changed,
    ),
    Verb(
        key="add-deletion",
        label="Add a layer that deletes",
        takes=_ON_FILE_OF_IMAGE,
        path=CATALOG,
        forms=TranscriptLine(
            'host.add(host.image("{image}").with_layer(Layer.of({{"{name}": WHITEOUT}}), "RUN rm /{path}"), "{tag}")',
            _built("RUN rm /{path}"),
        ),
        tree=TranscriptLine(
            'host.add(host.image("{image}").with_layer(Layer.of({{"{name}": WHITEOUT}}), '
            '"RUN rm -r /{path}"), "{tag}")',
            _built("RUN rm -r /{path}"),
        ),
        step="+rm",
        costs="0 B, and frees 0 B",
        needs=(_known_image,),
        makes=_find_deleted,
    ),
    Verb(
        key="metadata",
        label="Change metadata only",
        takes=_ON_IMAGE,
        forms=TranscriptLine(
            'host.add(host.image("{image}").with_config(env={{"BUILD": "{number}"}}, '
            'created_by="ENV BUILD={number}"), "{tag}")',
            _built("ENV BUILD={number}"),
        ),
        step="+ENV",
        costs="0 B: a new image id, the same layers",
        needs=(_known_image,),
        makes=_count_steps,
    ),
    Verb(
        key="name-height",
        label="Name a height",
        takes=("image", "height"),
        forms=TranscriptLine(
            'host.add(host.image("{image}"){below}, "{name}")',
            "docker build --tag {name} --file Dockerfile.up-to-layer-{height} .",
        ),
        step="name {height}",
        costs="0 B: a configuration of its own, layers that are stored already",
        says="{name} has a configuration, so an id, of its own. Its layers are stored already: 0 B.",
        needs=(_below_the_top,),
        makes=_name_height,
        effect="name",
    ),
    Verb(
        key="run-layer",
        label="Run a layer",
        takes=("image", "height"),
        forms=TranscriptLine("# only an image can run: a layer has no configuration", "# docker run takes an image"),
        step="",
        costs="refused: only an image can run",
        needs=(_nothing_to_start,),
    ),
    Verb(
        key="write-image",
        label="Write 1 byte in the image",
        takes=_ON_FILE_OF_IMAGE,
        path=CATALOG,
        forms=TranscriptLine("# images are read-only: there is no way", "# images are read-only: there is no way"),
        step="",
        costs="refused: layers are read-only",
        needs=(_read_only,),
    ),
    Verb(
        key="remove-image",
        label="Remove the image",
        takes=_ON_IMAGE,
        forms=TranscriptLine('host.remove_image("{image}")', "docker rmi {image}"),
        step="rmi",
        costs="frees the layers that no other image uses; refused while a container uses it",
        needs=(_unused,),
    ),
    # Containers.
    Verb(
        key="run",
        label="Run a container",
        takes=_ON_IMAGE,
        forms=TranscriptLine(
            '{name} = host.run("{image}", name="{name}")', "docker run --detach --name {name} {image}"
        ),
        step="run {name}",
        costs="0 B until it writes",
        needs=(_startable,),
        makes=_name_container,
        effect="run",
    ),
    Verb(
        key="stop",
        label="Stop",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.stop("{container}")', "docker stop {container}"),
        step="{container} stop",
        costs="0 B: the thin layer stays",
        needs=(known_container,),
        effect="state",
    ),
    Verb(
        key="start",
        label="Start",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.start("{container}")', "docker start {container}"),
        step="{container} start",
        costs="0 B: the thin layer is as it was",
        needs=(known_container,),
        effect="state",
    ),
    Verb(
        key="commit",
        label="Commit",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine(
            'host.add({it}.commit("docker commit {container}"), "{container}-image")',
            "docker commit {container} {container}-image",
        ),
        step="{container} commit",
        costs="the thin layer once more, as a layer",
        needs=(known_container,),
    ),
    Verb(
        key="remove",
        label="Remove",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.remove("{container}")', "docker rm {container}"),
        step="remove {container}",
        costs="frees the thin layer: this is where data is lost",
        needs=(_removable,),
    ),
    # Files of a container.
    Verb(
        key="write",
        label="Write a new file",
        target=" in {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine(
            f'{{it}}.write("{{name}}", bytes({UPLOAD:_}))',
            _in_docker(f"sh -c 'head -c {UPLOAD} /dev/zero > /{{name}}'"),
        ),
        step="{container} +file",
        costs="the size of the file",
        needs=(is_running,),
        makes=_name_upload,
    ),
    Verb(
        key="read",
        label="Read a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('len({it}.read("{path}"))', _in_docker("cat /{path}")),
        tree=TranscriptLine('{it}.listdir("{path}")', _in_docker("ls /{path}/")),
        step="",
        costs="0 B",
        needs=(is_running,),
        effect="read",
    ),
    Verb(
        key="append",
        label="Write 1 byte",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.append("{path}", b"!")', _in_docker("sh -c 'printf ! >> /{path}'")),
        step="{container} +1",
        costs="the whole file the first time, then the bytes written",
        why="A file is copied whole before its first change.",
        needs=(is_running,),
    ),
    Verb(
        key="chmod",
        label="Change a file's mode",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.chmod("{path}", 0o700)', _in_docker("chmod 700 /{path}")),
        step="{container} chmod",
        costs="the whole file the first time, unless metacopy is on",
        why="No byte of the file changed, and still the whole file is copied.",
        needs=(is_running,),
    ),
    Verb(
        key="touch",
        label="Touch a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.touch("{path}")', _in_docker("touch /{path}")),
        step="{container} touch",
        costs="the whole file the first time, unless metacopy is on",
        why="No byte of the file changed, and still the whole file is copied.",
        needs=(is_running,),
    ),
    Verb(
        key="open",
        label="Open a file for writing",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine(
            '{it}.open("{path}", os.O_WRONLY | os.O_CREAT, 0o644).close()', _in_docker("sh -c ': >> /{path}'")
        ),
        step="{container} open",
        costs="the whole file the first time, even if nothing is written",
        why="Nothing was written. The whole file is copied when it is opened for writing.",
        needs=(is_running,),
    ),
    Verb(
        key="delete",
        label="Delete a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.delete("{path}")', _in_docker("rm /{path}")),
        step="{container} rm",
        costs="0 B, and frees nothing of the image",
        why="A whiteout hides the file from this container. The image still contains the file.",
        needs=(is_running,),
        effect="delete",
    ),
    Verb(
        key="delete-tree",
        label="Delete a tree",
        target=" in {container}",
        takes=_ON_FILE,
        path=SITE,
        forms=TranscriptLine('{it}.delete("{path}", tree=True)', _in_docker("rm -r /{path}")),
        step="{container} rm -r",
        costs="0 B, and frees nothing of the image: one whiteout at its top",
        needs=(is_running,),
        effect="delete",
    ),
    Verb(
        key="make",
        label="Make it again",
        target=" in {container}",
        takes=_ON_FILE,
        path=SITE,
        forms=TranscriptLine('{it}.write("{path}", b"!")', _in_docker("sh -c 'printf ! > /{path}'")),
        tree=TranscriptLine('{it}.mkdir("{path}")', _in_docker("mkdir /{path}")),
        step="{container} make",
        costs="what is new; nothing of the image shows through",
        needs=(is_running,),
        effect="make",
    ),
    Verb(
        key="rename",
        label="Rename a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.rename("{path}", "{path}.old")', _in_docker("mv -T /{path} /{path}.old")),
        step="{container} mv",
        costs="the whole file, and a whiteout; refused for a directory of the image",
        why="The copy has the new name, and a whiteout hides the old one.",
        needs=(is_running,),
        effect="rename",
    ),
)

# What is outside every thin layer. No lesson needs all of these, so they are not among the verbs above.
_OUTSIDE = (
    Verb(
        key="run-volume",
        label="Run with a volume",
        takes=_ON_IMAGE,
        forms=TranscriptLine(
            f'{{name}} = host.run("{{image}}", name="{{name}}", mounts={{{{"{SHOP}": "{VOLUME}"}}}})',
            f"docker run --detach --name {{name}} --volume {VOLUME}:{SHOP} {{image}}",
        ),
        step="run {name}",
        costs="0 B in the thin layer; an empty volume gets a copy of the image's files",
        needs=(_startable,),
        makes=_name_container,
        effect="run",
    ),
    Verb(
        key="run-folder",
        label="Run with a folder",
        takes=_ON_IMAGE,
        forms=TranscriptLine(
            f'{{name}} = host.run("{{image}}", name="{{name}}", mounts={{{{"{WWW}": "{FOLDER}"}}}})',
            f"docker run --detach --name {{name}} --volume {FOLDER}:{WWW} {{image}}",
        ),
        step="run {name}",
        costs="0 B: the folder of the host hides what the image has there",
        needs=(_startable,),
        makes=_name_container,
        effect="run",
    ),
    Verb(
        key="run-tmpfs",
        label="Run with a tmpfs",
        takes=_ON_IMAGE,
        forms=TranscriptLine(
            f'{{name}} = host.run("{{image}}", name="{{name}}", mounts={{{{"{CACHE}": Tmpfs()}}}})',
            f"docker run --detach --name {{name}} --tmpfs {CACHE} {{image}}",
        ),
        step="run {name}",
        costs="0 B: what is written there is memory",
        needs=(_startable,),
        makes=_name_container,
        effect="run",
    ),
    Verb(
        key="write-outside",
        label="Write into a mount",
        target=" in {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine(
            f'{{it}}.write("{{path}}", bytes({UPLOAD:_}))',
            _in_docker(f"sh -c 'head -c {UPLOAD} /dev/zero > /{{path}}'"),
        ),
        step="{container} +file",
        costs="0 B in the thin layer",
        needs=(is_running, _has_mount),
        makes=_name_outside,
    ),
    Verb(
        key="print",
        label="Print 1,000 lines",
        target=" in {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine(
            f'{{it}}.print(b"{LINE}\\n" * 1_000)',
            _in_docker(f"sh -c 'yes \"{LINE}\" | head -n 1000 > /proc/1/fd/1'"),
        ),
        step="{container} print",
        costs="0 B in the thin layer: the host keeps what is printed, in a log",
        needs=(is_running,),
    ),
    Verb(
        key="remove-volumes",
        label="Remove with its volumes",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.remove("{container}", volumes=True)', "docker rm --volumes {container}"),
        step="remove {container}",
        costs="frees the thin layer, and the volumes that have no name",
        needs=(_removable,),
    ),
)

VERBS = {verb.key: verb for verb in _ALL}
"""The verbs that lessons need."""
BUTTONS = {**VERBS, **{verb.key: verb for verb in _OUTSIDE}}
"""All verbs that can be buttons, also those for what is outside every thin layer."""

# What can be typed and has no button: its lines stand in the act.
_TYPED = (
    Verb("tag", "", _ON_IMAGE, TranscriptLine("", ""), step="tag", costs="0 B", needs=(_known_image,)),
    Verb(
        "create-volume", "", (), TranscriptLine("", ""), step="", costs="0 B until something is written to it",
        says="The volume {name} is here. No image and no container holds it.",
    ),
    Verb(
        "remove-volume", "", (), TranscriptLine("", ""), step="", costs="frees its files",
        says="The volume {name} is gone, and its files with it.",
    ),
    Verb(
        "force-remove", "", _ON_CONTAINER, TranscriptLine("", ""), step="remove {container}",
        costs="frees the thin layer: this is where data is lost", needs=(known_container,),
    ),
)  # fmt: skip
TYPED = {**BUTTONS, **{verb.key: verb for verb in _TYPED}}
"""All verbs, with those that can only be typed."""
