"""Verbs: what one can do on a host, each with its button, its Python form, its docker form and what it costs.

A form holds fields of its act, such as `{container}` and `{path}`, and `{it}`, the container as Python names it. The
Python form runs, and does what the button does.
"""

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from layerlab.benches.example import CATALOG, SITE
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import WHITEOUT, Spec
from layerlab.model.host import ID_DIGITS, Host
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.words.printable import printable

IMAGE, CONTAINER = "shop", "web"
NAMES = ("web", "job", "mail", "cron", "test")
NEWS, UPLOAD = 10_000_000, 1_000_000
BYTE = b"!"

Target = Literal["container", "image", "height", "path"]


class Act(NamedTuple):
    """One act: a verb's key and what it acts on; `name` and `number` say what it makes.

    `path` ends in a slash where it means a directory. `height` is the number of an image's layer.

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
    under the column of bytes, `costs` what it takes on the host, `why` what a container's thin layer has to do with it;
    `says` takes the place of the sentence that the picture would find for itself.

    >>> VERBS["run"].label, VERBS["run"].costs
    ('Run a container', '0 B until it writes')
    """

    key: str
    label: str
    takes: tuple[Target, ...]
    forms: TranscriptLine
    step: str
    costs: str
    do: Callable[[Host, Act], object]
    target: str = ""
    path: str = ""
    tree: TranscriptLine | None = None
    makes: Callable[[Host, Act], tuple[str, int]] = lambda _host, _act: ("", 0)
    why: str = ""
    says: str = ""

    def complete(self, host: Host, act: Act) -> Act:
        """Return an act with everything that it leaves open: the usual target, and the name of what it makes."""
        if "container" in self.takes and not act.container:
            act = act._replace(container=CONTAINER)
        if "image" in self.takes and not act.image:
            act = act._replace(image=IMAGE if IMAGE in host.images else next(iter(host.images), IMAGE))
        if "path" in self.takes and not act.path:
            act = act._replace(path=self.path)
        name, number = self.makes(host, act)
        return act._replace(name=act.name or name, number=number)

    def written(self, act: Act, it: str) -> TranscriptLine:
        """Return both forms of an act; `it` is the container in Python."""
        forms = self.tree if self.tree and act.path.endswith("/") else self.forms
        words = {"container": act.container, "image": act.image, "path": act.where, "name": act.name, "tag": tag(act)}
        rest = {"height": act.height, "number": act.number, "it": it, "below": ".parent" * act.number}
        quoted = {field: in_quotes(word) for field, word in words.items()}
        return TranscriptLine(forms.python.format(**rest, **quoted), _for_shell(forms.docker, {**rest, **words}))

    def word(self, act: Act) -> str:
        """Return the word under the column of bytes."""
        return self.step.format(**act._asdict())


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


# What an act needs, and what it makes.


def _container(host: Host, act: Act) -> Container:
    if act.container not in host.containers:
        raise ValueError(f"no container is called {act.container}, and images are read-only: run a container first")
    return host.containers[act.container]


def _next_container(host: Host, _: Act) -> tuple[str, int]:
    free = (name for name in NAMES if name not in host.containers)
    more = len(NAMES) + 1
    while f"more_{more}" in host.containers:
        more += 1
    return next(free, f"more_{more}"), 0


def _next_upload(host: Host, act: Act) -> tuple[str, int]:
    there = set(host.containers[act.container].listdir()) if act.container in host.containers else set()
    number = 1
    while f"upload-{number}" in there:
        number += 1
    return f"upload-{number}", number


def _below(host: Host, act: Act) -> tuple[str, int]:
    """Return a name for the image up to a height, and how many layers lie above that."""
    return f"{act.image.replace(':', '-')}-{act.height}", len(host.image(act.image).layers) - 1 - act.height


def _layers(host: Host, act: Act) -> tuple[str, int]:
    number = len(host.image(act.image).layers)
    return f"srv/news-{number}", number


def _grown(host: Host, act: Act) -> tuple[str, int]:
    """Return the size of a file of an image after one more byte."""
    _shown(host, act)
    return "", host.image(act.image).view()[act.where].size + len(BYTE)


def _steps(host: Host, act: Act) -> tuple[str, int]:
    return "", len(host.image(act.image).history)


