"""The command line: `inspect` and `usage` look into image archives and engines, `check` tries the set-up."""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from layerlab.archive.errors import ArchiveError, EngineError, at, printable
from layerlab.archive.load import Images, load
from layerlab.model.explain import explain
from layerlab.model.history import command, made_by
from layerlab.model.image import Image
from layerlab.words.sizes import largest_remainder, parts, size

if TYPE_CHECKING:
    from layerlab.engines.client import Engine
    from layerlab.model.accounting import ContainerUsage, Usage
    from layerlab.model.host import Host

WIDTH = 100
DIGITS = 12
MOST_DEAD = 5
BAR = 30
MOMENT = 0.5
NOT_COUNTED = "not counted: containers' thin layers, volumes, logs, build cache"

EXAMPLES = """\
examples:
  docker save coreos/apache -o apache.tar     write an image to a file (podman save does the same)
  layerlab inspect apache.tar                 its layers: how large, what made them, how much of each nobody sees
  layerlab usage apache.tar shop.tar          what these images take on one disk, shared layers counted once
  layerlab usage                              what all images and containers of your Docker or Podman take
  layerlab check                              whether this computer is ready for the lessons
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 1 after one line on standard error.

    >>> main(["inspect", "no-such-file.tar"])
    1
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal, or a file on Windows, may have no letter for what a path holds.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        code = run(options)
        print(end="", flush=True)
    except (ArchiveError, EngineError) as error:
        print(f"layerlab: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        # Whoever reads a pipe and closes it has seen enough.
        if not isinstance(error, BrokenPipeError):
            print(f"layerlab: the output: {error.strerror or error}", file=sys.stderr)
        # Python would complain once more when it closes the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def program() -> int:
    """Run one command as a program of its own, and return its exit code."""
    # It ends before garbage could grow: looking for it among all entries, at the end too, takes a tenth of the time.
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
    command.set_defaults(run=_inspect)
    command = commands.add_parser("usage", help="show what several images, or all of an engine, take on one disk")
    source = command.add_mutually_exclusive_group()
    source.add_argument("archives", metavar="ARCHIVE", nargs="*", default=[], help="archives, as for inspect")
    source.add_argument(
        "--engine", metavar="SOCKET", nargs="?", default="", help="a running Docker or Podman, also if nothing is given"
    )
    command.add_argument("--json", action="store_true", help="print it as JSON, sizes in bytes")
    command.set_defaults(run=_usage)
    command = commands.add_parser("check", help="try whether this computer is ready for the lessons")
    command.set_defaults(run=_check)
    return parser


def _inspect(options: argparse.Namespace) -> int:
    with _Bar(sys.stderr) as bar:
        images = load(options.archive, bar.report)
        bar.say("accounting for every byte")
        with at(options.archive):
            described = [_described(image) for image in images]
    if options.json:
        _print_json({"archive": options.archive, "images": described, "skipped": list(images.skipped)})
        return 0
    for number, image in enumerate(described):
        _print_image(image, first=number == 0)
    for line in images.skipped:
        print(printable(f"left out: {line}"))
    return 0


def _described(image: Image) -> dict[str, Any]:
    """Return all that `inspect` says of an image; the text is made from it as well."""
    report = explain(image)
    layers = [
        {
            "layer": number,
            "size": layer.size,
            "dead": split.dead,
            "entries": len(layer.entries),
            "tar_size": layer.tar_size,
            "blob_size": layer.blob_size,
            "diff_id": layer.diff_id,
            "chain_id": chain_id,
            "digest": layer.digest,
            "media_type": layer.media_type,
            "created_by": created_by,
        }
        for number, (layer, split, chain_id, created_by) in enumerate(
            zip(image.layers, report.layers, image.chain_ids, made_by(image), strict=True)
        )
    ]
    return {
        "names": list(image.names),
        "id": image.id,
        "digest": image.digest,
        "platform": dict(image.platform),
        "size": image.size,
        "dead_size": sum(split.dead for split in report.layers),
        "live": float(report.live),
        "layers": layers,
        "dead": [vars(row) for row in report.dead],
    }


def _print_image(image: dict[str, Any], first: bool) -> None:
    platform = "/".join(image["platform"].values())
    print(f"{'' if first else chr(10)}{printable(', '.join(image['names'])) or '<none>'}")
    print(f"  id        {_short(image['id'])}")
    print(f"  platform  {printable(platform) or 'not stated'}")
    print(f"  layers    {len(image['layers'])}, 0 at the bottom")
    print()
    sizes, total = _column([layer["size"] for layer in image["layers"]])
    deads, dead = _column([layer["dead"] for layer in image["layers"]])
    rows = [
        [str(layer["layer"]), own, lost, _short(layer["diff_id"]), _command(layer["created_by"])]
        for layer, own, lost in zip(image["layers"], sizes, deads, strict=True)
    ]
    _print_table([["LAYER", "SIZE", "DEAD", "DIFF ID", "CREATED BY"], *rows, ["TOTAL", total, dead, "", ""]], right=3)
    if image["dead"]:
        print("\nDead: bytes in a layer that no path shows, because a later layer hides them.")
        rows = [
            [
                size(row["bytes"]),
                printable(row["path"]),
                f"layer {row['layer']}",
                f"layer {row['by']} ({row['reason']})",
            ]
            for row in image["dead"][:MOST_DEAD]
        ]
        _print_table([["BYTES", "PATH", "LIES IN", "HIDDEN BY"], *rows], right=1)
        if (more := len(image["dead"]) - MOST_DEAD) > 0:
            print(f"and {more:,} more")


def _usage(options: argparse.Namespace) -> int:
    # What only one command needs is imported there: half of the time that `inspect` takes would go into it.
    from layerlab.engines.client import engine

    asked = None if options.archives else engine(options.engine)
    usage = _told(asked) if asked else _usage_of(options.archives)
    if options.json:
        _print_usage_json(usage, asked)
        return 0
    _print_images(usage)
    if asked:
        _print_containers(usage)
    print()
    thin = f", and thin layers of {size(usage.thin)}: {size(usage.total)} in all" if usage.containers else ""
    print(f"On disk: {size(usage.disk)}, each layer once{thin}.")
    for what, number in usage.beside.items():
        print(f"Not counted: {'an unknown size' if number is None else size(number)} of {what}.")
    print("FAIR splits a shared layer among its images and adds up to it.")
    if asked:
        counted = "a layer's tar" if asked.podman else "a layer's files"
        print(_grey(f"sizes as {asked.name} counts them: {counted}; not counted: logs"))
    else:
        print(_grey(NOT_COUNTED))
    return 0


def _told(asked: Engine) -> Usage:
    with _Bar(sys.stderr) as bar:
        bar.say(f"asking {asked.name}")
        return asked.usage()


def _usage_of(archives: Sequence[str]) -> Usage:
    from layerlab.model.host import Host

    host = Host()
    for archive in archives:
        with _Bar(sys.stderr) as bar:
            _add(host, load(archive, bar.report))
    return host.usage()


def _print_usage_json(usage: Usage, asked: Engine | None) -> None:
    rows = list(usage.images.values())
    fair = largest_remainder([row.fair for row in rows])
    images = [
        {"names": row.names, "id": row.id, "size": row.size, "shared": row.shared, "unique": row.unique, "fair": own}
        for row, own in zip(rows, fair, strict=True)
    ]
    document: dict[str, Any] = {"images": images, "disk": usage.disk}
    if asked:
        containers = [
            {
                "name": row.name,
                "image": row.image,
                "state": row.state,
                "size_rw": row.size_rw,
                "virtual_size": row.virtual_size,
            }
            for row in usage.containers.values()
        ]
        document |= {"engine": asked.name, "containers": containers, "total": usage.total}
        document["beside"] = dict(usage.beside)
    _print_json(document)


def _print_images(usage: Usage) -> None:
    rows = list(usage.images.values())
    columns = [_column([getattr(row, name) for row in rows]) for name in ("size", "shared", "unique")]
    columns.append(_column(largest_remainder([row.fair for row in rows])))
    names = [printable(", ".join(row.names) or _short(row.id)) for row in rows]
    lines = [[name, *(column[0][number] for column in columns)] for number, name in enumerate(names)]
    total = ["TOTAL", *(column[1] for column in columns)]
    _print_table([["IMAGE", "SIZE", "SHARED", "UNIQUE", "FAIR"], *lines, total], right=0)


def _print_containers(usage: Usage) -> None:
    rows = list(usage.containers.values())
    if not rows:
        return
    print()
    thin, all_thin = _column([row.size_rw for row in rows])
    virtual, all_virtual = _column([row.virtual_size for row in rows])
    lines = [
        [own, counted, printable(row.name), row.state, _image_name(usage, row)]
        for row, own, counted in zip(rows, thin, virtual, strict=True)
    ]
    _print_table(
        [["THIN", "VIRTUAL", "CONTAINER", "STATE", "IMAGE"], *lines, [all_thin, all_virtual, "TOTAL", "", ""]], 2
    )


def _image_name(usage: Usage, row: ContainerUsage) -> str:
    image = usage.images.get(row.image)
    return printable(", ".join(image.names if image else ())) or _short(row.image)


def _add(host: Host, images: Images) -> None:
    """Keep an archive's images under their names; one without a name goes by its id, as in `docker images`.

    Where several have one name, as the platforms of an index do, the platform tells them apart.
    """
    from layerlab.model.host import HostError

    names = Counter(name for image in images for name in image.names)
    for image in images:
        for name in image.names or (_short(image.id),):
            own = name if names[name] < 2 else f"{name} ({'/'.join(image.platform.values())})"
            try:
                host.add(image, own)
            except HostError:
                host.add(image, _short(image.id))


def _check(options: argparse.Namespace) -> int:
    from layerlab.engines import setup

    del options
    works = True
    for finding in setup.findings():
        works = works and (finding.works or not finding.needed)
        word = "ok" if finding.works else "NO" if finding.needed else "-"
        note = "" if finding.works or finding.needed else " (only for what is on your own machine)"
        print(f"{word:<4}{finding.what:<14}{finding.detail}{note}", flush=True)
    print("Ready for the lessons." if works else "Not ready: install layerlab again with pip, or run make lab.")
    return 0 if works else 1


class _Bar:
    """A line on a terminal that says how far the work has come, and goes when it is done; elsewhere nothing."""

    def __init__(self, terminal: TextIO | None) -> None:
        self._terminal = terminal
        self._start = time.monotonic()
        self.report = self._read if terminal and terminal.isatty() else None

    def say(self, words: str) -> None:
        """Show words in place of those before."""
        if self.report:
            print(f"\r\x1b[K{words}", end="", file=self._terminal, flush=True)

    def _read(self, done: int, total: int) -> None:
        """Show what has been read, once that takes longer than a moment."""
        if time.monotonic() - self._start > MOMENT:
            filled = BAR * done // max(total, 1)
            self.say(f"reading {'#' * filled}{'.' * (BAR - filled)} {size(done)} of {size(total)}")

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.say("")


def _column(values: Sequence[int]) -> tuple[list[str], str]:
    """Return sizes, each with its unit, and their total; as printed, they add up."""
    texts, total = parts(values)
    unit = total.partition(" ")[2]
    return ["0 B" if text == "0" else text if " " in text else f"{text} {unit}" for text in texts], total


def _print_json(document: dict[str, Any]) -> None:
    # Paths may hold bytes that are no text: ASCII escapes carry them through any terminal.
    print(json.dumps(document, indent=2))


def _print_table(rows: list[list[str]], right: int) -> None:
    """Print rows in columns; the first `right` are flush right, or, if 0, all but the first."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            text.rjust(width) if (place < right or (right == 0 and place)) else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _short(digest: str) -> str:
    return digest.partition(":")[2][:DIGITS]


def _command(created_by: str) -> str:
    text = printable(" ".join(command(created_by).split()))
    room = WIDTH - 50
    return text if len(text) <= room else text[: room - 3] + "..."


def _grey(text: str) -> str:
    return f"\x1b[90m{text}\x1b[0m" if sys.stdout and sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


if __name__ == "__main__":
    sys.exit(program())
