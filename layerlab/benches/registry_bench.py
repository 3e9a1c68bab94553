"""Registry bench: a build machine, a registry and a server; a press on a name pushes or pulls it.

The state is the list of acts. After each act, the three are made again from the transcript's own lines, so what the
picture shows is what the lines do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from layerlab.benches.example import layer_label, shop
from layerlab.benches.replay import Replay
from layerlab.benches.verbs import TranscriptLine, in_quotes, in_shell, run
from layerlab.model.host import Host, HostError
from layerlab.model.image import Image
from layerlab.picture import events
from layerlab.picture.shapes import Looks, Scene
from layerlab.picture.shipment import ShippedLayer, ShippedName, Site, shipment
from layerlab.registries.pull import FETCHED, HERE
from layerlab.registries.push import MOUNTED, SENT, THERE
from layerlab.registries.registry import Registry
from layerlab.registries.transfer import Transfer
from layerlab.words.digests import short_digest
from layerlab.words.plurals import counted
from layerlab.words.sizes import printed_parts, size

IMAGES = ("coreos/apache", "shop", "blog")
BUILD, REGISTRY, SERVER = "build", "registry", "server"
RELEASED = "shop"
# Bytes of the files that a release replaces: the site of the example.
SITE_SIZE = 25_000_000
# The server's container.
WEB = "web"
# Words on a layer, by what a push or a pull did with it.
TOLD = {SENT: "sent", MOUNTED: "mounted", THERE: "is there", FETCHED: "fetched", HERE: "is here"}
# A client first asks whether this is a registry at all; the answer is `{}`, which is no part of an image.
PING = "GET ping 200"
PING_SIZE = len("{}")
# More releases would not fit in the picture, and show nothing new.
MOST_RELEASES = 2

# The images of releases, by their lines: they are kept, because each press makes the places again from all lines.
_RELEASES: dict[str, Image] = {}

RegistryAct = tuple[str, ...]


@dataclass(frozen=True)
class Shipped:
    """What the picture shows after an act, and what a page needs to know: the names that can be pushed and pulled."""

    sites: tuple[Site, ...]
    sentence: str
    balance: str
    images: tuple[str, ...]
    tags: tuple[str, ...]


class RegistryBench(Replay):
    """Images on a build machine, a registry, and a server that pulls.

    It has the images of the example that are named, else `coreos/apache`, `shop` and `blog`.

    >>> table = RegistryBench("shop")
    >>> table.push("shop")
    >>> table.pull("shop")
    >>> table.now.sentence
    'shop: 4 layers fetched, 118 MB down, 8 requests.'
    >>> table.now.balance
    '117.6 MB up + 117.6 MB down = 235.2 MB moved; the registry stores 118 MB'
    """

    def __init__(self, *images: str, client: str = "docker") -> None:
        super().__init__()
        self.names = tuple(images or IMAGES)
        self.client = client
        Registry().push(shop(self.names[0]), self.names[0], "checked:1", client)
        quoted = ", ".join(f'"{in_quotes(name)}"' for name in self.names)
        built = "; ".join(f"docker build --tag {in_shell(name)} ." for name in self.names)
        self.started = (TranscriptLine(f"registry, build, server = Registry(), shop({quoted}), Host()", built),)
        self.start_over()

    def push(self, name: str) -> None:
        """Push an image of the build machine to the repository of its own name."""
        self.act(("push", name))

    def pull(self, ref: str) -> None:
        """Let the server pull a name of the registry."""
        self.act(("pull", ref))

    def release(self) -> None:
        """Build the next release of `shop`: its site has other bytes, and the layers below are the same."""
        self.act(("release", self.next_release))

    def run(self) -> None:
        """Run web on the server, on what it pulled as `shop`; a web that runs already is refused."""
        self.act(("run",))

    def remove(self) -> None:
        """Remove web from the server, so that it can run on another image."""
        self.act(("remove",))

    def forget(self) -> None:
        """Go on with a new build machine that has the same images and never saw the registry."""
        self.act(("forget",))

    def example(self) -> "RegistryBench":
        """Return a bench with two images pushed, if it has two, and the first one pulled between."""
        table = RegistryBench(*self.names, client=self.client)
        table.push(self.names[0])
        table.pull(self.names[0])
        for name in self.names[1:2]:
            table.push(name)
        return table

    @property
    def next_release(self) -> str:
        """The number of the next release."""
        return str(2 + sum(each[0] == "release" for each in self.acts))

    @property
    def places(self) -> "ThreePlaces":
        """The three places as the acts so far have made them."""
        return ThreePlaces([*self.started, *map(self.written, self.acts)])

    @property
    def host(self) -> Host:
        """The server."""
        return self.places.server

    def begin(self) -> Shipped:
        """Return the first moment: nothing is in the registry."""
        return self._moment(ThreePlaces(self.started), "")

    def after(self, act: RegistryAct) -> Shipped:
        """Return the moment after an act; what cannot be done raises ValueError."""
        places = self.places
        self._allowed(act, places)
        before = places.sites(self.names)
        told = places.do(self.written(act).python)
        return self._moment(places, _sentence(act, told) + _sent_again(act, told, before, places), act, told, before)

    def refused(self, reason: str) -> Shipped:
        """Return the present moment with the reason why nothing changed."""
        now: Shipped = self.now
        return replace(now, sentence=events.refused(reason))

    def written(self, act: RegistryAct) -> TranscriptLine:
        """Return an act in Python and as a docker command."""
        verb, *names = act
        name = RELEASED if verb in ("release", "run") else "".join(names)
        quoted, client = f'"{in_quotes(name)}"', "" if self.client == "docker" else f', client="{self.client}"'
        local = f"{Registry().name}/{name}"
        if verb == "push":
            docker = f"docker tag {in_shell(name)} {in_shell(local)}; docker push {in_shell(local)}"
            return TranscriptLine(f"registry.push(build, {quoted}, {quoted}{client})", docker)
        if verb == "pull":
            return TranscriptLine(f"registry.pull(server, {quoted}{client})", f"docker pull {in_shell(local)}")
        if verb == "run":
            docker = f"docker run --detach --name {WEB} {in_shell(local)}"
            return TranscriptLine(f'server.run("{in_quotes(local)}", name="{WEB}")', docker)
        if verb == "remove":
            return TranscriptLine(f'server.remove("{WEB}", force=True)', f"docker rm --force {WEB}")
        if verb == "forget":
            return TranscriptLine("build.forget()", "# on a new build machine with the same images")
        number = int(names[0])
        site = f'Layer.of({{"var/www/site.tar": filler({SITE_SIZE:_}, seed={number})}}).with_packed_size({SITE_SIZE:_})'
        base = f'build.images["{RELEASED}"].parent'
        python = f'build.add({base}.with_layer({site}, "COPY site-{number}/ /"), "{RELEASED}")'
        return TranscriptLine(python, f"docker build --tag {RELEASED} .    # the site has changed")

    def _allowed(self, act: RegistryAct, places: "ThreePlaces") -> None:
        verb, *names = act
        if verb == "push" and names[0] not in places.build.images:
            raise ValueError(f"no image is called {names[0]}: take one of {', '.join(places.build.images)}")
        if verb == "pull" and names[0] not in places.tags:
            raise ValueError(f"{names[0]} is not in the registry: push it first")
        if verb == "release":
            if RELEASED not in places.build.images:
                raise ValueError(f"the build machine has no {RELEASED} to release")
            if sum(each[0] == "release" for each in self.acts) >= MOST_RELEASES:
                raise ValueError(f"{MOST_RELEASES} releases are enough to see what moves: step back, or start over")
        if verb == "run" and WEB in places.server.containers:
            raise HostError(f"a container is called {WEB} already: remove {WEB}, and then run it again")
        if verb == "remove" and WEB not in places.server.containers:
            raise HostError(f"no container is called {WEB}: run it first")
        if verb == "run" and f"{places.registry.name}/{RELEASED}" not in places.server.images:
            raise ValueError(f"the server has no {RELEASED}: pull it first")

    def _moment(
        self,
        places: "ThreePlaces",
        sentence: str,
        act: RegistryAct = (),
        told: Transfer | None = None,
        before: tuple[Site, ...] = (),
    ) -> Shipped:
        sites = places.sites(self.names)
        if told is not None:
            sites = _noted(sites, before, act, told, places)
        elif before:
            sites = tuple(map(_with_new_names, sites, before))
        (up, down), moved = printed_parts([places.up, places.down])
        balance = f"{up} up + {down} down = {moved} moved; the registry stores {size(places.registry.stored)}"
        first = "Press a name of the build machine to push it."
        return Shipped(sites, sentence or first, balance, tuple(places.build.images), tuple(places.tags))

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment as someone looks at it."""
        now: Shipped = self.now
        return shipment(now.sites, looks, now.sentence, now.balance)

    @cached_property
    def widget(self) -> Any:
        """The live bench."""
        from layerlab.benches.registry_view import view

        return view(self)


