"""The command line: open the lessons, look into archives and engines, check the set-up, show answers.

Each command is imported when it runs, so that help and errors appear without waiting for imports.
"""

import argparse
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from layerlab.model.layerlab_error import LayerlabError

if TYPE_CHECKING:
    from fractions import Fraction

    from layerlab.archive.limits import Limits

SOURCES = (
    "a tar or a folder that docker save and others write, - for a pipe, docker:NAME, podman:NAME, "
    "registry:HOST/NAME:TAG"
)
EXAMPLES = """\
examples:
  layerlab lab                                open the lessons in JupyterLab, in a copy of your own
  layerlab present 02                         show a lesson to a class, one step a screen
  docker save coreos/apache -o apache.tar     write an image to a file (podman save does the same)
  layerlab inspect apache.tar                 its layers: how large, what made them, how much of each nobody sees
  docker save shop | layerlab inspect - --max-dead 20MB
                                              fail with 3 if more of its bytes are dead
  layerlab inspect --fix docker:shop          what to change in its Dockerfile
  layerlab diff old.tar new.tar               what a host that has the old image needs for the new one
  layerlab inspect registry:127.0.0.1:5000/shop:1
                                              the same for an image in a registry
  layerlab usage apache.tar shop.tar          what these images take on one disk, shared layers counted once
  layerlab usage                              what all images and containers of your Docker or Podman take
  layerlab answers                            what you answered in the lessons of this folder
  layerlab check                              whether this computer is ready for the lessons
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 after one line on standard error, 3 if a gate is not passed.

    >>> main(["inspect", "no-such-file.tar"])
    1
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path may contain letters that the encoding of a terminal, or of a file on Windows, cannot represent.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could be typed next
        from argcomplete import autocomplete

        autocomplete(parser)
    options = parser.parse_args(argv)
    if "run" not in options:  # somebody who types the name alone wants to know what it does
        parser.print_help(sys.stderr)
        return 2
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        code = run(options)
        # Written out here, so that an error of the output is caught below and not raised at exit.
        print(end="", flush=True)
    except LayerlabError as error:
        from layerlab.words.printable import printable

        # An error may name a file, and the names of files can contain what a terminal obeys.
        print(f"layerlab: {printable(str(error))}", file=sys.stderr)
        return 1
    except OSError as error:
        # A program such as head closes the pipe when it has read enough. That is no error.
        if not isinstance(error, BrokenPipeError):
            print(f"layerlab: the output: {error.strerror or error}", file=sys.stderr)
        # At exit Python writes out what is left, and would print the same error once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130  # what shells use after Ctrl+C: 128 and the number of the signal, 2
    return code


def program() -> int:
    """Run one command as a program of its own, and return its exit code."""
    # Without garbage collection the command takes a tenth less time, because Python does not search all entries for
    # unused objects. The process ends before unused objects could take much memory. Python also collects at exit, so
    # `freeze` leaves out all objects there.
    gc.disable()
    code = main()
    gc.freeze()
    return code


class _Version(argparse.Action):
    """Prints the version. The packages' metadata are read only when somebody asks, because that takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"layerlab {version('layerlab')}")
        parser.exit()


class _CommandLine(argparse.ArgumentParser):
    """A parser whose errors contain nothing that a terminal obeys: `inspect *` names files of strangers too."""

    def error(self, message: str) -> NoReturn:
        from layerlab.words.printable import printable

        super().error(printable(message))


def _parser() -> argparse.ArgumentParser:
    parser = _CommandLine(
        prog="layerlab",
        description="Look into container images, with an engine or without.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND")
    command = commands.add_parser("inspect", help="show an archive's images, layer by layer")
    command.add_argument("archive", metavar="ARCHIVE", help=SOURCES)
    command.add_argument("--json", action="store_true", help="print all of it as JSON, sizes in bytes")
    dead = command.add_mutually_exclusive_group()
    dead.add_argument("--top", metavar="N", type=_count, default=5, help="list so many files with dead bytes (5)")
    dead.add_argument("--all", dest="top", action="store_const", const=None, help="list all files with dead bytes")
    command.add_argument("--html", metavar="FILE", default="", help="write the picture of the first image to a page")
    command.add_argument("--fix", action="store_true", help="say which lines of the Dockerfile to write otherwise")
    _add_gate(command)
    _add_limits(command)
    command.set_defaults(run=_inspect)
    command = commands.add_parser("diff", help="compare two images: layers, files, and what a host still needs")
    command.add_argument("old", metavar="OLD", help=SOURCES)
    command.add_argument("new", metavar="NEW", help="the newer one")
    command.add_argument("--json", action="store_true", help="print it as JSON, sizes in bytes")
    command.add_argument("--all", action="store_true", help="list all files that differ")
    _add_limits(command)
    command.set_defaults(run=_diff)
    command = commands.add_parser("usage", help="show what several images, or all of an engine, take on one disk")
    source = command.add_mutually_exclusive_group()
    source.add_argument("archives", metavar="ARCHIVE", nargs="*", default=[], help="as for inspect")
    source.add_argument(
        "--engine", metavar="SOCKET", nargs="?", default="", help="a running Docker or Podman, also if nothing is given"
    )
    command.add_argument("--json", action="store_true", help="print it as JSON, sizes in bytes")
    _add_limits(command)
    command.set_defaults(run=_usage)
    command = commands.add_parser("answers", help="show, save or erase what you answered in the lessons of a folder")
    command.add_argument("--folder", metavar="FOLDER", default=".", help="the folder of the notebooks, by default this")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="print all of it as JSON")
    what.add_argument("--export", metavar="FILE", help="write it to a file, as JSON")
    what.add_argument("--erase", action="store_true", help="remove it")
    command.set_defaults(run=_answers)
    command = commands.add_parser("lab", help="open the lessons in JupyterLab, in a copy of your own")
    command.add_argument("--folder", metavar="FOLDER", default="", help="the copy, by default ~/layerlab-lessons")
    command.add_argument("--list", action="store_true", help="print the lessons instead")
    command.add_argument("--no-browser", action="store_true", help="print the address, and open nothing")
    command.add_argument("options", metavar="-- OPTION", nargs="*", help="options of JupyterLab, as in -- --port=9000")
    command.set_defaults(run=_lab)
    command = commands.add_parser("present", help="show a lesson to a class, one step a screen, live")
    command.add_argument("lesson", metavar="LESSON", help="its number, such as 02")
    command.add_argument("--port", metavar="PORT", type=_count, default=8866, help="where it is served (8866)")
    command.add_argument("--no-browser", action="store_true", help="print the address, and open nothing")
    command.set_defaults(run=_present)
    command = commands.add_parser("completion", help="print what a shell needs to complete these commands")
    command.add_argument("shell", choices=["bash", "zsh", "fish"])
    command.set_defaults(run=_completion)
    command = commands.add_parser("check", help="try whether this computer is ready for the lessons")
    command.set_defaults(run=_check)
    return parser


