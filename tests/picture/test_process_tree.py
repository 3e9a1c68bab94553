"""The picture of processes: the same labels however it is painted, nothing cut or on top of anything else."""

from collections.abc import Callable
from itertools import combinations

import pytest

from layerlab import ContainerProcesses, processes
from layerlab.benches.process_bench import PROGRAMS
from layerlab.picture.process_tree import MOST_ROWS, ContainerTree, ProcessMoment, scene
from layerlab.picture.shapes import Label, Looks, Scene
from layerlab.picture.svg import live
from layerlab.picture.text import text
from tests.picture.painted import assert_labels_agree, labels, rectangle


def tree(web: ContainerProcesses, name: str = "web", **more: object) -> ContainerTree:
    return ContainerTree(name, web.text, web.table, web.code, web.now, **more)  # type: ignore[arg-type]


def done(text: str, act: Callable[[ContainerProcesses], object], *, init: bool = False) -> ContainerProcesses:
    web = processes(text, init=init)
    act(web)
    return web


MOMENTS = {
    "two": ProcessMoment(
        (tree(processes("sleep 5; true"), thin=0), tree(processes("exec sleep 9"), "job", thin=5_000)), "a."
    ),
    "zombie": ProcessMoment((tree(done("(sleep 1 &); exec sleep 9", lambda web: web.tick(2))),), "a."),
    "outside": ProcessMoment((tree(done("exec sleep 9", lambda web: web.exec("sleep 5 & sleep 6; true"))),), "a."),
    "ended": ProcessMoment((tree(done("exec sleep 9", lambda web: web.stop()), waited=10, thin=1_000),), "a."),
    "at once": ProcessMoment((tree(done("exec sleep 9", lambda web: web.stop(), init=True), waited=0),), "a."),
    "stopped": ProcessMoment((tree(done("sleep 9; true", lambda web: web.signal(2, "STOP"))),), "a."),
    "not begun": ProcessMoment((ContainerTree("web", "/app.sh", begun=False),), "a."),
    "many": ProcessMoment((tree(processes("sleep 5 & " * 20 + "exec sleep 9")),), "a."),
    "deep": ProcessMoment((tree(processes("( ( (sleep 9; true); true); true); true")),), "a."),
    "long": ProcessMoment((tree(processes(f"{'true; ' * 40}sleep 9; true")), tree(processes("sleep 9"), "job")), "a."),
}
ALL = pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)


@ALL
def test_the_drawing_the_figure_and_the_text_carry_the_same_labels(moment: ProcessMoment) -> None:
    assert_labels_agree(scene(moment))


def apart(picture: Scene) -> None:
    places = [(each, rectangle(each)) for each in labels(picture)]
    for each, (left, top, right, bottom) in places:
        assert 0 <= left <= right <= picture.width, each
        assert 0 <= top <= bottom <= picture.height, each
    for (one, a), (other, b) in combinations(places, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one.shown, other.shown)


@ALL
@pytest.mark.parametrize("width", [880, 640, 272])
def test_no_label_leaves_the_picture_or_lies_on_another(moment: ProcessMoment, width: int) -> None:
    apart(scene(moment, Looks(width, live=True)))


@ALL
def test_keys_are_unique_and_each_process_can_be_pressed(moment: ProcessMoment) -> None:
    picture = scene(moment, Looks(live=True))
    keys = [mark.key for mark in picture.marks]
    assert sorted(set(keys)) == sorted(keys)
    shown = sum(min(len(container.rows), MOST_ROWS) for container in moment.containers)
    assert shown == live(picture).count('role="button"')


def test_process_1_has_a_colour_of_its_own_and_a_zombie_is_dashed() -> None:
    first, dead = (mark.box for mark in scene(MOMENTS["zombie"]).marks if mark.key.startswith("process:"))
    assert ("layer", False) == (first.fill, first.dash)
    assert ("shade", True) == (dead.fill, dead.dash)


def test_the_text_twin_is_a_tree() -> None:
    assert [
        "  web  running, 2 s  (sleep 1 &); exec sleep 9",
        "    1  sleep 9  process 1",
        "      3  [sleep]  zombie",
        "2 processes, 1 of them a zombie, in 1 container",
        "a.",
    ] == text(scene(MOMENTS["zombie"])).splitlines()


def test_a_stop_has_a_bar_as_long_as_the_part_of_its_grace_that_was_waited_for() -> None:
    (full,) = (mark for mark in scene(MOMENTS["ended"]).marks if mark.key == "waited:web")
    (none,) = (mark for mark in scene(MOMENTS["at once"]).marks if mark.key == "waited:web")
    tray, bar, _ = full.shapes
    assert tray.w == bar.w  # type: ignore[union-attr]
    assert 2 == len(none.shapes)


def test_what_is_left_out_is_counted() -> None:
    assert "and 16 more" in text(scene(MOMENTS["many"]))


def started(text: str, width: int = 880) -> Label:
    trees = (ContainerTree("web", text, begun=False), ContainerTree("job", "sleep 9", begun=False))
    picture = scene(ProcessMoment(trees), Looks(width))
    return next(each for each in picture.marks[0].labels if each.role == "wrote")


def test_a_long_program_is_wrapped_and_its_whole_text_is_in_the_twin() -> None:
    program = "sh -c " + PROGRAMS["a loop that watches a service"]
    for width in (880, 640, 400):
        assert program == " ".join(started(program, width).shown.split("\n"))
    assert 3 == started(program).shown.count("\n") + 1
    trees = ProcessMoment((tree(processes(PROGRAMS["a loop that watches a service"])),) * 2)
    assert PROGRAMS["a loop that watches a service"] in text(scene(trees))


def test_what_is_longer_than_four_lines_ends_in_an_ellipsis_and_is_whole_in_the_title() -> None:
    program = "true; " * 99 + "sleep 9"
    shown = started(program)
    assert (4, True) == (len(shown.shown.split("\n")), shown.shown.endswith("…"))
    assert program == shown.text
