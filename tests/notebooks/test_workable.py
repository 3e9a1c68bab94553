"""Each question can be worked out: what one needs is shown above it, or on its card, and leads to the truth."""

import copy
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from layerlab.course.answer import same
from layerlab.course.bank import questions
from layerlab.course.card import FOLD
from layerlab.words.typed_sizes import parse_size
from tests.notebooks.guards import committed, printed
from tests.notebooks.test_spoilers import first, place


class Needs(NamedTuple):
    """What has to be shown before a question, and for a size how it leads to the truth."""

    shown: tuple[str, ...]
    leads: Callable[..., int] | None = None


NEEDS = {
    "00.ten-containers": Needs(("319 MB", "You start ten containers"), lambda image, _: image),
    "00.one-byte": Needs(("catalog.db  20.0 MB", "a single byte"), lambda file, _: file + 1),
    "01.merge": Needs(("`hours`, `phone` and `prices`", "with one file: `offers`")),
    "01.delete": Needs(
        ("`shop` is 319 MB", "20.0 MB of this are `catalog.db`", "nobody can change"), lambda image, *_: image
    ),
    "01.height": Needs(
        ("The metadata says which layers there are, in which order, and what to start", "never changes")
    ),
    "01.change": Needs(("a file of 20.0 MB", "adds one byte"), lambda file, _: file + 1),
    "01.which-layer": Needs(("Layer 0 and layer 2", "you see the file of the highest layer")),
    "01.metadata": Needs(("The id of an image is computed from its metadata", "Settings are metadata too")),
    "01.write-image": Needs(("never changes",)),
    "01.kernel": Needs(("a set of files that never changes", "The host runs Linux 6.18", "came with Linux 3.2")),
    "02.other": Needs(("Each container has its own thin layer", "replaces the page `index.html`")),
    "02.one-byte": Needs(
        ("The file is 20.0 MB", "the whole file was copied into the thin layer first", "three times"),
        lambda file, *_: 2 * file + 4,
    ),
    "02.rmtree": Needs(("1,000 files of 5.00 kB each", "**whiteout**: a mark that says that this name is deleted")),
    "02.stop": Needs(("a new file of 1.00 MB", "Then you stop `web`, start it again, stop it again, and remove it")),
    "02.chmod": Needs(("20.0 MB", "5.00 kB", "1.00 MB", "A new mode, owner or time copies the whole file")),
    "02.rename": Needs(("1,000 files of 5.00 kB, all from the image",), lambda file: 1_000 * file),
    "02.hard-link": Needs(("two names of one file of 102,400 bytes", "adds one byte to `h1`")),
    "02.volume": Needs(
        ("A **volume** is a directory that Docker keeps on the host", "A new version of the shop, in a new container")
    ),
    "02.in-use": Needs(("All containers on an image read the same layers", "it is stopped")),
    "02.commit": Needs(
        (
            "makes a new layer of a container",
            "with a volume at `orders/` and a tmpfs at `cache/`",
            "outside its thin layer",
        )
    ),
    "02.mount": Needs(
        ("A **volume** is a directory that Docker keeps on the host", "has 1,000 files", "one file, `offers.html`")
    ),
    "02.again": Needs(("Each container has its own thin layer", "its container stops", "the same line three times")),
    "03.sum": Needs(("(virtual 319MB)", "20MB", "Three of these containers"), lambda image, thin, _: image + 3 * thin),
    "03.column": Needs(
        (
            "294MB  0B           98MB",
            "319MB  25MB         123MB",
            "304MB  10MB         108MB",
            "each layer's size is divided",
            "use 329 MB of the disk",
        )
    ),
    "03.set": Needs(("the same five layers of 319 MB", "you remove `shop:1` and `shop:2`"), lambda image, _: image),
    "03.in-use": Needs(("One container, `old`, uses `blog`", "`old` is stopped")),
    "03.reclaimable": Needs(
        ("319 MB", "25MB", "A layer is removed when no image and no container uses it"), lambda _, site, __: site
    ),
    "03.base": Needs(("another base of 100 MB", "319 MB", "25.0 MB"), lambda base, shop, site: shop + base + site),
    "03.df": Needs(
        ("319 MB", "2.00 MB into its thin layer", "40.0 MB into a volume", "80.0 MB, which is in its log", "logs"),
        lambda image, thin, volume, *_: image + thin + volume,
    ),
    "04.secret": Needs(
        ("COPY backup.env /etc/              # layer 1", "ENV DB_PASSWORD=open-sesame        # metadata")
    ),
    "04.chmod-site": Needs(
        ("25.0 MB", "`shop` is 319 MB", "A new mode, owner or time copies the whole file"),
        lambda site, shop, _: site + shop,
    ),
    "04.squash": Needs(("319 MB", "304 MB", "The new layer shows the same files"), lambda shop, blog, _: shop + blog),
    "04.which-builds": Needs(
        ("`RUN --mount=type=secret` shows a file to one step. The mount stores nothing", "a line of the history")
    ),
    "04.blame": Needs(("Layer 5 installs `php` and leaves its package", "Layer 7 deletes the package")),
    "04.volume": Needs(("each container then gets a volume there", "COPY prices /srv/")),
    "04.shell": Needs(("A **shell** is the program", "RUN cd /etc", "RUN touch ready")),
    "04.edited-archive": Needs(("You replace the password in this layer by stars",)),
    "05.label": Needs(
        (
            "**image id**: the digest of the metadata",
            "lists the digests of its metadata",
            "A label is a note in the metadata",
        )
    ),
    "05.missing": Needs(("<missing>", "**DiffID**: the digest of a layer's tar")),
    "05.match": Needs(("the ChainID below, a space, its DiffID", "Our layers 2 and 3 contain other bytes")),
    "05.none": Needs(("the site, 25.0 MB, has other bytes now", "Docker refuses to remove")),
    "05.how-many": Needs(("a DiffID for each of the four layers", "Two of the layers are empty")),
    "05.edited-metadata": Needs(("**image id**: the digest of the metadata", "by stars, where `ENV` wrote it")),
    "06.layers": Needs(("an image of four layers", "COPY site/ /var/www/\nRUN touch /ready\nEXPOSE 80\nUSER 33")),
    "06.touch": Needs(
        (
            "A builder computes a **key** for each step",
            "You `touch site/index.html`",
            "COPY site/ /var/www/\nRUN ls /var/www > /srv/index",
        )
    ),
    "06.order": Needs(("A page in `site/` changes every day", "(line 3 above it ran again)")),
    "06.apt": Needs(("reuses it for the same key", "RUN apt-get update", "You build the same Dockerfile again")),
    "06.comment": Needs(("with the Dockerfile in the folder", "COPY . /srv/", "a step above it in the same stage ran")),
    "06.argument": Needs(("`--build-arg TOKEN=open-sesame`", "a line of the history")),
    "06.stage": Needs(
        ("FROM scratch\nCOPY --from=build /out/shop /shop", "`/out/shop`, 5.00 MB"), lambda _, result: result
    ),
    "07.pull": Needs(("Ubuntu's files, 204 MB, and apache, 90.0 MB", "less than a third of these sizes")),
    "07.hashes": Needs(("Docker packs each layer with gzip", "**DiffID**: the digest of a layer's tar")),
    "07.lower": Needs(
        (
            "a base, 2.00 MB, the program, 1.00 MB, and on top its libraries, 10.0 MB",
            "the ChainID below, a space, its DiffID",
            "the client knows its digest, and the repository has it",
        )
    ),
    "07.repository": Needs(("92.6 MB packed", "of its own, 10.0 MB", "takes a blob from another of its repositories")),
    "07.latest": Needs(("the server pulls it", "a container is an image with a **thin layer** on top")),
    "07.stores": Needs(("294 MB unpacked, and 92.6 MB packed", "It keeps each layer packed, as it came, and unpacked")),
    "07.forgot": Needs(("Docker stores layers unpacked", "A push skips a blob if the client knows its digest")),
    "08.first-process": Needs(("**Process 1** is the first of them", "starts two services with `&`")),
    "08.deaf": Needs(("`web` runs `sleep 100`, which has no handler", "No program can have a handler for KILL")),
    "08.shell-form": Needs(('Docker runs `/bin/sh -c "/app.sh"`', "`/app.sh` has a handler for TERM")),
    "08.zombie": Needs(("**orphan**, because its parent has ended", "After two seconds the helper has ended too")),
    "08.last-command": Needs(("the first one runs in the background", "A container ends when process 1 ends")),
    "08.kill": Needs(("`kill -KILL 1`", "No program can have a handler for KILL")),
    "08.code": Needs(("has no program `nosuch`",)),
    "08.runs-on": Needs(
        ("A container ends when process 1 ends", "`sh -c 'sleep 600 & echo ready'`", "Nobody stops `web`")
    ),
    "09.middle": Needs(("from the middle of a block", "A block has 4,096 bytes")),
    "09.size": Needs(("`catalog.db` (20.0 MB)", "The driver is btrfs", "20MB (virtual 339MB)"), lambda file, *_: file),
    "09.chmod": Needs(
        (
            "overlay2 copies no bytes for a new mode, owner or time",
            "copies every file at the start",
            "A new mode, owner or time copies the whole file",
        )
    ),
    "09.pages": Needs(("its 4,883 pages once", "`web` changes the mode of the file")),
    "09.start": Needs(("Docker uses the driver vfs, which shares nothing",)),
    "09.depth": Needs(("Each has its own limit",)),
    "10.live": Needs(
        (
            "Its base is 8.00 MB",
            "/opt/deps 6.00 MB",
            "/srv/search 1.00 MB",
            "RUN rm -r /srv/.netrc /var/cache/fetch",
            "The files of the base are all visible",
        ),
        lambda base, deps, app, *_: base + deps + app,
    ),
    "10.release": Needs(
        (
            "COPY search /srv/search                                  #                     1.00 MB",
            "RUN fetch                                                ####################  18.0 MB",
            "RUN chmod 555 /opt/deps/*.so /srv/search                 ########              7.00 MB",
            "A new version changes /srv/search",
            "pulls every layer whose ChainID it does not have",
            "the digest of a text: the ChainID below, a space, its DiffID",
        ),
        lambda app, fetched, modes, *_: app + fetched + modes,
    ),
    "10.split": Needs(
        (
            "its base is 8.00 MB",
            "A new version changes /srv/search, 1.00 MB",
            "from the bottom to the top",
            "pulls every layer whose ChainID it does not have",
        )
    ),
    "10.puzzle": Needs(("add up to 918 MB", "On the disk, they use 329 MB", "use the same lower layers")),
    "10.delete": Needs(("The image search is 34.0 MB",), lambda image: image),
    "10.secret": Needs(("RUN rm -r /srv/.netrc /var/cache/fetch", "Press a layer on the card, and it lists its files")),
    "10.chmod": Needs(("A new version changes /srv/search, 1.00 MB",), lambda app: app),
    "10.squash": Needs(("Its base is 8.00 MB",)),
}