class ThreePlaces:
    """The build machine, the registry and the server, as the lines of a transcript make them.

    >>> ThreePlaces(RegistryBench("shop").started).tags
    []
    """

    def __init__(self, lines: Iterable[TranscriptLine]) -> None:
        import layerlab

        self._names: dict[str, Any] = {
            name: getattr(layerlab, name) for name in ("Registry", "shop", "Host", "Layer", "filler")
        }
        # Bytes that pushes sent to the registry, and that the server fetched from it.
        self.up = self.down = 0
        for line in lines:
            self.do(line.python)

    def do(self, python: str) -> Transfer | None:
        """Run a line, and return what it moved."""
        if python in _RELEASES:
            self.build.add(_RELEASES[python], RELEASED)
            return None
        run(f"told = {python}" if python.startswith("registry.p") else python, self._names)
        if python.startswith("build.add"):
            _RELEASES[python] = self.build.images[RELEASED]
        told: Transfer | None = self._names.pop("told", None)
        if told is not None and python.startswith("registry.push"):
            self.up += told.up
        elif told is not None:
            self.down += _down(told)
        return told

    @property
    def build(self) -> Host:
        """The build machine."""
        host: Host = self._names["build"]
        return host

    @property
    def server(self) -> Host:
        """The server, which pulls."""
        host: Host = self._names["server"]
        return host

    @property
    def registry(self) -> Registry:
        """The registry."""
        registry: Registry = self._names["registry"]
        return registry

    @property
    def tags(self) -> list[str]:
        """The names of all images in the registry."""
        return [
            name if tag == "latest" else f"{name}:{tag}"
            for name, each in self.registry.repositories.items()
            for tag in each.tags
        ]

    def sites(self, names: Iterable[str]) -> tuple[Site, ...]:
        """The three places as the picture has them; of the build machine, the images with these names."""
        build = [(name, image) for name, image in self.build.images.items() if name in names]
        tagged = [(tag, self.registry.image(tag)) for tag in self.tags]
        prefix = f"{self.registry.name}/"
        server = [(name.removeprefix(prefix), image) for name, image in self.server.images.items()]
        server += [("<none>", image) for image in self.server.untagged]
        push = tuple(ShippedName(name, short_digest(image.id), f"push:{name}", "Push") for name, image in build)
        # An image that lost its name stays on the build machine, but cannot be pushed by a name.
        nameless = [("<none>", image) for image in self.build.untagged]
        push += tuple(ShippedName(name, short_digest(image.id)) for name, image in nameless)
        pull = tuple(ShippedName(tag, short_digest(image.id), f"pull:{tag}", "Pull") for tag, image in tagged)
        web = self.server.containers.get(WEB)
        here = tuple(
            ShippedName(name, "web runs on it" if web and web.image == image else short_digest(image.id))
            for name, image in server
        )
        return (
            Site(BUILD, "BUILD MACHINE", "unpacked layers", push, _layers([*nameless, *build], packed=False)),
            Site(REGISTRY, "REGISTRY", "packed blobs", pull, _layers(self._stored(), packed=True)),
            Site(SERVER, "SERVER", "unpacked layers", here, _layers(reversed(server), packed=False)),
        )

    def _stored(self) -> list[tuple[str, Image]]:
        """Return the images of all manifests: one that lost its tag is stored as before."""
        return [
            (name, self.registry.image(f"{name}@{digest}"))
            for name, each in self.registry.repositories.items()
            for digest in each.manifests
        ]


