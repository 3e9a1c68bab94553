"""History: which step made which layer, and what of its line a person wrote."""

import posixpath
import re
from collections.abc import Iterator

from layerlab.model.image import Image

NO_RUN = "#(nop) "
SHELL = "/bin/sh -c "
"""What the classic builder writes before each command; `#(nop)` follows where none ran."""
BUILDKIT = " # buildkit"


SECRET = re.compile(
    r"\b((?:\w*_|PG)?(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)(?:_\w+)?"
    r"|\w+_(?:PASS|PWD))="
    # A variable that is written as another variable has no value of its own here.
    r"(?![\"']?\$)(\"[^\"]+\"|'[^']+'|[^\s\"']\S*)",
    re.IGNORECASE,
)
"""A variable whose name says that its value is secret: the name, and the value."""
KNOWN = re.compile(
    r"\b(gh[opsur]_\w{20,}|github_pat_\w+|glpat-[\w-]{10,}|sk_live_\w+|xox[abp]-[\w-]+|npm_\w{30,}|AKIA[0-9A-Z]{16}\b)"
)
"""A token of a well-known kind, which says itself what it is."""
LOG_IN = re.compile(r"://[^/\s:@]+:(?!\$)([^/\s@]+)@")
"""A password in an address."""
HIDDEN = "***"

# What builders write before a command: the arguments of the build, and the shell that SHELL names.
_arguments_and_shell = re.compile(
    r"(?:\|\d+ .*? )??(?:\S*/)?(?:ba|da|a|z|k)?sh(?: -\w*o \w+| -\w+)*? -\w*c ", re.DOTALL
)
_arguments = re.compile(r"\|(\d+) ")
_starts = ("CMD", "ENTRYPOINT")


def made_by(image: Image) -> list[str]:
    """Return the line of history that made each layer, the oldest first; "" for all where it has not one for each.

    A line is shown to people and kept in logs, so the values of secrets are left out of it.

    >>> made_by(scratch.with_layer(Layer.of({}), "ADD /").with_config(created_by="ENV A=1"))
    ['ADD /']
    """
    lines = [masked(step.created_by) for step in image.history if not step.empty_layer]
    return lines if len(lines) == len(image.layers) else [""] * len(image.layers)


def masked(line: str) -> str:
    """Return a line with stars for the values of variables with secret names, for tokens, and for passwords.

    >>> masked("RUN |1 NPM_TOKEN=abc /bin/sh -c curl https://me:abc@host/ -u $NPM_TOKEN")
    'RUN |1 NPM_TOKEN=*** /bin/sh -c curl https://me:***@host/ -u $NPM_TOKEN'
    """
    for pattern in (SECRET, KNOWN, LOG_IN):
        line = pattern.sub(_without_value, line)
    return line


def _without_value(found: re.Match[str]) -> str:
    start, end = (place - found.start() for place in found.span(found.lastindex or 0))
    return found[0][:start] + HIDDEN + found[0][end:]


def command(line: str) -> str:
    """Return a line of history as a person wrote it; a RUN of the classic builder without the word RUN.

    >>> command("/bin/sh -c #(nop)  CMD sh"), command("/bin/sh -c apt-get update")
    ('CMD sh', 'apt-get update')
    >>> command("RUN |1 A=b /bin/bash -o pipefail -c make # buildkit")
    'RUN make'
    """
    whole = line.removesuffix(BUILDKIT)
    run = "RUN " if whole.startswith("RUN ") else ""
    # Docker's classic builder writes one space after the mark or, for what makes no layer, two.
    return run + _without_shell(whole.removeprefix(run)).removeprefix(NO_RUN).strip()


def ran(line: str) -> str:
    """Return what a line of history ran in a shell; "" where it is no RUN.

    >>> ran("/bin/sh -c apt-get update"), ran("RUN /bin/sh -c make # buildkit"), ran("COPY a /")
    ('apt-get update', 'make', '')
    >>> ran("|1 A=b /bin/sh -c make"), ran("/bin/bash -ec make"), ran("/bin/bash -c #(nop) CMD sh")
    ('make', 'make', '')
    """
    whole = line.removesuffix(BUILDKIT)
    text = _without_shell(whole.removeprefix("RUN "))
    if not whole.startswith("RUN ") and text == whole:
        return ""
    return "" if text.startswith(NO_RUN.strip()) else text


def _without_shell(text: str) -> str:
    if found := _arguments_and_shell.match(text):
        return text[found.end() :].strip()
    if found := _arguments.match(text):  # a RUN in brackets names its program without a shell
        return text.split(" ", 1 + int(found[1]))[-1].strip()
    return text


def steps_between(image: Image, low: int, high: int) -> Iterator[str]:
    """Yield the commands of the steps that stand between those of two layers; the layers' own are left out.

    `low` is -1 for the steps from the first on.

    >>> image = scratch.with_layer(Layer.of({}), "COPY a /").with_config(created_by="ENV A=1")
    >>> list(steps_between(image.with_layer(Layer.of({}), "RUN make"), 0, 1))
    ['ENV A=1']
    """
    number = -1
    for step in image.history:
        number += not step.empty_layer
        if low <= number < high and (step.empty_layer or number > low):
            yield command(step.created_by)


def workdir(image: Image, number: int) -> str:
    """Return the directory from which the step of a layer counts relative paths.

    >>> image = scratch.with_config(created_by="WORKDIR /srv").with_config(created_by="/bin/sh -c #(nop) WORKDIR app")
    >>> workdir(image.with_layer(Layer.of({}), "COPY . ."), 0)
    '/srv/app'
    """
    names = [text.split(maxsplit=1)[1] for text in steps_between(image, -1, number) if text.startswith("WORKDIR ")]
    if names:
        return posixpath.normpath(posixpath.join("/", *names))
    configured = (image.config.get("WorkingDir") or "") if not _says_workdir(image) else ""
    return posixpath.normpath(f"/{configured}".replace("//", "/"))


def _says_workdir(image: Image) -> bool:
    return any(command(step.created_by).startswith("WORKDIR ") for step in image.history)


def base_height(image: Image) -> int:
    """Return how many of the lowest layers an image has from its base: up to the last start command but its own.

    A base says what starts, and Dockerfiles say that last. If no start command is below other layers, it is one layer.

    >>> base = scratch.with_layer(Layer.of({})).with_layer(Layer.of({})).with_config(created_by='CMD ["sh"]')
    >>> base_height(base), base_height(base.with_layer(Layer.of({}), "RUN make"))
    (1, 2)
    """
    found, below = min(1, len(image.layers) - 1), 0
    for each in image.history:
        below += not each.empty_layer
        starts = command(each.created_by).startswith(_starts)
        if each.empty_layer and starts and 0 < below < len(image.layers):
            found = below
    return found
