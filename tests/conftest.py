"""Where nothing may be missing (LAYERLAB_NO_SKIPS=1), a skipped test fails the run."""

import os

import pytest
from hypothesis import settings

# A slow machine is no fault of the code.
settings.register_profile("layerlab", deadline=None)
settings.load_profile("layerlab")

STRICT = os.environ.get("LAYERLAB_NO_SKIPS") == "1"


def skips(config: pytest.Config) -> int:
    """The number of skipped tests that something installable would have let run.

    Tests of real image archives do not count: no package brings those. Expected failures do not either.
    """
    reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", ()) if reporter else ()
    return sum("archives" not in report.keywords for report in skipped)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if STRICT and exitstatus == pytest.ExitCode.OK and skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if STRICT and (count := skips(terminalreporter.config)):
        terminalreporter.write_line(f"LAYERLAB_NO_SKIPS=1: {count} skipped, so this run fails", red=True)
