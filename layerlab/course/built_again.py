"""Built again: a Dockerfile before and after later builds of it, for questions about a build; the card draws it."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from layerlab.builds.build import Build
from layerlab.model.host import Host
from layerlab.words.plurals import counted

if TYPE_CHECKING:
    from layerlab.picture.shapes import Looks, Scene


@dataclass(frozen=True)
class BuiltAgain:
    """A Dockerfile as the question finds it, and what later builds did with each of its lines.

    `start` makes the host with the base anew. `builds` are the later builds, in their order, by the words that stand
    over their results: what was done before each. The last of them has the lines that are drawn after the answer.

    >>> from layerlab.builds.build import build
    >>> made = build("FROM scratch\\nCOPY a /a", {"a": b"1"})
    >>> again = BuiltAgain(Host, ("FROM scratch", "COPY a /a"), {"FIRST BUILD": made})
    >>> from layerlab.picture.shapes import STILL
    >>> again.scene(STILL).title, again.scene(STILL, happened=True).title
    ('A Dockerfile of 2 lines', 'FIRST BUILD: 1 step ran')
    """

    has_bytes = True

    start: Callable[[], Host]
    lines: tuple[str, ...]
    builds: Mapping[str, Build] = field(default_factory=dict)

    @property
    def after(self) -> Host:
        """The host as the question finds it, because a build changes no image that is there."""
        return self.start()

    def scene(self, looks: "Looks", *, happened: bool = False, pressed: Set[str] = frozenset()) -> "Scene":
        """Return the picture: of the lines alone, or with what the builds did, once it has happened.

        Nothing in it can be opened, so `pressed` changes nothing.
        """
        from layerlab.picture.build_rows import BuildTry, RowResult, scene

        tries = [
            BuildTry(number, tuple((step.line, RowResult(step.state, step.why)) for step in made.steps), words)
            for number, (words, made) in enumerate(self.builds.items(), start=1)
            if happened
        ]
        lines = [line for line, _ in tries[-1].rows] if tries else self.lines
        said = f"The Dockerfile has {counted(len(lines), 'line')}."
        drawn = scene(lines, (), tries, said, looks=replace(looks, opened=frozenset(pressed)), unbuilt="")
        # Nothing can be pressed on a card, and no second of a build is assumed.
        plain = tuple(replace(mark, press=None) for mark in drawn.marks)
        title = drawn.title if tries else drawn.title.removesuffix(", not built yet")
        ran = [sum(row.state == "run" for _, row in each.rows) for each in tries]
        told = "; ".join(f"{each.called.lower()}: {count} ran" for each, count in zip(tries, ran, strict=True))
        return replace(drawn, marks=plain, title=title, balance=told or "its later builds are not drawn yet")
