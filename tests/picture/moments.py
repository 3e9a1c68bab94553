"""Hand-made moments for the tests of pictures; run as a module, this writes their text twins anew."""

from dataclasses import replace
from pathlib import Path

from layerlab.picture.host_scene import scene
from layerlab.picture.moment import ContainerCard, ImageStack, Moment, Outside, StepBytes, StoredLayer, Written
from layerlab.picture.text import text

TWINS = Path(__file__).parent / "twins"

APACHE = (
    StoredLayer("a", "511136ea3c5a", 0, content="empty"),
    StoredLayer("b", "6170bb7b0ad1", 0, content="empty"),
    StoredLayer("c", "9cd978db300e root files", 204_371_253),
    StoredLayer("d", "87026dcb0044 apache", 90_000_000),
)
SITE = StoredLayer("s", "site", 25_000_000)
POSTS = StoredLayer("p", "posts", 10_000_000)
SHOP = ImageStack("1", ("shop",), (*APACHE, SITE))
COREOS = ImageStack("0", ("coreos/apache",), APACHE)
BLOG = ImageStack("2", ("blog",), (*APACHE, POSTS))

COPY = Written("var/lib/shop/catalog.db", "copied", 20_000_001, 4, 20_000_000)
GONE = Written("var/www/", "hidden", 0, 4)
FILE = Written("var/log/shop.log", "new", 1_000)


def after(moment: Moment, *steps: str) -> Moment:
    """The moment with a history of steps that all ended in its bytes."""
    return replace(moment, history=tuple(replace(moment.bytes, step=step) for step in steps))


def containers(count: int) -> tuple[ContainerCard, ...]:
    """Containers of the shop: of each 25 one holds a copy, two a new file, and one of each hundred is stopped."""
    wrote = {0: (COPY,), 1: (FILE,), 2: (FILE,)}
    return tuple(
        ContainerCard(
            f"web-{number}", "1", "running" if number % 100 else "stopped",
            sum(item.size for item in wrote.get(number % 25, ())), wrote.get(number % 25, ()),
        )
        for number in range(count)
    )  # fmt: skip


def tall(layers: int) -> Moment:
    """One image of so many layers, a few of them much larger than the rest."""
    stored = [
        StoredLayer(str(number), f"RUN step {number}", 50_000_000 if number in (3, 60) else 1_000 * (number % 7))
        for number in range(layers)
    ]
    return Moment((ImageStack("1", ("tall",), tuple(stored)),), (ContainerCard("web", "1"),))


def eight() -> Moment:
    """Eight containers that show every state and mark, after nine steps."""
    wrote = ((), (COPY,), (FILE,), (GONE, FILE, COPY))
    cards = tuple(
        ContainerCard(
            f"web-{number}", "1", ("stopped", "running", "running")[number % 3],
            sum(item.size for item in wrote[number % 4]), wrote[number % 4], ("", "new", "", "", "state")[number % 5],
        )
        for number in range(8)
    )  # fmt: skip
    words = ("add", "run 3", "web +1", "job rm", "web stop", "web start", "old rm", "commit web", "write big")
    layers = SHOP.size
    history = [StepBytes(word, layers, number * 10_000_000, layers * (number + 1)) for number, word in enumerate(words)]
    return Moment((SHOP,), cards, tuple(history), "8 containers cost 0 B until they write.")


def many_images() -> Moment:
    """Eight images, one of them with the same files on another base."""
    again = ImageStack("9", ("registry.example/a-long-name:tagged",), (
        StoredLayer("o", "another base", 100_000_000), StoredLayer("s2", "site", 25_000_000, content="site"),
    ))  # fmt: skip
    shop = replace(SHOP, layers=(*APACHE, replace(SITE, content="site")))
    more = [
        ImageStack(str(20 + number), (f"img{number}",), (*APACHE, StoredLayer(f"i{number}", f"thing {number}", 10**6)))
        for number in range(4)
    ]
    cards = (ContainerCard("web", "1"), ContainerCard("job", "9"), ContainerCard("far", "23"))
    return Moment((COREOS, shop, BLOG, again, *more), cards)


