"""The recorded answers about mounts, which all machines test with, are those of the engines."""

import json
from pathlib import Path

from tests.engines.machine import Machine
from tests.engines.record_mounts import RECORD, asked


def test_engines_answer_as_recorded(machine: Machine, tmp_path: Path) -> None:
    recorded = json.loads(RECORD.read_text())
    found = asked(machine, tmp_path)
    assert {} == {name: (each, recorded.get(name)) for name, each in found.items() if each != recorded.get(name)}
    assert found.keys() == recorded.keys()