def _layers(images: Iterable[tuple[str, Image]], *, packed: bool) -> tuple[ShippedLayer, ...]:
    """Return each layer once, the lowest first."""
    found: dict[str, ShippedLayer] = {}
    for _, image in images:
        for number, layer in enumerate(image.layers):
            length = layer.packed_size if packed else layer.size
            found.setdefault(layer.diff_id, ShippedLayer(layer.diff_id, layer_label(image, number), length))
    return tuple(found.values())


def _noted(
    sites: tuple[Site, ...], before: tuple[Site, ...], act: RegistryAct, told: Transfer, places: ThreePlaces
) -> tuple[Site, ...]:
    """Return the places with a word on each layer that the last act was about, and where a moved layer came from."""
    push = act[0] == "push"
    goal, source = (REGISTRY, BUILD) if push else (SERVER, REGISTRY)
    image = places.build.images[act[1]] if push else places.registry.image(act[1])
    fates = dict(zip(image.diff_ids, told.layers, strict=True))
    done = []
    for site, old in zip(sites, before, strict=True):
        had = {layer.diff_id for layer in old.layers}
        layers = tuple(
            replace(
                layer,
                note=TOLD[fates[layer.diff_id]] if site.key == goal and layer.diff_id in fates else "",
                source=source if site.key == goal and layer.diff_id not in had else "",
            )
            for layer in site.layers
        )
        done.append(_with_new_names(replace(site, layers=layers), old))
    return tuple(done)


