"""Recipe: what to write in a Dockerfile so that a build makes an image otherwise.

Only a RUN can delete, and it frees bytes only in its own step. A file that a COPY brings has to be left out of the
build context, or the whole line is removed. Several layers become one by a last stage, or by an option of the builder.
"""

import posixpath
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.model.history import BUILDKIT, NO_RUN, SHELL, ran
from layerlab.words.plurals import listed
from layerlab.words.printable import printable

LAST_STAGE = ("FROM scratch", "COPY --from=build / /")
SQUASH = "podman build --squash, or docker build --squash with experimental features"


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
        step = f"RUN {text} && rm -r {names}"
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
    if all(commands) and not all_of_them:
        step = f"RUN {' && '.join(commands)}"
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
    return bool(re.match(r"COPY (?:--\S+ )*(?:file|dir|multi):", line))


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
