"""The test of the tests: a model that is wrong in one place must be found out."""

import pytest

from layerlab.proof.differential import Difference, OperationCount, replay
from layerlab.proof.faults import FAULTS, Fault, StaleFault, planted
from layerlab.proof.gate import catch
from layerlab.proof.recording import Recording, load
from layerlab.proof.script import as_test
from layerlab.proof.suite import TRACES

COPY_ON_WRITE = {
    "reading puts nothing into the thin layer",
    "a change of one byte copies the whole file up",
    "O_TRUNC copies nothing",
    "a change of metadata copies the whole file up",
    "opening for writing copies the whole file up",
    "deleting a file leaves one whiteout",
    "deleting a tree leaves one whiteout at its top",
    "a directory made where one was deleted is opaque",
    "a new file that is deleted leaves nothing but its parent's copy",
    "a directory of the image is not renamed",
    "writing to one of two hard links leaves the other as it was",
    "copying up makes every missing parent",
}


@pytest.fixture(scope="module")
def traces() -> list[Recording]:
    return load(TRACES)[1]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_caught_by_the_recorded_answers(fault: Fault, traces: list[Recording]) -> None:
    assert catch(fault, traces).operations is not None


def test_every_rule_of_copy_on_write_has_a_fault() -> None:
    assert set() == COPY_ON_WRITE - {fault.rule for fault in FAULTS}
    assert 40 <= len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_a_fault_is_gone_when_its_block_ends(traces: list[Recording]) -> None:
    with planted(FAULTS[0]):
        assert first_difference(traces)
    assert first_difference(traces[:20]) is None


def test_a_fault_whose_text_has_gone_says_so() -> None:
    with pytest.raises(StaleFault, match="found 0 times"), planted(Fault("old", "", "union", "not in the source", "")):
        pass


def test_a_difference_is_printed_as_a_test_that_fails_with_the_fault_and_passes_without(
    traces: list[Recording],
) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "a directory of the image is renamed")
    # A layer holds no name such as .wh.a, so a test that asks for the layer needs a program without one.
    plain = [trace for trace in traces if ".wh." not in str(trace.moments)]
    with planted(fault):
        difference = first_difference(plain)
        assert difference
        with pytest.raises(AssertionError):
            run(as_test(difference))
    run(as_test(difference))


def first_difference(traces: list[Recording]) -> Difference | None:
    return next((difference for trace in traces if (difference := replay(trace, OperationCount()))), None)


def run(test: str) -> None:
    names: dict[str, object] = {}
    exec(test, names)
    function = names["test_the_container_does_as_the_kernel_does"]
    assert callable(function)
    function()
