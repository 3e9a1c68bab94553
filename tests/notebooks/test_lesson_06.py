"""What is special to lesson 06: a round builds the lines that it shows, and its points hold for all builders."""

import re

import pytest
from nbformat import NotebookNode

from layerlab import Host, build, shop
from layerlab.course.bank import exercise, question
from tests.notebooks.guards import committed

BUILDERS = ("classic", "buildkit", "podman")
BASE = "coreos/apache"


def cells() -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in committed()["06-what-does-a-build-reuse.ipynb"].cells}


def block(name: str) -> list[str]:
    """The Dockerfile in the text of a cell."""
    (found,) = re.findall(r"```\n(.*?)\n```", cells()[name].source, flags=re.DOTALL)
    return str(found).splitlines()


@pytest.mark.parametrize("name", ["layers", "touch", "order", "apt", "comment", "argument", "stage"])
def test_a_round_builds_the_lines_that_its_text_shows(name: str) -> None:
    code = cells()[f"{name}-round"].source
    assert [] == [line for line in block(name) if line not in code]


@pytest.mark.parametrize("name", ["touch", "order"])
def test_what_docker_printed_is_of_the_lines_that_the_text_shows(name: str) -> None:
    printed = cells()[f"{name}-round"].outputs[0].data["text/plain"].partition("printed:")[2]
    steps = dict.fromkeys(re.findall(r"\[\d/5\] (.*)", printed))
    assert {*block(name)[1:], "COPY site/ /var/www/"} == {*steps}


def host() -> Host:
    return shop(BASE)


@pytest.mark.parametrize(("builder", "layers"), [("classic", 0), ("buildkit", 1), ("podman", 1)])
def test_a_run_that_changes_nothing_makes_a_layer_with_most_builders(builder: str, layers: int) -> None:
    base = len(host().images[BASE].layers)
    made = build(f"FROM {BASE}\nRUN true", host=host(), builder=builder)
    assert layers == len(made.image.layers) - base
    assert "In BuildKit and Podman, this layer can be empty." in question("06.layers").explanation


@pytest.mark.parametrize(("builder", "layers"), [("classic", 1), ("buildkit", 1), ("podman", 0)])
def test_workdir_can_make_a_layer(builder: str, layers: int) -> None:
    base = len(host().images[BASE].layers)
    made = build(f"FROM {BASE}\nWORKDIR /new", host=host(), builder=builder)
    assert layers == len(made.image.layers) - base
    there = host()
    there.add(build(f"FROM {BASE}\nRUN mkdir /old", host=there, builder=builder).image, "old")
    again = build("FROM old\nWORKDIR /old", host=there, builder=builder)
    assert (builder == "buildkit") == (len(again.image.layers) > len(there.images["old"].layers))
    says = "WORKDIR makes a layer in BuildKit, and in the older builder for a new folder."
    assert says in question("06.layers").explanation


@pytest.mark.parametrize("line", ["LABEL a={}", "CMD {}"])
@pytest.mark.parametrize("builder", BUILDERS)
def test_a_changed_label_runs_the_steps_below_it_again_but_not_in_buildkit(builder: str, line: str) -> None:
    there, files = host(), {"site/index.html": b"Shop"}
    text = f"FROM {BASE}\n{line}\nCOPY site/ /var/www/\nRUN ls /var/www > /index"
    build(text.format(1), files, host=there, builder=builder)
    made = build(text.format(2), files, host=there, builder=builder)
    assert (["hit"] if builder == "buildkit" else ["run"]) * 2 == [step.state for step in made.steps[2:]]
    assert "In BuildKit, a changed LABEL or CMD runs no step again." in cells()["points"].source
    assert "Older Docker and Podman run all steps below it again." in cells()["points"].source


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_changed_variable_runs_each_run_below_it_again(builder: str) -> None:
    there, files = host(), {"site/index.html": b"Shop"}
    text = f"FROM {BASE}\nENV A={{}}\nCOPY site/ /var/www/\nRUN ls /var/www > /index\nRUN touch /done"
    build(text.format(1), files, host=there, builder=builder)
    made = build(text.format(2), files, host=there, builder=builder)
    copied = "hit" if builder == "buildkit" else "run"
    assert [copied, "run", "run"] == [step.state for step in made.steps[2:]]
    assert "A changed ENV also runs each RUN below it again in BuildKit" in cells()["three"].source


def test_the_comparison_of_three_builders_says_what_the_pictures_say() -> None:
    assert [
        "classic   base, runs, runs, runs",
        "buildkit  base, metadata alone, reused, reused",
        "podman    base, runs, runs, runs",
    ] == cells()["three-show"].outputs[0].text.splitlines()


def test_a_stage_with_the_same_bytes_keeps_what_is_copied_from_it() -> None:
    there, text = host(), f"FROM {BASE} AS one\nCOPY a /a\nRUN touch /b\nFROM {BASE}\nCOPY --from=one /b /b"
    build(text, {"a": b"1"}, host=there)
    made = build(text, {"a": b"2"}, host=there)
    assert ["from", "run", "run", "from", "hit"] == [step.state for step in made.steps]
    assert "a step above it in the same stage ran" in cells()["points"].source


@pytest.mark.parametrize(("name", "cell"), [("order", "order-task"), ("leave-out", "leave-out"), ("no-key", "no-key")])
def test_the_task_of_an_exercise_is_told_in_the_same_words_everywhere(name: str, cell: str) -> None:
    assert exercise(f"06.{name}").task in cells()[cell].source


def test_the_context_is_explained_before_the_bench_names_it() -> None:
    names = list(cells())
    assert names.index("layers") < names.index("bench")
    assert "called the **context**" in cells()["layers"].source