def above(name: str) -> str:
    """All that is shown before a question: earlier lessons, this one's cells, and the card without its answer."""
    asked = first(name)
    earlier = [notebook for file, notebook in committed().items() if file < asked.file and file[:2].isdigit()]
    at = place(asked.notebook, asked.question)
    cells = [cell for notebook in earlier for cell in notebook.cells] + asked.notebook.cells[:at]
    texts = [cell.source if cell.cell_type == "markdown" else printed(cell) for cell in cells]
    card = copy.deepcopy(asked.notebook.cells[at])
    for output in card.outputs:
        output.data.update({mime: str(value).partition(FOLD)[0] for mime, value in output.data.items()})
    return "\n".join([*texts, printed(card)])


def missing(name: str) -> list[str]:
    """What a question needs and nobody was shown."""
    text = above(name)
    return [each for each in NEEDS[name].shown if each not in text]


def test_every_question_says_what_it_needs() -> None:
    assert questions().keys() == NEEDS.keys()


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_question_needs_is_shown_above_it(name: str) -> None:
    assert [] == missing(name)


@pytest.mark.parametrize("name", [name for name, each in NEEDS.items() if each.leads])
def test_what_is_shown_leads_to_the_truth(name: str) -> None:
    needs, truth = NEEDS[name], questions()[name].truth
    assert needs.leads is not None
    sizes = [re.search(r"\d[\d.]* ?[kMG]?B\b", each) for each in needs.shown]
    assert same(needs.leads(*(parse_size(found[0]) if found else 0 for found in sizes)), truth)


def test_a_size_that_is_shown_nowhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NEEDS, "00.one-byte", Needs(("the file is 21.5 MB",)))
    assert ["the file is 21.5 MB"] == missing("00.one-byte")
