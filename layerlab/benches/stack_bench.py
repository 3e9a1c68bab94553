"""Stack bench: images, containers on them, and the bytes of the host after every step."""

import errno
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache, cached_property
from html import escape
from typing import Any, NamedTuple, get_args

from traitlets import Any as AnyTrait

from layerlab.benches import code as codes
from layerlab.benches import prompt as prompts
from layerlab.benches.example import layer_label, shop, slide_id
from layerlab.benches.exec_command import printed_by_cat, printed_by_ls
from layerlab.benches.replay import Replay
from layerlab.benches.told import told
from layerlab.benches.verbs import BUTTONS, SPOKEN, TYPED, Act, Target, TranscriptLine, Verb, in_quotes, in_shell, run
from layerlab.model.container import Container
from layerlab.model.entry import NO_XATTRS
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.picture.events import outside
from layerlab.picture.host_scene import scene
from layerlab.picture.html import status
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment, step_label
from layerlab.picture.shapes import Looks, Scene
from layerlab.words.digests import short_digest

Started = tuple[TranscriptLine, ...]
MOST_CONTROLS = 7
# Digits of an id on a slab that has the whole width, and on a slab beside others.
_ROOMY, _TIGHT = 8, 4
_MOST_PATHS = 40


class Printed(NamedTuple):
    """What a typed line printed, and the count of `said` when it did: after any other act it is not shown.

    >>> Printed("docker ps", "IMAGE").said
    0
    """

    line: str = ""
    text: str = ""
    said: int = 0


