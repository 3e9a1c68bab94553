"""The model against what a kernel said: recorded answers, replayed where no overlay can be mounted."""

import inspect
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from layerlab.model.vfs import FileTree
from layerlab.proof.differential import OperationCount, replay
from layerlab.proof.generate import Generator, Random
from layerlab.proof.recording import Recording, load, save
from layerlab.proof.suite import TRACES, Run, Settings, fidelity

VERBS = {name for name, value in vars(FileTree).items() if inspect.isfunction(value) and not name.startswith("_")}
# `view` tells of the whole, and is asked after every step; `place` is what a builder does, and no call of a kernel.
VERBS -= {"view", "place"}


@pytest.fixture(scope="module")
def traces() -> list[Recording]:
    return load(TRACES)[1]


def test_the_model_answers_as_the_recorded_kernel_did(traces: list[Recording]) -> None:
    count = OperationCount()
    assert [] == [difference for trace in traces if (difference := replay(trace, count))]
    assert 5_000 <= count.done.total()
    assert set() == VERBS - count.done.keys()
    # Only extended attributes that are not there are asked for more than thirty times as often as found.
    assert [] == [verb for verb, done in count.done.items() if count.allowed[verb] * 30 < done]


def test_recorded_answers_cover_stacks_of_one_to_eight_layers_and_all_that_they_hold(traces: list[Recording]) -> None:
    assert {1, 2, 3, 4, 5, 8} == {len(trace.layers) for trace in traces}
    specs = [spec for trace in traces for files in trace.layers for spec in files.values()]
    kinds = {"Device", "Directory", "Fifo", "File", "HardLink", "Symlink", "Whiteout"}
    assert kinds == {type(spec).__name__ for spec in specs}
    assert any(getattr(spec, "opaque", False) for spec in specs)


def test_recorded_answers_are_small_and_are_written_back_as_they_were_read(tmp_path: Path) -> None:
    heading, traces = load(TRACES)
    save(traces, heading, tmp_path / "again")
    assert TRACES.read_bytes() == (tmp_path / "again").read_bytes()
    assert 1_000_000 > TRACES.stat().st_size


def test_a_program_is_drawn_from_its_seed_alone() -> None:
    assert Generator("1/7").layers() == Generator("1/7").layers()
    assert Generator("1/7").layers() != Generator("1/8").layers()


class Often(Random):
    """Draws what is rare more often, so that it meets itself."""

    def chance(self, percent: float) -> bool:
        return super().chance(60 if percent == 1 else percent)


def test_layers_are_whole_where_rare_draws_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerlab.proof.generate.Random", Often)
    assert all(1 <= len(Generator(seed).layers()) <= 8 for seed in range(40))


def test_without_overlays_the_proof_says_that_it_did_not_run() -> None:
    with ProcessPoolExecutor() as pool:
        outcome = fidelity(Run(Settings(), pool, Path(), "overlayfs cannot be mounted here: for a reason"))
    assert ["not run: overlayfs cannot be mounted here: for a reason"] == outcome.lines
    assert {"run": False, "why": "overlayfs cannot be mounted here: for a reason"} == outcome.facts
