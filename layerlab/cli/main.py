"""The command line: look into archives and engines, check the set-up, show the answers given in lessons.

Each command is imported when it runs, so that help and errors appear without waiting for imports.
"""

import argparse
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from layerlab.model.layerlab_error import LayerlabError

if TYPE_CHECKING:
    from layerlab.archive.limits import Limits

EXAMPLES = """\
examples:
  docker save coreos/apache -o apache.tar     write an image to a file (podman save does the same)
  layerlab inspect apache.tar                 its layers: how large, what made them, how much of each nobody sees
  layerlab usage apache.tar shop.tar          what these images take on one disk, shared layers counted once
  layerlab usage                              what all images and containers of your Docker or Podman take
  layerlab answers                            what you answered in the lessons of this folder
  layerlab check                              whether this computer is ready for the lessons
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 1 after one line on standard error.

    >>> main(["inspect", "no-such-file.tar"])
    1
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path may contain letters that the encoding of a terminal, or of a file on Windows, cannot represent.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        code = run(options)
        # Written out here, so that an error of the output is caught below and not raised at exit.
        print(end="", flush=True)
    except LayerlabError as error:
        print(f"layerlab: {error}", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="layerlab",
        description="Look into container images, with an engine or without.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("inspect", help="show an archive's images, layer by layer")
    command.add_argument("archive", metavar="ARCHIVE", help="a tar from docker save, or an OCI layout (tar or folder)")
    command.add_argument("--json", action="store_true", help="print all of it as JSON, sizes in bytes")
    _add_limits(command)
    command.set_defaults(run=_inspect)
    command = commands.add_parser("usage", help="show what several images, or all of an engine, take on one disk")
    source = command.add_mutually_exclusive_group()
    source.add_argument("archives", metavar="ARCHIVE", nargs="*", default=[], help="archives, as for inspect")
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
    command = commands.add_parser("check", help="try whether this computer is ready for the lessons")
    command.set_defaults(run=_check)
    return parser


def _answers(options: argparse.Namespace) -> int:
    from layerlab.course.answers import command

    print(command(options.folder, as_json=options.json, export=options.export or "", erasing=options.erase))
    return 0


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
    from layerlab.cli.inspect import inspect

    return inspect(options.archive, _limits(options), as_json=options.json)


def _usage(options: argparse.Namespace) -> int:
    from layerlab.cli.disk_usage import usage

    return usage(options.archives, options.engine, _limits(options), as_json=options.json)


def _check(_: argparse.Namespace) -> int:
    from layerlab.cli.setup_check import check

    return check()