class StackBench(Replay):
    """A host that one acts on with verbs, and its picture after every step.

    Without `host`, `image` or `images` it holds the shop; a host that is given is copied, and the copy is acted on.
    `images` are several, by their names or as `load` returns them. Each of `verbs` is a button; "all" puts every verb
    into one list. `choose` names what is picked from a list: "container", "image", "height" or "path"; else a verb
    takes the usual one. `code` is what another bench's `code` says: the bench does the acts in it. With `ids`, layers
    carry their DiffID and ChainID, and each image its id. With `steps`, two buttons go back and forward. With `prompt`,
    docker commands can be typed too. An unknown word, and more than 7 controls, raise ValueError.

    >>> table = StackBench(verbs=["run", "append"])
    >>> table.do("run")
    >>> table.now.sentence, table.now.balance
    ('web costs 0 B until it writes.', '319 MB in layers + 0 B in thin layers = 319 MB')
    """

    answer = AnyTrait(Printed())

    def __init__(
        self,
        verbs: Iterable[str] = ("run", "append"),
        *,
        choose: Iterable[Target] = (),
        host: Host | None = None,
        image: Image | None = None,
        images: Mapping[str, Image] | Iterable[Image] | None = None,
        code: str | None = None,
        ids: bool = False,
        steps: bool = True,
        prompt: bool = False,
    ) -> None:
        super().__init__()
        self.prompt = prompt
        self.lines: tuple[str, ...] = ()
        self._completed: dict[str, list[str]] = {}
        self.listed = verbs == "all"
        keys = BUTTONS if self.listed else known(verbs, BUTTONS, "verb")
        self.verbs: tuple[Verb, ...] = tuple(BUTTONS[key] for key in keys)
        self.choose = known(choose, get_args(Target), "target")
        self.steps = steps
        if not self.listed:
            refuse_more(len(self.verbs) + len(self.choose), steps=steps)
        self.ids = ids
        if images is not None and (host is not None or image is not None):
            raise ValueError("a bench takes images, a host or an image, one of them: add all images to the host")
        given = {"images": images, "host": host, "image": image}
        # The word of what was given, "" for the shop.
        self._holds = next((word for word, each in given.items() if each is not None), "")
        self._given, self.started = self._start(host, image) if images is None else _start_with(images)
        self._names: dict[str, Any] = {}
        self.beside = len(self.host.images) > 1
        self.label = label_of(named_by_slide if ids else named, ids=ids, beside=self.beside)
        self.start_over()
        self._begun = codes.mark(self.host)
        if code is not None:
            self._open(code)

    def _open(self, code: str) -> None:
        """Do the acts of a code; CodeError where it cannot be read, or where an act of it is refused here."""
        for number, line in enumerate(codes.read(code, self._begun), start=1):
            self.type(line)
            if self.refusing:
                raise codes.CodeError(
                    f"act {number} of this code is refused: {self.now.sentence.removeprefix('Refused: ')}"
                )
        self.lines, self.answer = (), Printed()

    @property
    def code(self) -> str:
        """The acts so far as a short text: `bench("stack", code="...")` leads to the same state anywhere.

        >>> table = StackBench()
        >>> table.do("run")
        >>> StackBench(code=table.code).now == table.now
        True
        """
        return codes.written((line.docker for line in self.transcript[len(self.started) :]), self._begun)

    @property
    def call(self) -> str:
        """What to paste into a cell to get this bench in this state.

        >>> StackBench().call
        'bench("stack", code="L1RMfQ4tHiWgMA")'
        """
        given = f"{self._holds}={self._holds}, " if self._holds else ""
        return f'bench("stack", {given}code="{self.code}")'

    def do(self, key: str, container: str = "", image: str = "", path: str = "", height: int | None = None) -> None:
        """Act with a verb, on what is named or on the usual one; a directory's path ends in a slash.

        A refusal changes nothing and says why in the picture's sentence. An unknown verb raises ValueError.
        """
        verb = BUTTONS[known(key, BUTTONS, "verb")[0]]
        try:
            if "height" in verb.takes and height is None:
                naming = verb.effect == "name"
                height = self._usual_height(image or next(iter(self.options("image")), ""), unnamed=naming)
            act = verb.complete(self.host, Act(key, container, image, height or 0, path))
        except (ValueError, OSError) as error:
            self.refuse(error)
            return
        self._do(act)

    def _do(self, act: Act) -> None:
        """Do an act that is complete."""
        spoken = self.spoken(act.container)
        self.act(act if spoken == act.container else act._replace(it=spoken))

    def type(self, line: str) -> None:
        """Do what a docker command says, as its button would, or print what it lists; `answer` holds what it printed.

        What Docker would refuse is refused with its words, and changes nothing. An empty line takes the answer away.

        >>> table = StackBench()
        >>> table.type("docker run -d --name job shop")
        >>> table.type("docker ps")
        >>> print(table.answer.text)
        IMAGE     STATE     NAMES
        shop      running   job
        """
        if not line.strip():
            self.answer = Printed()
            return
        try:
            text = self._typed(line)
        except (ValueError, OSError) as error:
            self.refuse(error)
            text = prompts.refusal(error, self.now.sentence, line)
        self.lines = (*self.lines, line)
        self.answer = Printed(line, text, self.said)

    def _typed(self, line: str) -> str:
        """Do a line, and return what it prints; what is refused raises."""
        read = prompts.read(line, self)
        if isinstance(read, str):
            # A listing changes nothing, so it has no line in the transcript, and the moment stays but for its sentence.
            self.show_now(replace(self.now, sentence="Nothing changed: the answer is at the prompt."))
            return read
        act = TYPED[read.verb].complete(self.host, self.allowed(read))
        before = self.host.usage()
        text = self._contents(act) if TYPED[act.verb].effect == "read" else ""
        self._do(act)
        # What the model itself refuses is said in the sentence already.
        if self.refusing:
            return prompts.refusal(ValueError(), self.now.sentence, line)
        return text or prompts.printed(act, before, self)

    def _contents(self, act: Act) -> str:
        box = self.host.containers[act.container]
        return printed_by_ls(box, act.where) if act.path.endswith("/") else printed_by_cat(box, act.where)

    def allowed(self, act: Act) -> Act:
        """Return a typed act; ValueError where this bench is not for it."""
        return act

    def spoken(self, container: str) -> str:
        """Return how the transcript's Python names a container.

        >>> StackBench().spoken("web")
        'host.containers["web"]'
        """
        # A transcript names a container by a variable only if a line of it has made that variable.
        known = isinstance(self._names.get(container), Container)
        return container if known or not container else f'host.containers["{in_quotes(container)}"]'

    @property
    def run_on(self) -> dict[str, str]:
        """The name of the image that each container was run on, for those that this bench has run."""
        return {act.name: act.image for act in self.acts if TYPED[act.verb].effect == "run"}

    @property
    def order(self) -> list[str]:
        """The ids of all images in the order in which they came."""
        seen = self.moments[: len(self.acts) + 1]
        return list(dict.fromkeys(image.id for each in seen for image in each.images))

    @property
    def completions(self) -> list[str]:
        """The words that Tab completes in a typed line: commands, names, and paths of the image that came first."""
        image = next(iter(self.host.images.values()), None)
        if image is None:
            return prompts.names(self)
        # Kept, because a page asks for them at each step, and an image never changes.
        if image.id not in self._completed:
            found = (f"/{path.rstrip('/')}" for path in paths(image))
            self._completed = {image.id: [path for path in found if in_shell(path) == path]}
        return [*prompts.names(self), *self._completed[image.id]]

    def _usual_height(self, image: str, *, unnamed: bool) -> int:
        """Return the highest layer below the top, `unnamed` the highest that no image ends with; 0 if there is none."""
        layers = self.host.image(image).layers
        if not unnamed:
            return max(0, len(layers) - 2)
        named = [each.layers for each in self.host.images.values()]
        free = (height for height in reversed(range(len(layers) - 1)) if layers[: height + 1] not in named)
        return next(free, 0)

    def _start(self, host: Host | None, image: Image | None) -> tuple[Callable[[], dict[str, Any]], Started]:
        """Return the names that a learner's cell has before the transcript, and the lines that it starts with.

        The lines are run like those of acts. Names are asked for anew each time, as the host's are acted on.
        """
        if host is not None and image is not None:
            raise ValueError("a bench takes a host or an image, not both: add the image to the host")
        if host is not None:
            # Copied twice: once because the caller may change the host later, and once for each time that the acts are
            # run.
            first = copied(host)
            given = TranscriptLine("# host is the one that the bench was given", "# on the same host")
            return lambda: {"host": copied(first)}, (given,)
        if image is not None:
            name = image.names[0] if image.names else "image"
            add = TranscriptLine(f'host.add(image, "{in_quotes(name)}")', f"docker pull {in_shell(name)}")
            return lambda: {"image": image}, (TranscriptLine("host = Host()", "# on an empty host"), add)
        return dict, (TranscriptLine("host = shop()", "docker build --tag shop ."),)

    @property
    def host(self) -> Host:
        """The host as the acts so far have made it; after a step back or forward it is made anew when needed."""
        # Acts are run again only when someone asks for the host: a step back shows a kept moment and does not need it.
        if not self._names:
            self._names = {**SPOKEN, **self._given()}
            for line in self.transcript:
                run(line.python, self._names)
        host: Host = self._names["host"]
        return host

    def go(self, acts: tuple[Any, ...], undone: tuple[Any, ...]) -> None:
        """Show the moment after `acts`; the host is forgotten if other acts led to it."""
        if acts != self.acts:
            self._names = {}
        super().go(acts, undone)

    def begin(self) -> Moment:
        """Return the first moment of a new host."""
        names = list(self.host.images)
        step = f"{len(names):,} images" if len(names) != 1 else f"add {names[0]}"
        return moment(self.host, step=step if names else "empty", label=self.label)

    def after(self, act: Act) -> Moment:
        """Act on the host and return the moment after."""
        verb, container = TYPED[act.verb], self.host.containers.get(act.container)
        # Taken before the act, because the sentence compares the thin layer before the act with the one after it.
        was = container.layer.entries if container is not None else {}
        was_state = container.state if container is not None else ""
        try:
            run(self.written(act).python, self._names)
        except OSError as error:
            # `rm -r` removes what it can before it meets what is mounted. A refusal changes nothing here, so the host
            # is made again when it is asked for.
            if error.errno == errno.EBUSY:
                self._names = {}
            raise
        read = (act.container, act.path) if verb.effect == "read" else None
        before = self.now
        now = moment(self.host, before, step=verb.word(act), read=read, label=self.label, by=act.container)
        if verb.says:
            return replace(now, sentence=verb.says.format(**act._asdict()))
        if container is not None and verb.inside:
            return replace(now, sentence=told(container, act, was, now.sentence, outside(before, now)))
        if container is not None and container.state == was_state and verb.effect == "state":
            return replace(now, sentence=f"{act.container} is {was_state} already, so nothing changed.")
        return now

    def refused(self, reason: str) -> Moment:
        """Return the present moment, in which nothing moved."""
        return moment(self.host, self.now, refused=reason, label=self.label)

    def written(self, act: Act) -> TranscriptLine:
        """Return an act in Python and as a docker command."""
        return TYPED[act.verb].written(act)

    def options(self, target: str, image: str = "") -> list[Any]:
        """Return what there is to choose: names of containers or images, heights of an image, or its paths.

        >>> StackBench().options("image"), StackBench().options("height", "shop")
        (['shop'], [3, 2, 1, 0])
        """
        now: Moment = self.now  # knows all names; after a step back the host would have to be made anew for them
        if target == "container":
            return [each.name for each in now.containers]
        images = [name for each in now.images for name in each.names]
        images += [short_digest(each.id) for each in now.images if not each.names]
        if target == "image":
            return images
        if image not in images:
            image = images[0] if images else ""
        if target == "height":
            return list(reversed(range(len(self.host.image(image).layers) - 1))) if image else []
        return paths(self.host.image(image)) if image else []

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment as someone looks at it."""
        return scene(self.now, looks)

    @property
    def status(self) -> str:
        """The sentence, the balance line and what is not counted; with ids, what stands on each layer."""
        legend = f'<p style="margin:2px 8px">{escape(self.legend)}</p></div>' if self.ids else "</div>"
        return f"{status(self.now).removesuffix('</div>')}{legend}"

    @property
    def legend(self) -> str:
        """With ids, what stands on each layer, and the first digits of each image's id; else nothing."""
        if not self.ids:
            return ""
        images = [*self.host.images.items(), *(("<none>", image) for image in self.host.untagged)]
        those = ", ".join(f"{name} {short_digest(image.id, _ROOMY)}" for name, image in images)
        return f"On layers: DiffID, ChainID{'' if self.beside else ', name'}. Image ids: {those}."

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.legend}".rstrip()

    @cached_property
    def widget(self) -> Any:
        """The live bench: controls, picture, sentence, balance and transcript."""
        from layerlab.benches.bench_view import view

        return view(self)


