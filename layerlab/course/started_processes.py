"""Started processes: a container's processes before and after what a question asks about; the card draws them."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from layerlab.namespaces.pid_namespace import ProcessRow
from layerlab.namespaces.process import ContainerProcesses, processes
from layerlab.namespaces.programs import ScriptFile

if TYPE_CHECKING:
    from layerlab.picture.shapes import Looks, Scene


@dataclass(frozen=True)
class StartedProcesses:
    """A program as the question finds it, and what is then done to it.

    `options` are those of `processes`. `act` does what the question asks about. `drawn` tells whether the picture
    before shows the processes, because their table is the answer to some questions. `shells` starts the program in a
    container for each shell; the picture then has them side by side, and `after` is the first. Once it has happened it
    shows the processes that each of them had, because all have ended, with the seconds that the stop took.

    >>> started = StartedProcesses("sleep 5; exit 3", lambda web: web.tick(5))
    >>> len(started.start().table), started.after.code
    (2, 3)
    """

    has_bytes = False

    text: str
    act: Callable[[ContainerProcesses], object] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    drawn: bool = True
    shells: tuple[str, ...] = ()

    def start(self) -> ContainerProcesses:
        """Return the container, just started."""
        return next(iter(self._started.values()))

    @property
    def _started(self) -> dict[str, ContainerProcesses]:
        """The containers, just started, by the words over them in the picture."""
        if not self.shells:
            return {"web": processes(self.text, **self.options)}
        return {shell: processes(self.text, **{**self.options, "shell": shell}) for shell in self.shells}

    @cached_property
    def _ended(self) -> dict[str, ContainerProcesses]:
        started, act = self._started, self.act
        if act is not None:
            for web in started.values():
                act(web)
        return started

    @property
    def after(self) -> ContainerProcesses:
        """The container to which it has happened."""
        return next(iter(self._ended.values()))

    def scene(self, looks: "Looks", *, happened: bool = False, pressed: Set[str] = frozenset()) -> "Scene":
        """Return the picture: of the container before, or after, once it has happened.

        Nothing in it can be opened, so `pressed` changes nothing. Only a page of another card could send any.
        """
        from layerlab.picture.process_tree import ContainerTree, ProcessMoment, scene

        started = f"--init {self.text}" if self.options.get("init") else self.text
        if happened and self.shells[1:]:
            started = f"{started}, before docker stop:"
        begun = happened or self.drawn
        trees, begins = [], self._started
        for name, web in (self._ended if happened else begins).items():
            grace = next((act[1] for act in web.acts if act[0] == "stop"), 10)
            rows = self._by_path(begins[name].table if self.shells else web.table)
            tree = ContainerTree(name, started, rows, web.code, web.now, waited=web.waited, grace=grace)
            trees.append(tree if begun else ContainerTree(name, started, begun=False))
        drawn = scene(ProcessMoment(tuple(trees)), replace(looks, opened=frozenset(pressed)))
        # Nothing can be pressed on a card.
        plain = tuple(replace(mark, press=None) for mark in drawn.marks)
        many = self.shells[1:]
        title, whose = (f"{len(trees)} containers", "their") if many else ("A container", "its")
        balance = drawn.balance if begun else f"{whose} processes are not drawn yet"
        if happened and many:
            balance = f"{balance} before docker stop"
        return replace(drawn, marks=plain, title=f"{title}: {balance}", balance=balance)

    def _by_path(self, rows: tuple[ProcessRow, ...]) -> tuple[ProcessRow, ...]:
        """Call a script by its path: what it is run with would push the path out of a narrow box."""
        paths = {f"{file.text.partition(chr(10))[0][2:]} {path}": path for path, file in self.files.items()}
        return tuple(row._replace(command=paths.get(row.command, row.command)) for row in rows)

    @property
    def files(self) -> Mapping[str, ScriptFile]:
        """The scripts of the image by their paths."""
        files: Mapping[str, ScriptFile] = self.options.get("files", {})
        return files
