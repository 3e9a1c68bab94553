"""Lesson 00: What does one more container cost?"""

from layerlab.lesson import wrong
from layerlab.lesson.bank.question import Question, Recorded, Wrong
from layerlab.lesson.example import CATALOG, shop
from layerlab.model.image import Image

COUNT = 10
BYTE = b"!"
# What it printed for these very layers, loaded from an archive.
ENGINE = "Docker 20.10.24, overlay2"


def _image() -> Image:
    return shop().images["shop"]


def _ten_containers() -> int:
    host = shop()
    host.run("shop", count=COUNT)
    return host.usage().total


def _one_byte() -> int:
    web = shop().run("shop", name="web")
    web.append(CATALOG, BYTE)
    return web.size_rw


QUESTIONS = (
    Question(
        id="00.ten-containers",
        prompt="How much does the host hold then: the image and ten containers?",
        truth=_ten_containers,
        wrong=(
            Wrong(
                "2a",
                lambda: wrong.copies_of_the_top_layer(_image(), COUNT),
                "each container started with a copy of the image's top layer",
            ),
            Wrong(
                "2a",
                lambda: wrong.only_the_copies(_image(), COUNT),
                "each container were a full copy of the image",
            ),
            Wrong(
                "2a",
                lambda: wrong.the_image_and_copies(_image(), COUNT),
                "each container were a full copy, and the image stayed beside the copies",
            ),
        ),
        measured=("on the host",),
        given=(lambda: _image().size,),
        explanation="Nothing is copied when a container starts. All ten read the same layers, which nobody can change, "
        "and each has a thin layer of its own on top: empty until that container writes.",
        docker="docker run -d --name shop-1 shop    # ... and nine more\ndocker system df",
        recorded=Recorded(
            ENGINE,
            "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
            "Images          1         1         319.4MB   0B (0%)\n"
            "Containers      10        10        0B        0B",
        ),
    ),
    Question(
        id="00.one-byte",
        prompt="How many bytes does the thin layer of <code>web</code> hold then?",
        act="type",
        truth=_one_byte,
        wrong=(
            Wrong(
                "6", lambda: wrong.only_the_bytes_written(BYTE), "a thin layer kept only the bytes that were written"
            ),
            Wrong(
                "6",
                lambda: wrong.the_layer_of_the_file(_image(), CATALOG, BYTE),
                "the first write copied the whole layer that holds the file",
            ),
            Wrong("6", lambda: wrong.the_image(_image(), BYTE), "the first write copied the whole image"),
        ),
        measured=("the thin layer of web", "docker diff web"),
        explanation="Layers cannot change. So before the first byte is written, the kernel copies the whole file up "
        "into the thin layer: this is copy-up. The size of the file sets the price, not the size of the change.",
        docker="docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'\ndocker ps -s",
        recorded=Recorded(ENGINE, "NAMES     SIZE\nweb       20MB (virtual 339MB)"),
    ),
)