def _start_with(images: Mapping[str, Image] | Iterable[Image]) -> tuple[Callable[[], dict[str, Any]], Started]:
    """Return the names and the lines that a bench with several images starts with."""
    if isinstance(images, Mapping):
        named = dict(images)
    else:
        named = {name: image for number, image in enumerate(images, 1) for name in image.names or (f"image-{number}",)}
    if not named:
        raise ValueError("a bench needs an image: images holds none")
    adds = (
        TranscriptLine(f'host.add(images["{in_quotes(name)}"], "{in_quotes(name)}")', f"docker pull {in_shell(name)}")
        for name in named
    )
    return lambda: {"images": named}, (TranscriptLine("host = Host()", "# on an empty host"), *adds)


def known(words: Iterable[str], table: Iterable[str], what: str) -> tuple[str, ...]:
    """Return words that a table has; another raises ValueError with those that exist.

    >>> known(["run"], ["run", "stop"], "verb")
    ('run',)
    """
    words = (words,) if isinstance(words, str) else tuple(words)
    if unknown := [word for word in words if word not in table]:
        raise ValueError(f"no {what} is called {unknown[0]!r}: take one of {', '.join(table)}")
    return words


def refuse_more(chosen: int, *, steps: bool) -> None:
    """Raise ValueError where a bench would have more controls than one can take in at a glance."""
    own = 3 if steps else 1
    if chosen + own > MOST_CONTROLS:
        raise ValueError(
            f"{chosen} verbs and lists and {own} to step and start over are {chosen + own} controls: "
            f"a bench has at most {MOST_CONTROLS}"
        )


