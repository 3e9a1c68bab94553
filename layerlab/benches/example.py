"""The running example: `coreos/apache`, a shop and a blog on top of it, the same in every lesson.

The published sizes of the layers of `coreos/apache` are 0, 0, 204,371,253 and about 90.0 MB, which is exactly
90,000,000 here. The bytes are stand-ins, so the ids of layers 2 and 3 differ from the published ids. The ids of the two
empty layers match, because an empty tar has no bytes that could differ.
"""

from functools import cache

from layerlab.model.arguments import word
from layerlab.model.content import filler
from layerlab.model.entry import WHITEOUT, Spec, Symlink
from layerlab.model.history import SHELL, made_by, ran
from layerlab.model.host import Host, reference, short
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer

CATALOG = "var/lib/shop/catalog.db"
SITE = "var/www/"

ROOT_SIZE = 204_371_253
APACHE_SIZE = 90_000_000
# Bytes of the packed layers when this image was pulled, as the published transcript prints them. Pictures and texts of
# the example are assumed to be as large packed as they are unpacked.
ROOT_PACKED = 66_420_000
APACHE_PACKED = 26_170_000
# An empty tar of 1,024 bytes, packed by Docker.
EMPTY_PACKED = 32
# The DiffIDs of the large layers. To hash 319 MB takes a browser seconds, and the first picture would wait for that. A
# test computes each of them from its bytes.
ROOT_ID = "sha256:4ab71758270aa1010b3820439b760a503d392dd72a5117ae69052cd6cccd9236"
APACHE_ID = "sha256:62edf09d7e176d7cd0de616d48591196c7ad90b52d040bbbf11c7efce3dbfb34"
SHOP_ID = "sha256:1bc606e2e2b8af87a3a7177382d9a0c6373cfce3c5fa373b4b590a4bd6378924"
BLOG_ID = "sha256:68c6d1d3c0df936e713a9b374ec26c278b85870214708aa2217c08f6b19ec4ba"
CATALOG_SIZE = 20_000_000
PAGES, PAGE_SIZE = 1_000, 5_000
POSTS, POST_SIZE = 2_000, 5_000
PASSWORD = "open-sesame"

# The ids that stand on the slides. They were drawn at random, so no computation gives them.
_SLIDE_IDS = ("511136ea3c5a", "6170bb7b0ad1", "9cd978db300e", "87026dcb0044")
_DID = ("empty", "empty", "Ubuntu's files", "apache")

# Only some files have their own names and sizes. One more file has all bytes that are left.
_ROOT = {
    "bin/bash": 920_788, "bin/cat": 47_904, "bin/chmod": 52_016, "bin/cp": 130_304, "bin/dash": 109_768,
    "bin/grep": 159_528, "bin/ls": 105_840, "bin/mount": 94_792, "bin/mv": 119_112, "bin/ps": 97_376,
    "bin/rm": 60_160, "bin/tar": 345_728, "etc/fstab": 37, "etc/group": 469, "etc/hostname": 8,
    "etc/lsb-release": 102, "etc/passwd": 761, "etc/services": 19_281, "etc/apt/sources.list": 1_904,
    "lib/x86_64-linux-gnu/libc-2.15.so": 1_811_128, "lib/x86_64-linux-gnu/libm-2.15.so": 1_030_512,
    "lib/x86_64-linux-gnu/libpthread-2.15.so": 135_366, "sbin/init": 194_528, "sbin/ldconfig": 911_024,
    "usr/bin/apt-get": 165_280, "usr/bin/dpkg": 261_832, "usr/bin/find": 211_328, "usr/bin/perl5.14.2": 10_376,
    "usr/bin/python2.7": 2_989_480, "usr/bin/vim.tiny": 776_552, "usr/lib/libperl.so.5.14.2": 1_565_712,
    "usr/lib/python2.7/os.py": 26_300, "usr/lib/python2.7/socket.py": 20_512, "usr/share/perl/5.14.2/strict.pm": 4_053,
    "usr/share/i18n/locales/en_US": 4_756, "usr/share/common-licenses/GPL-3": 35_147,
    "var/cache/apt/pkgcache.bin": 7_341_112, "var/lib/apt/lists/precise_main_Packages": 8_584_920,
    "var/lib/dpkg/status": 447_213,
}  # fmt: skip
_ROOT_LINKS = {"bin/sh": "dash", "lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-2.15.so"}
_ROOT_REST = "usr/lib/locale/locale-archive"

_APACHE = {
    "etc/apache2/apache2.conf": 7_994, "etc/apache2/envvars": 1_323, "etc/apache2/ports.conf": 750,
    "etc/apache2/mods-available/ssl.load": 97, "etc/apache2/sites-available/default": 692, "etc/mime.types": 24_241,
    "etc/init.d/apache2": 7_621, "usr/lib/apache2/mpm-worker/apache2": 450_944,
    "usr/lib/apache2/modules/mod_rewrite.so": 60_744, "usr/lib/apache2/modules/mod_ssl.so": 203_792,
    "usr/lib/libapr-1.so.0.4.6": 220_184, "usr/sbin/apache2ctl": 6_402, "usr/share/apache2/icons/apache_pb.png": 9_557,
    "var/cache/apt/archives/apache2.deb": 2_284, "var/lib/apt/lists/precise-updates_main_Packages": 6_270_128,
}  # fmt: skip
_APACHE_LINKS = {"etc/apache2/sites-enabled/000-default": "../sites-available/default"}
_APACHE_REST = "usr/lib/libicudata.so.48.1.1"