def _with_new_names(site: Site, before: Site) -> Site:
    """Mark the names that are new, or that name something else now; an image that lost its name is an old one."""
    had = {(name.text, name.rest) for name in before.names} | {("<none>", name.rest) for name in site.names}
    return replace(site, names=tuple(replace(name, new=(name.text, name.rest) not in had) for name in site.names))


def _down(told: Transfer) -> int:
    """Return the bytes of an image that came down: those of all answers but the first one."""
    return told.down - PING_SIZE * told.requests[PING]


def _sentence(act: RegistryAct, told: Transfer | None) -> str:
    """Say what an act moved, or did."""
    verb, *names = act
    if told is None:
        return {
            "release": f"{RELEASED} names a new image now. Its top layer is site-{''.join(names)}. "
            "The registry and the server know nothing of this image.",
            "remove": f"web is removed. If you run it again, it runs on what the server has as {RELEASED} now.",
            "run": "web runs on the image that the server pulled. It stays on it, wherever the name moves.",
            "forget": "A new build machine: the same images, and no memory of the registry.",
        }[verb]
    way, bytes_moved = ("up", told.up) if verb == "push" else ("down", _down(told))
    moved = told.blobs_of_layers
    mounted = f", {told.mounts} mounted" if told.mounts else ""
    what = "sent" if verb == "push" else "fetched"
    blobs = counted(moved, "layer") if moved else "no layer"
    requests = counted(sum(told.requests.values()), "request")
    return f"{names[0]}: {blobs} {what}{mounted}, {size(bytes_moved)} {way}, {requests}."


def _sent_again(act: RegistryAct, told: Transfer | None, before: tuple[Site, ...], places: ThreePlaces) -> str:
    """Say why a push sent layers that the registry had; "" where it sent none of these."""
    if told is None or act[0] != "push":
        return ""
    stored = {layer.diff_id for site in before if site.key == REGISTRY for layer in site.layers}
    fates = zip(places.build.images[act[1]].diff_ids, told.layers, strict=True)
    sent = {diff_id for diff_id, fate in fates if fate == SENT}
    again = sent & stored
    if not again:
        return ""
    if again != sent:
        return f" The registry had {len(again)} of them already, but this machine did not know their digests."
    if len(sent) == 1:
        return " The registry had it already, but this machine did not know its digest."
    return " The registry had all of them already, but this machine did not know their digests."