def named(image: Image, number: int) -> str:
    """Return what a picture writes on a layer: what its step did, in a word or two on the example's layers.

    >>> named(shop().images["shop"], 3), named(scratch.with_layer(Layer.of({}), "COPY site /"), 0)
    ('apache', 'COPY site /')
    """
    return layer_label(image, number) if _of_the_example(image) else step_label(image, number)


def named_by_slide(image: Image, number: int) -> str:
    """Return the slide's id on the example's layers, else what made a layer.

    >>> named_by_slide(shop().images["shop"], 0)
    '511136ea3c5a'
    """
    return slide_id(image, number) if _of_the_example(image) else step_label(image, number)


def _of_the_example(image: Image) -> bool:
    # Identity is enough, because the layers of the example are made once; comparing entries would take longer.
    return all(mine is other for mine, other in zip(image.layers, _slides(), strict=False))


@cache
def _slides() -> tuple[Layer, ...]:
    return shop("coreos/apache").images["coreos/apache"].layers


def label_of(name: Callable[[Image, int], str], *, ids: bool, beside: bool = False) -> Callable[[Image, int], str]:
    """Return how a layer is labelled: by its name, and if `ids` by the first digits of its DiffID and ChainID too.

    Where images lie `beside` others, the ids stand alone and are shorter: a slab has no more room.

    >>> label_of(named_by_slide, ids=True)(shop().images["shop"], 0)
    '5f70bf18 5f70bf18 511136ea3c5a'
    """
    if not ids:
        return name

    def label(image: Image, number: int) -> str:
        both = [short_digest(each[number], _TIGHT if beside else _ROOMY) for each in (image.diff_ids, image.chain_ids)]
        return " ".join(both if beside else [*both, name(image, number)])

    return label


