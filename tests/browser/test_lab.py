import subprocess
import sys

from nbformat import v4
from playwright.sync_api import Page, expect

from tests.browser.lab import RUN_ALL, Server, open_and_run_all, open_notebook
from tools import rebuild

WIDGET = """
import ipywidgets
shown = ipywidgets.HTML("0")
button = ipywidgets.Button(description="Add one")
button.on_click(lambda _: setattr(shown, "value", str(int(shown.value) + 1)))
ipywidgets.VBox([button, shown.add_class("shown")])
"""
FOLDED = """
class Answer(ipywidgets.VBox):
    def _repr_mimebundle_(self, **options):
        text = {"text/plain": "42", "text/html": "<details><summary>Answer</summary>forty-two</details>"}
        return super()._repr_mimebundle_(**options) | text
Answer([ipywidgets.Label("live")])
"""


def test_a_click_in_a_notebook_reaches_the_kernel_and_changes_the_page(page: Page, lab_server: Server) -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(WIDGET.strip())], metadata={"kernelspec": rebuild.KERNEL})
    (lab_server.root / "smoke.ipynb").write_text(v4.writes(notebook))
    open_and_run_all(page, lab_server, "smoke.ipynb")
    expect(page.locator(".shown")).to_have_text("0")
    page.get_by_role("button", name="Add one").click()
    expect(page.locator(".shown")).to_have_text("1")
    expect(page.get_by_text("Would you like to get notified about official Jupyter news?")).to_have_count(0)


def test_a_rebuilt_notebook_shows_its_folded_answer_before_it_is_run_and_the_widget_after(
    page: Page, lab_server: Server
) -> None:
    cells = [v4.new_code_cell("import ipywidgets"), v4.new_code_cell(FOLDED.strip())]
    path = lab_server.root / "fresh.ipynb"
    path.write_text(v4.writes(v4.new_notebook(cells=cells)))
    # In a process of its own: Playwright's event loop runs in this one.
    subprocess.run([sys.executable, rebuild.__file__, path], check=True)
    open_notebook(page, lab_server, path.name)
    output = page.locator(".jp-OutputArea-output")
    expect(output.locator("details:not([open]) summary")).to_have_text("Answer")
    page.evaluate(RUN_ALL)
    expect(output.get_by_text("live")).to_be_visible()
    expect(output.locator("details")).to_have_count(0)
