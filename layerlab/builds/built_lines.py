"""Built lines: what a line of a Dockerfile sees of those above it, and the words that a builder writes of it.

History is what `docker history` prints of an image. Each builder has its own words for the same line, and Podman's and
the classic builder's caches compare them.
"""

import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from layerlab.builds.dockerfile import Instruction, expanded, pairs, words_of
from layerlab.model.history import BUILDKIT, NO_RUN
from layerlab.model.image import Image

LAST_PORT = 65_535

DEFAULT_SHELL = ("/bin/sh", "-c")


@dataclass
class Scope:
    """The arguments that a stage has declared so far; `outside` are those from above the first FROM.

    >>> scope = Scope()
    >>> scope.declared["V"] = "1"
    >>> scope.values(Image())
    {'V': '1'}
    """

    outside: Mapping[str, str] = field(default_factory=dict)
    escape: str = "\\"
    declared: dict[str, str | None] = field(default_factory=dict)
    has_cmd: bool = False
    """A CMD stands in this stage."""

    def declare(self, found: Mapping[str, str], each: Instruction) -> None:
        """Declare the arguments of an ARG line, with their values where they have one."""
        for word in words_of(each.text, self.escape):
            name = word.partition("=")[0]
            self.declared[name] = found.get(name)

    def env(self, image: Image) -> dict[str, str]:
        """Return the variables of ENV lines, those of the base image too."""
        return dict(line.partition("=")[::2] for line in image.config.get("Env") or [])

    def values(self, image: Image) -> dict[str, str]:
        """Return what $NAME stands for: ENV comes before ARG."""
        given = {name: value for name, value in self.declared.items() if value is not None}
        return given | self.env(image)

    def arguments(self, image: Image) -> dict[str, str]:
        """Return the arguments that a RUN gets beside ENV, sorted.

        HTTP_PROXY and its like may be given without an ARG line; they are then in no key, and so not here.
        """
        env = self.env(image)
        found = {name: value for name, value in self.declared.items() if value is not None and name not in env}
        return {name: found[name] for name in sorted(found)}

    def argv(self, each: Instruction, image: Image) -> list[str]:
        """Return the program and its arguments that a line names: its list, or its text handed to the shell."""
        return list(each.words) if each.words is not None else [*shell_of(image), each.text]

    def workdir(self, image: Image, path: str) -> str:
        """Return where WORKDIR leads from where the image is."""
        return posixpath.normpath(posixpath.join(image.config.get("WorkingDir") or "/", path))


def shell_of(image: Image) -> list[str]:
    """Return the shell that takes the text of RUN, CMD and ENTRYPOINT.

    >>> shell_of(Image())
    ['/bin/sh', '-c']
    """
    return list(image.config.get("Shell") or DEFAULT_SHELL)


def line_of(
    builder: str,
    each: Instruction,
    scope: Scope,
    image: Image,
    files: str = "",
    arguments: Mapping[str, str] | None = None,
) -> str:
    """Return a builder's words for a line; `files` stands for what is copied, `arguments` are those that RUN gets.

    >>> line_of("classic", Instruction("USER", "5", 2), Scope(), Image())
    '/bin/sh -c #(nop)  USER 5'
    """
    return _WRITERS[builder](each, scope, image, files, arguments or {})


def _classic(each: Instruction, scope: Scope, image: Image, files: str, arguments: Mapping[str, str]) -> str:
    shell = " ".join(shell_of(image))
    if each.keyword == "RUN":
        return _with_arguments(" ".join(scope.argv(each, image)), arguments)
    # One blank where something was done to files, two where not: builder/dockerfile/dispatchers.go.
    blank = "" if each.keyword in ("COPY", "ADD", "WORKDIR") else " "
    text = f"{each.keyword} {files}" if each.keyword in ("COPY", "ADD") else said(each, scope, image)
    return f"{shell} {NO_RUN}{blank}{text}"


def _buildkit(each: Instruction, scope: Scope, image: Image, _files: str, arguments: Mapping[str, str]) -> str:
    if each.keyword == "RUN":
        return f"RUN {_with_arguments(' '.join(scope.argv(each, image)), arguments)}{BUILDKIT}"
    if each.keyword in ("COPY", "ADD"):
        words = words_as_list(each, scope.values(image), scope.escape)
        return f"{each.keyword} {' '.join(words)}{BUILDKIT}"
    if each.keyword == "EXPOSE":
        ports = " ".join(f"{port}:{{}}" for port in sorted(ports_of(each, scope.values(image), scope.escape)))
        return f"EXPOSE map[{ports}]"
    return said(each, scope, image)


