"""Real archives that others made, with what three engines found in them; they are no part of this repository."""

import json
from pathlib import Path
from typing import Any

import pytest

ARCHIVES = Path(__file__).resolve().parents[3] / "shared" / "images"


def truth() -> dict[str, dict[str, Any]]:
    """Return what is known of each archive, by its folder's name; {} where they are not at hand."""
    known = ARCHIVES / "truth.json"
    if not known.is_file():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(known.read_text())
    return found


def archive(name: str) -> Path:
    """Return the path of one archive; skip the test where it is not at hand."""
    if not (ARCHIVES / name).is_dir():
        pytest.skip(f"no real archives at {ARCHIVES.parent.name}/{ARCHIVES.name} beside the repository")
    return next(iter(sorted((ARCHIVES / name).iterdir())))