def deleting() -> Moment:
    """An image whose top layer hides a file of the one below it, and a stopped container that wrote three things."""
    layers = (*APACHE, replace(SITE, dead=20_000_000), StoredLayer("x", "rm", 0, hides=("catalog.db",), note="new"))
    web = ContainerCard("web", "3", "stopped", 20_001_001, (COPY, GONE, FILE), "state")
    return Moment(
        (ImageStack("3", ("shop",), layers),), (web,), (), "The new layer hides 20.0 MB in layer 4 and frees 0 B."
    )


def deleting_beside_others() -> Moment:
    """The shop with a layer that deletes, and a new one, between two images: its slabs are narrow."""
    layers = (*APACHE, replace(SITE, dead=20_000_000), StoredLayer("x", "rm", 0, hides=("catalog.db",), note="new"))
    return Moment((COREOS, ImageStack("3", ("shop",), layers), BLOG))


ORDERS = Outside(
    "volume", "orders", 21_000_000, ("web", "job"), ("/var/lib/shop", "/srv"), note="new", source="card:web"
)
PLACES = (
    ORDERS,
    Outside("volume", "0f" * 32, 0, ("job",), ("/srv/data",), anonymous=True),
    Outside("folder", "/srv/site", 5_000, ("web",), ("/var/www, read-only",)),
    Outside("tmpfs", "web", 3_000_000, ("web",), ("/run/cache",)),
    Outside("log", "web", 6_000, ("web",), note="new", source="card:web"),
)


def with_places(moment: Moment, *places: Outside) -> Moment:
    """The moment beside places, with them in its history."""
    now = replace(moment, places=places)
    last = replace(now.bytes, step="web make")
    return replace(now, history=(*moment.history, last), sentence="web wrote 1.00 MB to the volume orders.")


CANONICAL = Moment(
    (SHOP,),
    (
        ContainerCard("web", "1", "running", 20_000_001, (COPY,)),
        ContainerCard("job", "1", "running", 0, (GONE,), "new"),
        ContainerCard("old", "1", "stopped"),
    ),
    (
        StepBytes("add", 319_371_253, 0, 319_371_253),
        StepBytes("run 3", 319_371_253, 0, 958_113_759),
        StepBytes("web +1", 319_371_253, 20_000_001, 978_113_760),
        StepBytes("job rm", 319_371_253, 20_000_001, 978_113_760),
    ),
    "A whiteout hides www/ from job alone. The host frees 0 B.",
)

MOMENTS_OF_MANY = after(Moment((SHOP,), containers(1_000)), "add", "run 1000")
MOMENTS = {
    "nothing": Moment(),
    "1-container": after(Moment((SHOP,), (ContainerCard("web", "1", note="new"),)), "run web"),
    "3-containers": CANONICAL,
    "8-containers": eight(),
    "1000-containers": MOMENTS_OF_MANY,
    "1-layer": after(tall(1), "add"),
    "8-layers": after(tall(8), "add"),
    "127-layers": after(tall(127), "add"),
    "3-images": after(
        Moment(
            (COREOS, SHOP, BLOG),
            (ContainerCard("web", "1", size=20_000_001, written=(COPY,)), ContainerCard("b", "2")),
        ),
        "+apache", "+shop", "+blog",
    ),
    "8-images": after(many_images(), "add"),
    "same-files": after(replace(many_images(), images=many_images().images[1:4:2], containers=()), "add"),
    "deleting": after(deleting(), "delete"),
    "3-images-deleting": after(deleting_beside_others(), "delete"),
    "volume": with_places(after(Moment((SHOP,), CANONICAL.containers[:2]), "run"), ORDERS),
    "places": with_places(CANONICAL, *PLACES),
    "9-places": with_places(
        after(many_images(), "add"), *PLACES, *(Outside("tmpfs", f"web-{number}", number) for number in range(4))
    ),
    "1000-containers-places": with_places(MOMENTS_OF_MANY, replace(ORDERS, users=tuple(f"web-{n}" for n in range(9)))),
    "volume-alone": with_places(Moment(), replace(ORDERS, users=(), at=(), source="", note="")),
    **{f"{count}-small": after(Moment((SHOP,), eight().containers[:count]), "run") for count in (4, 5, 6, 7)},
}  # fmt: skip

if __name__ == "__main__":
    TWINS.mkdir(exist_ok=True)
    for name, moment in MOMENTS.items():
        (TWINS / f"{name}.txt").write_text(text(scene(moment)) + "\n", encoding="utf-8", newline="\n")
