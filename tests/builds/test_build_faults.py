"""Mistakes planted in the build on purpose: the recorded rows of the real builders find each of them."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from layerlab.builds.builders import BUILDERS
from layerlab.proof.faults import Fault, planted
from tests.builds import test_build as rows
from tests.builds.building import RECORD

FAULTS = (
    Fault("time", "no time is in a key", "builds.copying", "entry.digest or entry.target]", "entry.mtime]"),
    Fault("parent", "a step has those above it in its key", "builds.build", "stage.key = key\n", "pass\n"),
    Fault(
        "mode", "a file's mode is in the key", "builds.copying", "[entry.kind, mode, owner,", "[entry.kind, 0, owner,"
    ),
    Fault(
        "env",
        "BuildKit's RUN has variables",
        "builds.build_line",
        "return {**self._scope.env(self._image), **",
        "return {**",
    ),
    Fault(
        "ignored", ".dockerignore leaves out", "builds.build", "dict(self.context.sent)", "dict(self.context.entries)"
    ),
    Fault("stale", "BuildKit keeps a file of old size and time", "builds.build", "files[path] = old", "pass"),
    Fault("stage", "COPY --from takes of its stage", "builds.build", "self.done.get(origin.lower())", "None"),
    Fault("no cache", "without the cache nothing is found", "builds.build", "self.no_cache and", "False and"),
    Fault("comment", "a comment is no instruction", "builds.dockerfile", 'line.lstrip().startswith("#")', "False"),
    Fault("case", "a keyword has any case", "builds.dockerfile", "first.upper(), rest", "first, rest"),
)
DATA: tuple[tuple[str, str, Any], ...] = (
    ("classic", "top_mode", False),
    ("classic", "empty_layers", True),
    ("classic", "adds_ignored", False),
    ("buildkit", "skips_unused", False),
    ("buildkit", "shares_steps", False),
    ("buildkit", "adopts", "image"),
    ("podman", "host_owner", False),
    ("podman", "names", True),
    ("podman", "workdir", "new"),
    ("podman", "skips_unused", False),
)


def first_wrong(*builders: str) -> str:
    """Return the first recorded row that the model gets wrong, "" where all are right."""
    for builder in builders:
        for name in RECORD["cache_matrix"]:
            if fails(rows.test_a_second_build_reuses_and_runs_what_the_builder_reuses_and_runs, name, builder):
                return f"{builder}: {name}"
        for row in RECORD["instructions"]:
            one = rows.test_each_instruction_makes_the_layer_and_the_history_that_the_builder_makes
            if fails(one, row, builder):
                return f"{builder}: {row['case']}"
        for row in RECORD["more_instructions"]:
            several = rows.test_several_instructions_make_the_layers_and_the_history_that_the_builder_makes
            if fails(several, row, builder):
                return f"{builder}: {row['case']}"
    return ""


def fails(test: Any, *given: Any) -> bool:
    try:
        test(*given)
    except Exception:  # a fault may break anything
        return True
    return False


def test_without_a_fault_every_row_is_right() -> None:
    assert "" == first_wrong(*BUILDERS)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_found(fault: Fault) -> None:
    with planted(fault):
        assert first_wrong(*BUILDERS)


@pytest.mark.parametrize(("builder", "rule", "value"), DATA)
def test_a_wrong_rule_of_a_builder_is_found(builder: str, rule: str, value: Any) -> None:
    with patch.dict(BUILDERS, {builder: replace(BUILDERS[builder], **{rule: value})}):
        assert first_wrong(builder)
