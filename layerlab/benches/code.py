"""Code: the acts of a bench as a short text that can be sent, and the docker lines that such a text stands for.

A code is the docker lines of a transcript, packed, with a version before it and a checksum in it. Whoever opens one
types these lines: a code can do nothing that cannot be typed, and what a line may do is decided by the prompt. Codes of
version 1 are read for good, so the words that packing starts from never change.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence

from layerlab.model.arguments import word
from layerlab.model.host import Host
from layerlab.model.layerlab_error import LayerlabError

VERSION = "L1"
# Letters of a code, bytes of its lines, and lines: far more than anyone does, and little enough to be read at once.
MOST_LETTERS, MOST_BYTES, MOST_LINES = 20_000, 200_000, 2_000
# The words that most lines are made of. The last ones are the cheapest to name, and no letter of it may change.
_WORDS = (
    b"printf '%s\\n' 'FROM shop' 'COPY srv/news-5 /srv/' | build --tag shop --file - .\n"
    b"printf '%s\\n' 'FROM shop' 'RUN printf ! >> /var/lib/shop/catalog.db' | docker build --tag shop --file - .\n"
    b"printf '%s\\n' 'FROM shop' 'RUN rm /var/lib/shop/catalog.db' | docker build --tag shop --file - .\n"
    b"printf '%s\\n' 'FROM shop' 'RUN rm -r /var/www' | docker build --tag shop --file - .\n"
    b"printf '%s\\n' 'FROM shop' 'ENV BUILD=8' | docker build --tag shop --file - .\n"
    b"build --tag shop-3 --file Dockerfile.up-to-layer-3 .\nvolume rm orders\nvolume create orders\ntag shop shop:2\n"
    b"index.html coreos/apache blog backup cron mail test /etc/motd /etc/passwd echo -T .old "
    b"rm --force web\nrm --volumes web\nrmi shop\nrmi web-image\ncommit job job-image\ncommit web web-image\n"
    b"exec web sh -c 'yes \"GET /\" | head -n 1000 > /proc/1/fd/1'\nexec web mv -T /var/lib/shop/catalog.db "
    b"/var/lib/shop/catalog.db.old\nexec web mkdir /var/www\nexec web ls /var/www/\n"
    b"exec web cat /var/lib/shop/catalog.db\n"
    b"exec web sh -c ': >> /var/lib/shop/catalog.db'\nexec web touch /var/lib/shop/catalog.db\n"
    b"exec web chmod 700 /var/lib/shop/catalog.db\nexec web sh -c 'printf ! > /var/www/index.html'\n"
    b"exec web sh -c 'head -c 1000000 /dev/zero > /var/lib/shop/upload-1'\n"
    b"exec job sh -c 'head -c 1000000 /dev/zero > /upload-1'\nexec web sh -c 'head -c 1000000 /dev/zero > /upload-1'\n"
    b"run --detach --name mail shop\nrun --detach --name web --tmpfs /run/cache shop\n"
    b"run --detach --name web --volume /srv/site:/var/www shop\n"
    b"run --detach --name web --volume orders:/var/lib/shop shop\nrm job\nstop job\nstart job\nrm web\n"
    b"start web\nstop web\nexec job rm -r /var/www\nexec job rm /var/lib/shop/catalog.db\nexec web rm -r /var/www\n"
    b"exec web rm /var/lib/shop/catalog.db\nexec job sh -c 'printf ! >> /var/lib/shop/catalog.db'\n"
    b"exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'\nrun --detach --name job shop\n"
    b"run --detach --name web shop\n"
)


class CodeError(LayerlabError, ValueError):
    """A code that cannot be read: damaged, cut, of a newer version, or none at all. The message is one line."""


def written(lines: Iterable[str], start: bytes) -> str:
    """Return the code of docker lines; `start` is the `mark` of the host that they start from.

    >>> from layerlab.benches.example import shop
    >>> written(["docker run --detach --name web shop"], mark(shop()))
    'L1Mc8QqNHiWsMnCQA'
    """
    text = "\n".join(line.removeprefix("docker ") for line in lines)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_WORDS)
    packed = packer.compress(text.encode()) + packer.flush()
    body = start + packed
    data = zlib.crc32(body).to_bytes(4, "big") + body
    return VERSION + base64.urlsafe_b64encode(data).decode().rstrip("=")


def read(code: str, start: bytes) -> list[str]:
    """Return the docker lines of a code; CodeError where it is damaged, newer, or starts from other images.

    >>> from layerlab.benches.example import shop
    >>> read(written(["docker run --detach --name web shop"], mark(shop())), mark(shop()))
    ['docker run --detach --name web shop']
    >>> read("L1zzzz", b"")
    Traceback (most recent call last):
    layerlab.benches.code.CodeError: this code is damaged, or a part of it is missing: copy the whole of it again
    """
    # A code that was sent may have been broken into lines, or have a quote at its end.
    code = re.sub(r"\s", "", word(code, "a code"))
    found = re.fullmatch(r"L(\d+)([\w-]+)", code[:MOST_LETTERS], re.ASCII)
    if len(code) > MOST_LETTERS:
        raise CodeError(
            f"this code has {len(code):,} letters, and {MOST_LETTERS:,} are the most: it is none of a bench"
        )
    if code[:1] != "L" or not code[1:2].isdecimal():
        raise CodeError("this is no code of a bench, which starts with L1: take one that “Copy this state” gave")
    if code[:2] != VERSION:
        raise CodeError(f"this code is of version {code[1]}, and this layerlab reads version 1: get a newer layerlab")
    data = _bytes(code[2:]) if found else b""
    body = data[4:]
    if len(data) < 4 or zlib.crc32(body).to_bytes(4, "big") != data[:4]:
        raise CodeError("this code is damaged, or a part of it is missing: copy the whole of it again")
    if body[:3] != start:
        raise CodeError("this code starts from other images than this bench: give the bench the images of its sender")
    return _lines(body[3:])


def _bytes(letters: str) -> bytes:
    try:
        data = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""
    # The last letter may have bits that no byte needs: another letter there would be the same code.
    return data if base64.urlsafe_b64encode(data).decode().rstrip("=") == letters else b""


def _lines(packed: bytes) -> list[str]:
    none = CodeError("this code holds no lines, though nothing of it is missing: it is none of a bench")
    reader = zlib.decompressobj(-15, zdict=_WORDS)
    try:
        text = reader.decompress(packed, MOST_BYTES).decode()
    except (zlib.error, UnicodeDecodeError):
        raise none from None
    lines = text.split("\n") if text else []
    if reader.unconsumed_tail or len(lines) > MOST_LINES:
        raise CodeError(f"this code has more than {MOST_LINES:,} acts: it is none of a bench")
    if not reader.eof:
        raise none
    return [line if line.startswith("printf ") else f"docker {line}" for line in lines]


def mark(host: Host) -> bytes:
    """Return three bytes that tell hosts apart by their images and containers: a code says with them where it starts.

    >>> len(mark(Host()))
    3
    """
    known: Mapping[str, str] = {name: image.id for name, image in host.images.items()}
    facts: Sequence[str] = [*(f"{name} {known[name]}" for name in sorted(known)), *sorted(host.containers)]
    return zlib.crc32("\n".join(facts).encode()).to_bytes(4, "big")[:3]
