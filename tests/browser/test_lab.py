from nbformat import v4
from playwright.sync_api import Page, expect

from tests.browser.lab import Server, open_and_run_all
from tools.rebuild import KERNEL

WIDGET = """
import ipywidgets
shown = ipywidgets.HTML("0")
button = ipywidgets.Button(description="Add one")
button.on_click(lambda _: setattr(shown, "value", str(int(shown.value) + 1)))
ipywidgets.VBox([button, shown.add_class("shown")])
"""


def test_a_click_in_a_notebook_reaches_the_kernel_and_changes_the_page(page: Page, lab_server: Server) -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(WIDGET.strip())], metadata={"kernelspec": KERNEL})
    (lab_server.root / "smoke.ipynb").write_text(v4.writes(notebook))
    open_and_run_all(page, lab_server, "smoke.ipynb")
    expect(page.locator(".shown")).to_have_text("0")
    page.get_by_role("button", name="Add one").click()
    expect(page.locator(".shown")).to_have_text("1")
    expect(page.get_by_text("Would you like to get notified about official Jupyter news?")).to_have_count(0)
