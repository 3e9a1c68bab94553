"""Lesson 00: What does one more container cost?"""

from random import Random

from layerlab.course.draws import Topic, drawn, layer_with, the_shop
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Wrong
from layerlab.words.sizes import size

LESSON = Lesson("00")
BYTE = b"!"


def draw_ten_containers(random: Random) -> tuple[str, Topic, int, str]:
    there, count = drawn(random), random.randint(3, 40)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. You start {count} containers on this image. "
        "None of the containers writes anything."
    )
    return situation, there, count, "its"


@LESSON.question("ten-containers", lambda: (the_shop(), 10, "ten"), draw_ten_containers)
def ten_containers(there: Topic, count: int, which: str) -> Question:
    image, happening = there.image, Happening(there.host, lambda host: host.run(there.name, count=count))
    return Question(
        prompt=f"How much disk space do the image and {which} containers use together?",
        # No two layers of one image have the same ChainID, so the disk holds all of them. `host.usage()` says the same,
        # but would hash 319 MB first, and this is the first question that anyone meets.
        truth=image.size + sum(container.size_rw for container in happening.after.containers.values()),
        wrong=(
            Wrong(
                "2a",
                image.size + count * image.layers[-1].size,
                "each container began with a copy of the image's top layer",
            ),
            Wrong("2a", count * image.size, "each container were a full copy of the image"),
            Wrong(
                "2a",
                image.size + count * image.size,
                "each container were a full copy, and the image were stored beside the copies",
            ),
        ),
        happening=happening,
        measured=("on the host",),
        given=(image.size,),
        explanation="When a container starts, nothing of the image is copied into its thin layer. All containers on an "
        "image read the same layers, and no container can change these layers. The thin layer of a container stays "
        "empty until this container writes.",
        docker="docker run -d --name shop-1 shop    # ... and nine more\ndocker system df",
        printed="TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          1         1         319.4MB   0B (0%)\n"
        "Containers      10        10        0B        0B",
    )


def draw_one_byte(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"The image <code>{there.name}</code> is {size(there.image.size)}. A container <code>web</code> on this image "
        f"adds "
        f"one byte to the end of <code>{there.path}</code>. This file is {size(there.size)} and came with the top "
        f"layer."
    )
    return situation, there


@LESSON.question("one-byte", lambda: (the_shop(),), draw_one_byte)
def one_byte(there: Topic) -> Question:
    happening = Happening(
        lambda: there.running("web"), lambda host: host.containers["web"].append(there.path, BYTE), there.path
    )
    return Question(
        prompt="How many bytes does the thin layer of <code>web</code> contain then?",
        act="type",
        truth=happening.after.containers["web"].size_rw,
        wrong=(
            Wrong("6", len(BYTE), "a thin layer contained only the bytes that were written"),
            Wrong(
                "6",
                layer_with(there.image, there.path).size + len(BYTE),
                "the first write copied the whole layer that contains the file",
            ),
            Wrong("6", there.image.size + len(BYTE), "the first write copied the whole image"),
        ),
        happening=happening,
        measured=("the thin layer of web",),
        given=(there.size,),
        explanation="No container can change a layer. So before the first byte is added, Linux copies the whole file "
        "into the thin layer. This is called copy-up. The cost depends on the size of the file, not on the "
        "change. Nothing is copied if the file is replaced, or emptied with >.",
        docker="docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'\n"
        "docker ps -s    # the thin layer; in brackets: the thin layer and the image",
        printed="NAMES     SIZE\nweb       20MB (virtual 339MB)",
    )