def _answers(options: argparse.Namespace) -> int:
    from layerlab.course.answers import command

    print(command(options.folder, as_json=options.json, export=options.export or "", erasing=options.erase))
    return 0


def _add_gate(command: argparse.ArgumentParser) -> None:
    gate = command.add_argument_group("a gate for a pipeline", "the exit code is 3 if an image does not pass")
    gate.add_argument("--max-dead", metavar="SIZE", type=_size, help="bytes that no path shows, such as 20MB, at most")
    gate.add_argument("--min-live", metavar="SHARE", type=_share, help="the share of bytes that paths show, at least")
    gate.add_argument("--max-size", metavar="SIZE", type=_size, help="the size of an image, such as 500MB, at most")
    gate.add_argument("--no-secrets", action="store_true", help="no passwords or keys of well-known kinds")
    gate.add_argument(
        "--allow", metavar="PLACE", action="append", default=[],
        help="a path or variable that --no-secrets lets pass, such as 'srv/tests/*.pem'; may be given more than once",
    )  # fmt: skip


def _size(text: str) -> int:
    from layerlab.words.typed_sizes import parse_size

    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _share(text: str) -> "Fraction":
    from fractions import Fraction

    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: write a number from 0 to 1, such as 0.95")
    return share


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def _add_limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--limit",
        metavar="NAME=NUMBER",
        action="append",
        default=[],
        type=_limit,
        help="take more from an archive that you trust, as in --limit entries=1000000; a refusal names the limit",
    )


def _limit(text: str) -> tuple[str, int]:
    """Return a limit's name and its new value."""
    from layerlab.archive.limits import Limits

    name, _, number = text.partition("=")
    if name not in vars(Limits()):
        raise argparse.ArgumentTypeError(f"no limit is called {name!r}: there are {', '.join(vars(Limits()))}")
    if not number.isascii() or not number.isdigit():
        raise argparse.ArgumentTypeError(f"the limit {name} is a whole number, as in {name}=1000000")
    return name, int(number)


def _limits(options: argparse.Namespace) -> "Limits":
    from layerlab.archive.limits import Limits

    return Limits(**dict(options.limit))


def _inspect(options: argparse.Namespace) -> int:
    from layerlab.cli.demands import Demands
    from layerlab.cli.inspect import inspect

    gate = Demands(options.max_dead, options.min_live, options.max_size, options.no_secrets, tuple(options.allow))
    return inspect(
        options.archive, _limits(options), as_json=options.json, most=options.top, fix=options.fix, gate=gate,
        html=options.html,
    )  # fmt: skip


def _diff(options: argparse.Namespace) -> int:
    from layerlab.cli.image_diff import image_diff

    return image_diff(options.old, options.new, _limits(options), as_json=options.json, everything=options.all)


def _usage(options: argparse.Namespace) -> int:
    from layerlab.cli.disk_usage import usage

    return usage(options.archives, options.engine, _limits(options), as_json=options.json)


def _completion(options: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    print(shellcode(["layerlab"], shell=options.shell))
    return 0


def _lab(options: argparse.Namespace) -> int:
    from layerlab.cli.lab import lab

    passed_on = [*(["--no-browser"] if options.no_browser else []), *options.options]
    return lab(options.folder, passed_on, listing=options.list)


def _present(options: argparse.Namespace) -> int:
    from layerlab.cli.present import present

    return present(options.lesson, options.port, browser=not options.no_browser)


def _check(_: argparse.Namespace) -> int:
    from layerlab.cli.setup_check import check

    return check()