def _podman(each: Instruction, scope: Scope, _image: Image, files: str, arguments: Mapping[str, str]) -> str:
    shell = " ".join(DEFAULT_SHELL)
    if each.keyword == "RUN":
        # buildah, StageExecutor.getCreatedBy: the text as it stands in the file, blanks at its end too.
        return _with_arguments(f"{shell} {each.written.lstrip()[4:]}", arguments)
    if each.keyword == "ARG":
        known = sorted(name for name, value in scope.declared.items() if value is not None)
        return f"{shell} {NO_RUN}ARG {' '.join(known)}"
    if each.keyword in ("COPY", "ADD"):
        return f"{shell} {NO_RUN}{each.keyword} {files}"
    return f"{shell} {NO_RUN}{each.written.lstrip()}"


_Writer = Callable[[Instruction, Scope, Image, str, Mapping[str, str]], str]
_WRITERS: Mapping[str, _Writer] = {"classic": _classic, "buildkit": _buildkit, "podman": _podman}


def _with_arguments(text: str, arguments: Mapping[str, str]) -> str:
    if not arguments:
        return text
    return f"|{len(arguments)} {' '.join(f'{name}={value}' for name, value in arguments.items())} {text}"


def said(each: Instruction, scope: Scope, image: Image) -> str:
    """Return Docker's words for a line that copies and runs nothing: with variables replaced.

    >>> said(Instruction("CMD", "sh", 2, words=("sh", "-l")), Scope(), Image())
    'CMD ["sh" "-l"]'
    """
    values, escape = scope.values(image), scope.escape
    text = expanded(each.text, values, escape)
    if each.keyword in ("ENV", "LABEL"):
        set_here = [
            (expanded(name, values, escape), expanded(value, values, escape)) for name, value in pairs(each, escape)
        ]
        text = " ".join(f"{name}={value}" for name, value in set_here)
    elif each.keyword in ("CMD", "ENTRYPOINT"):
        text = f"[{' '.join(json.dumps(word) for word in scope.argv(each, image))}]"
    elif each.keyword == "WORKDIR":
        text = scope.workdir(image, text)
    elif each.keyword in ("VOLUME", "SHELL"):
        text = f"[{' '.join(words_as_list(each, values, escape))}]"
    elif each.keyword == "EXPOSE":
        text = " ".join(sorted(words_as_list(each, values, escape)))
    elif each.keyword in ("ONBUILD", "HEALTHCHECK", "MAINTAINER"):
        text = str(each).partition(" ")[2]
    return f"{each.keyword} {text}"


def words_as_list(each: Instruction, values: Mapping[str, str], escape: str) -> Sequence[str]:
    """Return the words of a line as a list, whichever way it is written, with variables replaced.

    >>> words_as_list(Instruction("VOLUME", "/a /b", 2), {}, "\\\\")
    ['/a', '/b']
    """
    words = each.words if each.words is not None else words_of(each.text, escape)
    return [expanded(word, values, escape) for word in words]


def is_port(word: str) -> bool:
    """Tell whether Docker takes a word of EXPOSE: a port, two with a - between, or a variable, which may be one.

    >>> is_port("80"), is_port("8000-8010/tcp"), is_port("$PORT"), is_port("http"), is_port("99999")
    (True, True, True, False, False)
    """
    found = re.fullmatch(r"(\d+)(?:-(\d+))?(?:/(?:tcp|udp|sctp))?", word.strip("\"'"))
    if found is None:
        return "$" in word
    first = int(found[1])
    return first <= int(found[2] or first) <= LAST_PORT


def ports_of(each: Instruction, values: Mapping[str, str], escape: str) -> list[str]:
    """Return the ports of EXPOSE with their protocol, tcp where none is named.

    >>> ports_of(Instruction("EXPOSE", "80 53/udp", 2), {}, "\\\\")
    ['80/tcp', '53/udp']
    """
    return [port if "/" in port else f"{port}/tcp" for port in words_as_list(each, values, escape)]
