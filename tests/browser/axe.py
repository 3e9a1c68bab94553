"""axe-core: what it says of a part of a page, for people who use a keyboard, a screen reader or large letters."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.lab import dark

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core: install npm and run `make test`")
# What axe says of the page around a part, JupyterLab's for instance, is not the part's to change.
CHECK = """async (part) => {
    const found = await axe.run(part, {resultTypes: ['violations', 'incomplete'], rules: {region: {enabled: false}}});
    const told = (rule) => rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`);
    return {violations: found.violations.flatMap(told), passes: found.passes.length};
}"""
# An axe that looked at nothing finds nothing, so some of its rules have to pass.
LEAST_PASSES = 11


def load_axe(page: Page) -> None:
    """Load axe into a page; each page that is opened anew needs it once."""
    page.evaluate(AXE.read_text(encoding="utf-8"))


def assert_accessible(*parts: Locator) -> None:
    """Let axe, which is loaded, look at each part."""
    for part in parts:
        found = part.evaluate(CHECK)
        assert [] == found["violations"], part
        assert LEAST_PASSES <= found["passes"], part


def assert_accessible_in_light_and_dark(page: Page, *parts: Locator) -> None:
    """Load axe, and let it look at each part of a page of JupyterLab in both of its themes."""
    load_axe(page)
    for change_theme in (lambda _: None, dark):
        change_theme(page)
        page.wait_for_timeout(500)  # milliseconds: the theme's style sheets follow its name
        assert_accessible(*parts)
