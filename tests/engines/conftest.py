"""These tests start engines, so they run by `make prove` alone."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines.machine import Machine, missing, running

collect_ignore_glob = [] if os.environ.get("LAYERLAB_ENGINES") == "1" else ["test_*.py"]


@pytest.fixture(scope="session")
def machine(record_testsuite_property: Callable[[str, object], None]) -> Iterator[Machine]:
    """Docker, Podman, skopeo and umoci, ready to be asked."""
    if why := missing():
        pytest.skip(why)
    # Sockets have short paths.
    with (
        tempfile.TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as folder,
        running(Path(folder)) as found,
    ):
        for name, version in found.versions().items():
            record_testsuite_property(name, version)
        yield found
