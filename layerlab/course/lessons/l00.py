"""Lesson 00: What does one more container cost?"""

from random import Random

from layerlab.course.draws import Drawn, drawn, the_shop
from layerlab.course.exercise import Exercise
from layerlab.course.question import Question, Recorded, Wrong
from layerlab.course.wrong import containers as wrong
from layerlab.words.sizes import size

COUNT = 10
BYTE = b"!"
# What it printed for these very layers, loaded from an archive.
ENGINE = "Docker 20.10.24, overlay2"


def _ten_containers(there: Drawn, count: int, situation: str = "") -> Question:
    def truth() -> int:
        host = there.host()
        host.run(there.name, count=count)
        return host.usage().total

    return Question(
        id="00.ten-containers",
        situation=situation,
        prompt="How much does the host hold then: the image and ten containers?"
        if not situation
        else "How much does the host hold then: the image and its containers?",
        truth=truth,
        wrong=(
            Wrong(
                "2a",
                lambda: wrong.copies_of_the_top_layer(there.image, count),
                "each container started with a copy of the image's top layer",
            ),
            Wrong(
                "2a",
                lambda: wrong.only_the_copies(there.image, count),
                "each container were a full copy of the image",
            ),
            Wrong(
                "2a",
                lambda: wrong.the_image_and_copies(there.image, count),
                "each container were a full copy, and the image stayed beside the copies",
            ),
        ),
        measured=("on the host",),
        given=(lambda: there.image.size,),
        explanation="Nothing is copied when a container starts. All of them read the same layers, which nobody can "
        "change, and each has a thin layer of its own on top: empty until that container writes.",
        docker="docker run -d --name shop-1 shop    # ... and nine more\ndocker system df",
        recorded=Recorded(
            ENGINE,
            "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
            "Images          1         1         319.4MB   0B (0%)\n"
            "Containers      10        10        0B        0B",
        ),
        like=_other_containers,
    )


def _other_containers(random: Random) -> Question:
    there, count = drawn(random), random.randint(3, 40)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. You start {count} containers on it, and "
        "none of them writes anything."
    )
    return _ten_containers(there, count, situation)


def _one_byte(there: Drawn, situation: str = "") -> Question:
    def truth() -> int:
        web = there.host().run(there.name, name="web")
        web.append(there.path, BYTE)
        return web.size_rw

    return Question(
        id="00.one-byte",
        situation=situation,
        prompt="How many bytes does the thin layer of <code>web</code> hold then?",
        act="type",
        truth=truth,
        wrong=(
            Wrong(
                "6", lambda: wrong.only_the_bytes_written(BYTE), "a thin layer kept only the bytes that were written"
            ),
            Wrong(
                "6",
                lambda: wrong.the_layer_of_the_file(there.image, there.path, BYTE),
                "the first write copied the whole layer that holds the file",
            ),
            Wrong("6", lambda: wrong.the_image(there.image, BYTE), "the first write copied the whole image"),
        ),
        measured=("the thin layer of web", "docker diff web (C: changed)"),
        given=(lambda: there.size,) if situation else (),
        explanation="Layers cannot change. So before the first byte is written, the kernel copies the whole file up "
        "into the thin layer: this is copy-up. The size of the file sets the price, not the size of the change.",
        docker="docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'\ndocker ps -s",
        recorded=Recorded(ENGINE, "NAMES     SIZE\nweb       20MB (virtual 339MB)"),
        like=_other_byte,
    )


def _other_byte(random: Random) -> Question:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. A container <code>web</code> on it appends "
        f"one byte to <code>{there.path}</code>, a file of {size(there.size)} that came with the top layer."
    )
    return _one_byte(there, situation)


QUESTIONS = (_ten_containers(the_shop(), COUNT), _one_byte(the_shop()))
EXERCISES: tuple[Exercise, ...] = ()