def shop(*names: str) -> Host:
    """Return a new host that holds exactly the images named, `shop` alone if none is, and no containers.

    Known names are `coreos/apache` (294,371,253 bytes), `shop` (319,371,253) and `blog` (304,371,253), both on its
    layers, and `shop:1` and `shop:2`: the layers of `shop` with another `ENV` line each. `backup`, a small image on
    nothing, was given a password while it was built. An unknown name raises ValueError.

    Calling it again is quick, because layers are made once. Bytes are computed only where someone reads them.

    >>> host = shop()
    >>> list(host.images), host.images["shop"].size
    (['shop'], 319371253)
    >>> host.usage().total
    319371253
    """
    host = Host()
    for name in names or ("shop",):
        host.add(_image(reference(word(name, "an image's name"))), name)
    return host


def layer_label(image: Image, number: int) -> str:
    """Return what a picture writes on a layer of the example: what its step did, in a word or two.

    >>> [layer_label(shop().images["shop"], number) for number in range(5)]
    ['empty', 'empty', "Ubuntu's files", 'apache', 'site']
    >>> layer_label(shop().images["shop"].with_layer(Layer.of({}), "RUN /bin/sh -c touch /ready # buildkit"), 5)
    'RUN touch'
    """
    if number < len(_DID):
        return _DID[number]
    line = made_by(image)[number]
    # Without the shell that a builder writes before the command.
    if SHELL in line and (made := ran(line)):
        return f"RUN {made.split()[0]}"
    words = line.split()[1:2]
    return words[0].rstrip("/") if words else ""


def slide_id(image: Image, number: int) -> str:
    """Return the id that the slides give a layer of the example, and what its step did for a layer that has none.

    >>> [slide_id(shop().images["shop"], number) for number in (0, 3, 4)]
    ['511136ea3c5a', '87026dcb0044', 'site']
    """
    return _SLIDE_IDS[number] if number < len(_SLIDE_IDS) else layer_label(image, number)


# Images are values that never change, so all hosts and lessons share them.
@cache
def _image(name: str) -> Image:
    # Functions and not images, so that a lesson computes only the images that it uses.
    images = {"coreos/apache:latest": _apache, "shop:latest": _shop, "blog:latest": _blog, "backup:latest": _backup}
    if name in images:
        return images[name]()
    if name in ("shop:1", "shop:2"):
        build = name.partition(":")[2]
        return _image("shop:latest").with_config(env={"BUILD": build}, created_by=f"ENV BUILD={build}")
    known = [*map(short, images), "shop:1", "shop:2"]
    raise ValueError(f"the running example has no image {short(name)!r}: take one of {', '.join(known)}")


def _apache() -> Image:
    empty = Layer.of({}).with_packed_size(EMPTY_PACKED)
    root = (
        _layer(ROOT_SIZE, _ROOT, _ROOT_LINKS, _ROOT_REST, seed=2)
        .with_packed_size(ROOT_PACKED)
        .with_known_diff_id(ROOT_ID)
    )
    apache = _layer(APACHE_SIZE, _APACHE, _APACHE_LINKS, _APACHE_REST, seed=3).with_packed_size(APACHE_PACKED)
    apache = apache.with_known_diff_id(APACHE_ID)
    image = scratch.with_layer(empty, "").with_layer(empty, "/bin/sh -c #(nop) MAINTAINER")
    image = image.with_layer(root, "/bin/sh -c #(nop) ADD precise.tar.xz in /")
    image = image.with_layer(apache, "/bin/sh -c apt-get update && apt-get install -y apache2")
    return image.with_config(cmd=["/usr/sbin/apache2ctl", "-D", "FOREGROUND"], created_by="CMD")


def _shop() -> Image:
    files: dict[str, Spec] = {CATALOG: filler(CATALOG_SIZE), f"{SITE}index.html": filler(PAGE_SIZE)}
    files |= {f"{SITE}picture-{number:03}.jpg": filler(PAGE_SIZE, seed=4) for number in range(1, PAGES)}
    return _image("coreos/apache:latest").with_layer(_as_large(Layer.of(files), SHOP_ID), "COPY site/ /")


def _blog() -> Image:
    files: dict[str, Spec] = {f"srv/posts/{number:04}.md": filler(POST_SIZE, seed=5) for number in range(POSTS)}
    return _image("coreos/apache:latest").with_layer(_as_large(Layer.of(files), BLOG_ID), "COPY posts/ /")


def _backup() -> Image:
    file, variable = "etc/backup.env", f"DB_PASSWORD={PASSWORD}"
    image = scratch.with_layer(Layer.of({"bin/backup": filler(1_000_000)}), "ADD tools.tar /")
    image = image.with_layer(Layer.of({file: f"{variable}\n".encode()}), "COPY backup.env /etc/")
    image = image.with_config(env={"DB_PASSWORD": PASSWORD}, created_by=f"ENV {variable}")
    return image.with_layer(Layer.of({file: WHITEOUT}), f"RUN login && rm /{file}")


def _as_large(layer: Layer, diff_id: str) -> Layer:
    return layer.with_packed_size(layer.size).with_known_diff_id(diff_id)


def _layer(size: int, files: dict[str, int], links: dict[str, str], rest: str, seed: int) -> Layer:
    """Return a layer of `size` bytes: files and links as given, and one more file for what is left."""
    # A symlink counts as the bytes of its target, so these are part of the layer's size too.
    left = size - sum(files.values()) - sum(map(len, links.values()))
    content: dict[str, Spec] = {name: filler(size, seed) for name, size in {**files, rest: left}.items()}
    return Layer.of(content | {name: Symlink(target) for name, target in links.items()})