def paths(image: Image) -> list[str]:
    """Return some of an image's paths, those of the top layers first; a directory's ends in a slash.

    >>> paths(shop().images["shop"])[:3]
    ['var/lib/shop/catalog.db', 'var/www/', 'var/www/index.html']
    """
    view = image.view()
    found: dict[str, None] = {}
    for layer in reversed(image.layers):
        files = [path for path, entry in layer.entries.items() if entry.kind == "file" and path in view]
        folders = Counter(path.rpartition("/")[0] for path in files)
        for path in files[:_MOST_PATHS]:
            folder = path.rpartition("/")[0]
            # A directory with one file is left out: the file is in the list already.
            if folder and folders[folder] > 1:
                found[f"{folder}/"] = None
            found[path] = None
    return list(found)[:_MOST_PATHS]


def copied(host: Host) -> Host:
    """Return a host of its own: containers are copied with their thin layers, images are values and stay the same.

    >>> host = shop()
    >>> copied(host).run("shop", name="web").append("etc/motd", b"hi")
    >>> len(host.containers)
    0
    """
    values: list[object] = [*host.images.values(), *host.untagged, NO_XATTRS]
    for container in host.containers.values():
        values += [container.image, *(entry.xattrs for entry in container.layer.entries.values())]
    # deepcopy takes what its memo contains as copied already. So images and other values are shared, and only
    # containers and their thin layers are copied.
    return deepcopy(host, {id(value): value for value in values})
