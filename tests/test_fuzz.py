"""The fuzzers themselves: what they start from holds, and a fault in the reader does not stay hidden from them."""

import itertools
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from layerlab import load
from layerlab.proof.faults import Fault, planted
from layerlab.proof.suite import Settings, prove
from tests.archive.build import digest, docker, files, oci, packed
from tools.fuzz import seeds
from tools.fuzz.faults import FAULTS
from tools.fuzz.mutate import Mutator, join, mended, split
from tools.fuzz.prove import fuzz, report, start
from tools.fuzz.targets import TARGETS, Target

SEEDS = {"archives": seeds.archives, "layers": seeds.layers, "documents": seeds.documents}
MOST = 64 << 10
ENOUGH = 2000


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


class Chance:
    """Stands in for libFuzzer where nothing guides: changes bytes here and there."""

    def __init__(self) -> None:
        self._chance = random.Random(1)

    def __call__(self, data: bytes, most: int) -> bytes:
        changed = bytearray(data)
        for _ in range(self._chance.choice((1, 2, 8))):
            place = self._chance.randrange(len(changed) + 1)
            changed[place : place + self._chance.randrange(2)] = self._chance.randbytes(self._chance.randrange(3))
        return bytes(changed[:most])


def inputs(name: str, target: Target) -> "itertools.chain[bytes]":
    """Return the seeds and then changes of them, without end, always the same."""
    chance, known = Chance(), list(SEEDS[name]())
    changed = (target.mutate(Mutator(chance, number), known[number % len(known)], MOST) for number in itertools.count())
    return itertools.chain(known, changed)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_changes_of_them_are_read_or_refused_as_they_should_be(name: str, scratch: Path) -> None:
    target = TARGETS[name](scratch)
    for data in itertools.islice(inputs(name, target), 400):
        target.run(data)


@pytest.mark.parametrize(("fault", "name"), FAULTS, ids=[fault.name for fault, _ in FAULTS])
def test_a_planted_fault_is_found_even_unguided(fault: Fault, name: str, scratch: Path) -> None:
    target = TARGETS[name](scratch)
    with planted(fault):
        assert any(breaks(target, data) for data in itertools.islice(inputs(name, target), ENOUGH))


def breaks(target: Target, data: bytes) -> bool:
    try:
        target.run(data)
    except Exception:  # any will do: none may come out
        return True
    return False


def test_a_planted_fault_is_found_by_the_fuzzer_in_the_same_way_each_time(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="there is no atheris for this Python or system")
    fault, name = FAULTS[0]
    found = [report(start(name, 1, seconds=60, fault=fault.name, keep=tmp_path)) for _ in range(2)]
    assert found[0] == found[1]._replace(peak=found[0].peak)
    assert "KeyError" in found[0].broken
    assert Path(found[0].kept).read_bytes()
    assert 5000 > found[0].executions


@pytest.mark.parametrize(
    "documents", [docker(seeds.BASE), oci(seeds.BASE), oci(seeds.BASE, stored=(packed(seeds.BASE),))]
)
def test_what_states_a_changed_layer_is_made_right_too(tmp_path: Path, documents: dict[str, bytes]) -> None:
    before, rest = split(files(documents))
    swaps = {seeds.BASE: seeds.UPPER, packed(seeds.BASE): packed(seeds.UPPER)}
    after = [replace(piece, body=swaps.get(piece.body, piece.body)) for piece in before]
    (tmp_path / "it").write_bytes(join(mended(before, [*after]), rest))
    (image,) = load(tmp_path / "it")
    assert (digest(seeds.UPPER),) == image.diff_ids


@pytest.mark.parametrize("strict", ["", "1"])
def test_without_atheris_the_proof_says_so_and_fails_where_nothing_may_be_missing(
    monkeypatch: pytest.MonkeyPatch, strict: str
) -> None:
    monkeypatch.setattr("tools.fuzz.prove.find_spec", lambda _: None)
    monkeypatch.setenv("LAYERLAB_NO_SKIPS", strict)
    said: list[str] = []
    passed, facts = prove(Settings(say=said.append), ["fuzz"], {"fuzz": fuzz})
    assert passed == (not strict)
    assert "not run: there is no atheris for this Python or system" in said[-1]
    assert ("FAILS: " in said[-1]) == bool(strict)
    assert "no atheris" in str(facts["fuzz"])


def test_what_writes_is_noticed(scratch: Path) -> None:
    target = TARGETS["archives"](scratch)
    with target.guard():
        Path(sys.executable).read_bytes()
    with pytest.raises(AssertionError, match="something was written"), target.guard():
        (scratch / "new").write_bytes(b"")
