"""The recorded answers about mounts, which all machines test with, are those of the engines."""

import json
from pathlib import Path

from tests.engines.machine import Machine
from tests.engines.record_mounts import RECORD, asked
from tests.model.test_mounts_asked import IN_DOCKERS_WORDS, meaning


def test_engines_answer_about_mounts_as_recorded(machine: Machine, tmp_path: Path) -> None:
    recorded = json.loads(RECORD.read_text())
    found = asked(machine, tmp_path)
    assert [] == [
        (name, engine, told, recorded[name][engine])
        for name, each in found.items()
        for engine, told in each.items()
        if meaning(told) != meaning(recorded[name][engine])
    ]
    assert found.keys() == recorded.keys()
    assert [] == [name for name in IN_DOCKERS_WORDS if found[name]["Docker"] != recorded[name]["Docker"]]
