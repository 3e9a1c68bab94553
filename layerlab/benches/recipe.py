"""Recipe: what to write in a Dockerfile so that a build makes an image otherwise.

Only a RUN can delete, and it frees bytes only in its own step. A file that a COPY brings has to be left out of the
build context, or the whole line is removed. Several layers become one by a last stage, or by an option of the builder.
"""

import posixpath
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.model.history import BUILDKIT, NO_RUN, SHELL, made_by, ran, steps_between, workdir
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.model.whatif import deleted_names
from layerlab.words.plurals import listed
from layerlab.words.printable import printable

LAST_STAGE = ("FROM scratch", "COPY --from=build / /")
SQUASH = "podman build --squash, or docker build --squash with experimental features"

IN_A_STAGE = "the steps from layer {} on in a stage, then COPY --from=build of what is to be seen"

# A step of only such commands deletes, and reads nothing.
_deletes = re.compile(r"(?:rm|rmdir|unlink|true|:|set -\w+|apt-get (?:-\S+ )*clean)(?: [^|`<>$()]*)?\Z")
_ORDERS_THAT_COUNT = ("WORKDIR", "USER", "ENV", "ARG", "SHELL")
# In one line with others these would do something else: a comment takes the rest of the line away.
_not_in_one_line = re.compile(r"(?:^|\s)#|<<|\n|\\\Z|&\s*\Z|(?:^|[;&|({]\s*)(?:exit|exec)\b")
_counts_for_the_rest = re.compile(r"\b(?:cd|pushd|export|set|umask|trap)\b|;|\|\||^\s*\w+=")


@dataclass(frozen=True)
class Recipe:
    """What replaces a step: lines of a Dockerfile, none if the step is removed, and lines of .dockerignore.

    `said` is the same in words, in one line. The later step must not delete these names any more, because `rm` fails if
    there is nothing to delete.

    >>> Recipe("RUN make && rm -r /tmp/o", ("RUN make && rm -r /tmp/o",)).ignored
    ()
    """

    said: str
    lines: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def never_held(image: Image, into: int, by: int, *, emptied: bool) -> Recipe:
    """Return how a layer is made that never holds what a later one deletes; `emptied` if it holds nothing else.

    What a step may have read has to be there for it. So such steps become one RUN, or run in a stage.

    >>> image = scratch.with_layer(Layer.of({"a.tar": b"1"}), "COPY a.tar /")
    >>> image = image.with_layer(Layer.of({"a.tar": WHITEOUT, "b": b"2"}), "RUN tar -xf /a.tar && rm /a.tar")
    >>> never_held(image, 0, 1, emptied=True).said
    'the steps from layer 0 on in a stage, then COPY --from=build of what is to be seen'
    """
    lines = made_by(image)
    if lines[into] and may_be_read(lines, into, by):
        if can_be_one_run(image, lines, into, by):
            step = joined([ran(line) for line in lines[into : by + 1]])
            return Recipe(f"{step}, for layers {into} to {by}", (step,))
        return Recipe(IN_A_STAGE.format(into))
    if in_no_line_with_others(ran(lines[into])):
        return Recipe(IN_A_STAGE.format(into))
    names, where = deleted_names(image, by, into), workdir(image, into)
    return without(_with_owner(lines[into], image.layers[into]), names, emptied=emptied, workdir=where)


def may_be_read(lines: Sequence[str], into: int, by: int) -> bool:
    """Tell whether a RUN between two layers, or the step that deletes, may read what the lower layer brings.

    >>> may_be_read(["COPY a /", "RUN use /a", "RUN rm /a"], 0, 2), may_be_read(["COPY a /", "RUN rm /a"], 0, 1)
    (True, False)
    """
    return not _only_deletes(ran(lines[by])) or any(map(ran, lines[into + 1 : by]))


def can_be_one_run(image: Image, lines: Sequence[str], low: int, high: int) -> bool:
    """Tell whether the steps of some neighbouring layers are RUNs that do the same in one RUN."""
    texts = [ran(line) for line in lines[low : high + 1]]
    if not all(texts) or any(map(in_no_line_with_others, texts)):
        return False
    return not orders_between(image, low, high)


def orders_between(image: Image, low: int, high: int) -> bool:
    """Tell whether between the steps of two layers something is set that counts for the second, such as its user."""
    return any(step.startswith(_ORDERS_THAT_COUNT) for step in steps_between(image, low, high))


def in_no_line_with_others(text: str) -> bool:
    """Tell whether a command does something else where another follows in its line, as one that ends in a comment.

    >>> in_no_line_with_others("make # all of it"), in_no_line_with_others("make")
    (True, False)
    """
    return bool(_not_in_one_line.search(text))


def joined(texts: Sequence[str]) -> str:
    """Return one RUN of several commands, each as if it ran alone.

    >>> joined(["cd /src && make", "rm -r /src"])
    'RUN (cd /src && make) && rm -r /src'
    """
    return f"RUN {' && '.join(f'({text})' if _counts_for_the_rest.search(text) else text for text in texts)}"


def _only_deletes(text: str) -> bool:
    """Tell whether a command does nothing but delete, so that it reads nothing.

    >>> _only_deletes("rm -rf /var/lib/apt/lists/* && apt-get clean"), _only_deletes("tar -xf /a.tar && rm /a.tar")
    (True, False)
    """
    parts = re.split(r"&&|;", re.sub(r"\|\| (?:true|:)(?=\s|;|\Z)", "", text))
    return bool(text) and all(_deletes.match(part.strip()) for part in parts if part.strip())


