"""Where nothing may be missing (LAYERLAB_NO_SKIPS=1), a skipped test fails the run."""

import os

import pytest
from hypothesis import settings

# A slow machine is no fault of the code.
settings.register_profile("layerlab", deadline=None)
settings.load_profile("layerlab")

STRICT = os.environ.get("LAYERLAB_NO_SKIPS") == "1"


def skips(config: pytest.Config) -> int:
    """The number of tests skipped so far; expected failures do not count."""
    reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", ())) if reporter else 0


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if STRICT and exitstatus == pytest.ExitCode.OK and skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if STRICT and (count := skips(terminalreporter.config)):
        terminalreporter.write_line(f"LAYERLAB_NO_SKIPS=1: {count} skipped, so this run fails", red=True)