def _shown(host: Host, act: Act) -> None:
    if act.where not in host.image(act.image).view():
        raise ValueError(f"{act.image} shows no /{act.where}: a layer changes only what lies below it")


# What an act does.


def _add_layer(host: Host, act: Act, spec: Spec, path: str, made_by: str) -> None:
    host.add(host.image(act.image).with_layer(Layer.of({path: spec}), made_by), tag(act))


def _delete_in_layer(host: Host, act: Act) -> None:
    _shown(host, act)
    _add_layer(host, act, WHITEOUT, act.where, f"RUN rm /{act.where}")


def _change_metadata(host: Host, act: Act) -> None:
    made_by = f"ENV BUILD={act.number}"
    host.add(host.image(act.image).with_config(env={"BUILD": str(act.number)}, created_by=made_by), tag(act))


def _name_height(host: Host, act: Act) -> None:
    image: Image | None = host.image(act.image)
    if not 0 <= act.height < len(host.image(act.image).layers):
        raise ValueError(f"{act.image} has no layer {act.height}: take one from 0 to the top")
    for _ in range(act.number):
        image = image.parent if image is not None else None
    assert image is not None
    host.add(image, act.name)


def _write_image(_host: Host, _act: Act) -> None:
    raise ValueError("layers are read-only: write to a container instead")


def _run_layer(host: Host, act: Act) -> None:
    layers = host.image(act.image).layers[: act.height + 1]
    there = next((name for name, image in host.images.items() if image.layers == layers), "")
    why = f"layer {act.height} has no configuration, so no image id and nothing to start"
    raise ValueError(f"{why}: run the image {there}, which ends with it" if there else f"{why}: name that height first")


def _read(host: Host, act: Act) -> object:
    container = _container(host, act)
    return container.listdir(act.path) if act.path.endswith("/") else container.read(act.path)


def _make(host: Host, act: Act) -> None:
    container = _container(host, act)
    if act.path.endswith("/"):
        container.mkdir(act.where)
    else:
        container.write(act.path, BYTE)