def without(line: str, paths: Sequence[str], *, emptied: bool, workdir: str = "/") -> Recipe:
    """Return how a step is written so that its layer never holds some paths; `emptied` if it holds nothing else.

    `workdir` is the directory that the step is in.

    >>> without("/bin/sh -c make", ["tmp/o"], emptied=False).said
    'RUN make && rm -r /tmp/o'
    >>> without("COPY site/ /", ["var/catalog.db"], emptied=False).said
    'COPY site/ / with site/var/catalog.db in .dockerignore'
    >>> without("COPY . .", ["app/.git"], emptied=False, workdir="/app").ignored
    ('.git',)
    >>> without("COPY deploy.env /etc/", ["etc/deploy.env"], emptied=True).said
    'no line COPY deploy.env /etc/'
    """
    if not line:
        return Recipe("the history does not name the step")
    names = " ".join(shlex.quote(f"/{printable(path)}") for path in paths)
    if text := ran(line):
        step = joined((text, f"rm -r {names}"))
        return Recipe(step, (step,))
    line = line.removesuffix(BUILDKIT).removeprefix(SHELL + NO_RUN).strip()
    if emptied:
        return Recipe(f"no line {line}")
    if shorter := _without_sources(line, paths, workdir):
        return Recipe(shorter, (shorter,))
    if line.startswith("COPY "):
        ignored = tuple(_in_context(line, path, workdir) for path in paths)
        # The classic builder and Podman write a digest for what is copied, and that is no line of a Dockerfile.
        lines = () if copied_by_digest(line) else (line,)
        return Recipe(f"{line} with {listed(ignored)} in .dockerignore", lines, ignored)
    return Recipe(f"{line} made without {names}", (line,))


def together(lines: Sequence[str], *, all_of_them: bool) -> Recipe:
    """Return how a build makes one layer of several steps; `all_of_them` if no layer stays below.

    >>> together(["RUN make", "/bin/sh -c rm /a"], all_of_them=False).said
    'RUN make && rm /a'
    >>> together(["COPY a /", "RUN rm /a"], all_of_them=True).said
    'FROM scratch, then COPY --from=build / /, where build is the stage with the steps of now'
    """
    commands = [ran(line) for line in lines]
    if all(commands) and not all_of_them and not any(map(in_no_line_with_others, commands)):
        step = joined(commands)
        return Recipe(step, (step,))
    if all_of_them:
        return Recipe(f"{', then '.join(LAST_STAGE)}, where build is the stage with the steps of now", LAST_STAGE)
    return Recipe(SQUASH)


def _without_sources(line: str, paths: Sequence[str], workdir: str) -> str:
    """Return a COPY of several sources without those that became `paths`; "" where they came in no source of their own.

    A build fails if a source that a COPY names is left out of its context.

    >>> _without_sources("COPY --chown=5 deps tool ./", ["srv/tool"], "/srv")
    'COPY --chown=5 deps ./'
    """
    words = line.split()
    named = [word for word in words[1:] if not word.startswith("--")]
    if words[0] != "COPY" or len(named) < 3:
        return ""
    goal = posixpath.normpath(posixpath.join(workdir, named[-1])).strip("/")
    gone = {source for source in named[:-1] if posixpath.join(goal, posixpath.basename(source)) in paths}
    return " ".join(word for word in words if word not in gone) if len(gone) == len(paths) else ""


def copied_by_digest(line: str) -> bool:
    """Tell whether a line of a COPY names a digest where its Dockerfile names the source.

    >>> copied_by_digest("COPY dir:4ac06215dbd6 in /app"), copied_by_digest("COPY . /app")
    (True, False)
    """
    # Docker 20.10 writes no space after an option: COPY --chown=5:5file:58f7157a in /app
    return bool(re.match(r"COPY (?:--\S+ )*(?:--\S+?)?(?:file|dir|multi):", line))


def _with_owner(line: str, layer: Layer) -> str:
    """Return a COPY with the owner of its files, which BuildKit's history leaves out."""
    owners = {(entry.uid, entry.gid) for entry in layer.entries.values() if entry.kind == "file"}
    if not line.startswith("COPY ") or "--chown=" in line or copied_by_digest(line) or owners == {(0, 0)}:
        return line
    return line.replace("COPY", "COPY --chown={}:{}".format(*owners.pop()), 1) if len(owners) == 1 else line


def _in_context(line: str, path: str, workdir: str) -> str:
    """Return what .dockerignore calls a file that a COPY brought to `path`."""
    # Options such as --chown come before the paths.
    words = [word for word in line.split()[1:] if not word.startswith("--")]
    if len(words) != 2 or copied_by_digest(line):
        # Several sources, or only a digest of the source: which directory it was is not known, but the file's name is.
        return f"**/{posixpath.basename(path)}"
    source = posixpath.normpath(f"/{words[0]}").strip("/")
    goal = posixpath.normpath(posixpath.join(workdir, words[1])).strip("/")
    inside = path.removeprefix(f"{goal}/") if goal else path
    # COPY of a file puts the file into the goal, and COPY of a directory puts what is in the directory there.
    return source if posixpath.basename(source) == inside else f"{source}/{inside}".lstrip("/")