def _built(step: str) -> str:
    return f"printf 'FROM {{image}}\\n{step}\\n' | docker build --tag {{tag}} --file - ."


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
        makes=_layers,
        do=lambda host, act: _add_layer(host, act, filler(NEWS), act.name, f"COPY {act.name} /srv/"),
    ),
    Verb(
        key="add-change",
        label="Add a layer that changes a file",
        takes=_ON_FILE_OF_IMAGE,
        path=CATALOG,
        forms=TranscriptLine(
            'host.add(host.image("{image}").with_layer(Layer.of({{"{path}": filler({number:_})}}), '
            '"RUN append /{path}"), "{tag}")',
            _built("RUN printf ! >> /{path}"),
        ),
        step="+edit",
        costs="the whole file again; the old one stays in its layer",
        makes=_grown,
        do=lambda host, act: _add_layer(host, act, filler(act.number), act.where, f"RUN append /{act.where}"),
    ),
    Verb(
        key="add-deletion",
        label="Add a layer that deletes",
        takes=_ON_FILE_OF_IMAGE,
        path=CATALOG,
        forms=TranscriptLine(
            'host.add(host.image("{image}").with_layer(Layer.of({{"{path}": WHITEOUT}}), "RUN rm /{path}"), "{tag}")',
            _built("RUN rm /{path}"),
        ),
        step="+rm",
        costs="0 B, and frees 0 B",
        do=_delete_in_layer,
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
        makes=_steps,
        do=_change_metadata,
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
        makes=_below,
        do=_name_height,
    ),
    Verb(
        key="run-layer",
        label="Run a layer",
        takes=("image", "height"),
        forms=TranscriptLine("# only an image can run: a layer has no configuration", "# docker run takes an image"),
        step="",
        costs="refused: only an image can run",
        do=_run_layer,
    ),
    Verb(
        key="write-image",
        label="Write 1 byte in the image",
        takes=_ON_FILE_OF_IMAGE,
        path=CATALOG,
        forms=TranscriptLine("# images are read-only: there is no way", "# images are read-only: there is no way"),
        step="",
        costs="refused: layers are read-only",
        do=_write_image,
    ),
    Verb(
        key="remove-image",
        label="Remove the image",
        takes=_ON_IMAGE,
        forms=TranscriptLine('host.remove_image("{image}")', "docker rmi {image}"),
        step="rmi",
        costs="frees the layers that no other image uses; refused while a container uses it",
        do=lambda host, act: host.remove_image(act.image),
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
        makes=_next_container,
        do=lambda host, act: host.run(act.image, name=act.name),
    ),
    Verb(
        key="stop",
        label="Stop",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.stop("{container}")', "docker stop {container}"),
        step="{container} stop",
        costs="0 B: the thin layer stays",
        do=lambda host, act: host.stop(_container(host, act).name),
    ),
    Verb(
        key="start",
        label="Start",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.start("{container}")', "docker start {container}"),
        step="{container} start",
        costs="0 B: the thin layer is as it was",
        do=lambda host, act: host.start(_container(host, act).name),
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
        do=lambda host, act: host.add(
            _container(host, act).commit(f"docker commit {act.container}"), f"{act.container}-image"
        ),
    ),
    Verb(
        key="remove",
        label="Remove",
        target=" {container}",
        takes=_ON_CONTAINER,
        forms=TranscriptLine('host.remove("{container}")', "docker rm {container}"),
        step="{container} rm",
        costs="frees the thin layer: this is where data is lost",
        do=lambda host, act: host.remove(_container(host, act).name),
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
        makes=_next_upload,
        do=lambda host, act: _container(host, act).write(act.name, bytes(UPLOAD)),
    ),
    Verb(
        key="read",
        label="Read a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('len({it}.read("{path}"))', _in_docker("cat /{path}")),
        tree=TranscriptLine('{it}.listdir("{path}")', _in_docker("ls /{path}")),
        step="",
        costs="0 B",
        do=_read,
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
        do=lambda host, act: _container(host, act).append(act.path, BYTE),
    ),
    Verb(
        key="chmod",
        label="Change a file's mode",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.chmod("{path}", 0o700)', _in_docker("chmod 700 /{path}")),
        step="{container} chmod",
        costs="the whole file the first time: there are no half copies",
        why="No byte of it changed, and still the file is copied whole.",
        do=lambda host, act: _container(host, act).chmod(act.path, 0o700),
    ),
    Verb(
        key="touch",
        label="Touch a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.utime("{path}")', _in_docker("touch /{path}")),
        step="{container} touch",
        costs="the whole file the first time: there are no half copies",
        why="No byte of it changed, and still the file is copied whole.",
        do=lambda host, act: _container(host, act).utime(act.path),
    ),
    Verb(
        key="open",
        label="Open a file for writing",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.open("{path}", os.O_WRONLY).close()', _in_docker("sh -c ': >> /{path}'")),
        step="{container} open",
        costs="the whole file the first time, even if nothing is written",
        why="Nothing was written: to open a file for writing is enough.",
        do=lambda host, act: _container(host, act).open(act.path, os.O_WRONLY).close(),
    ),
    Verb(
        key="delete",
        label="Delete a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.unlink("{path}")', _in_docker("rm /{path}")),
        step="{container} rm",
        costs="0 B, and frees nothing of the image",
        why="A whiteout hides it from this container; the image keeps it.",
        do=lambda host, act: _container(host, act).unlink(act.path),
    ),
    Verb(
        key="rmtree",
        label="Delete a tree",
        target=" in {container}",
        takes=_ON_FILE,
        path=SITE,
        forms=TranscriptLine('{it}.rmtree("{path}")', _in_docker("rm -r /{path}")),
        step="{container} rm -r",
        costs="0 B, and frees nothing of the image: one whiteout at its top",
        why="One whiteout at the top hides all of it from this container.",
        do=lambda host, act: _container(host, act).rmtree(act.where),
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
        why="It takes the whiteout's place, and nothing of the image shows through.",
        do=_make,
    ),
    Verb(
        key="rename",
        label="Rename a file",
        target=" in {container}",
        takes=_ON_FILE,
        path=CATALOG,
        forms=TranscriptLine('{it}.rename("{path}", "{path}.old")', _in_docker("mv /{path} /{path}.old")),
        step="{container} mv",
        costs="the whole file, and a whiteout; refused for a directory of the image",
        why="The copy has the new name, and a whiteout hides the old one.",
        do=lambda host, act: _container(host, act).rename(act.where, f"{act.where}.old"),
    ),
)

VERBS = {verb.key: verb for verb in _ALL}
