"""The process bench in JupyterLab, by mouse and by keys alone."""

from playwright.sync_api import Page, expect

from tests.browser.lab import Server
from tests.browser.test_benches import fits, press, shown

BENCH = 'bench("processes")'


def test_the_process_bench_by_mouse(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "processes-mouse")
    picture = bench.locator("svg[role=group]")
    press(bench, "Send it to process 1 of web", "Process 1 has no handler for TERM, so the kernel drops it.")
    picture.get_by_role("button", name="Process 2, sleep 300").click()
    bench.get_by_label("Signal", exact=True).select_option("KILL")
    press(bench, "Send it to process 2 of web", "Process 2 (sleep 300) is killed by KILL, with code 137.")
    expect(picture).to_contain_text("zombie")
    press(bench, "Write 1 kB", "which is in its thin layer")
    press(bench, "docker stop web", "the kernel drops it.")
    expect(picture).to_contain_text("waited 10 of 10 s")
    expect(picture).to_contain_text("is still there")
    press(bench, "Leave an orphan", "Refused: Docker says “Container web is not running”")
    press(bench, "docker start web", "with its old thin layer")
    bench.get_by_role("button", name="--init", exact=True).click()
    press(bench, "Run web anew", "Its thin layer is empty.")
    press(bench, "docker stop web", "passes TERM on to 2.")
    expect(picture).to_contain_text("ended, exit code 143")
    press(bench, "Step back", "Its thin layer is empty.")
    press(bench, "Start over", "web runs. Process 1 is blue.")
    fits(bench)


def test_the_process_bench_by_keyboard_alone(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "processes-keyboard")
    said = bench.get_by_role("status")
    first = bench.get_by_role("button", name="Process 1, sleep 600")
    second = bench.get_by_role("button", name="Process 2, sleep 300")
    bench.get_by_role("button", name="Start over").focus()
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(second).to_be_focused()
    send = bench.get_by_role("button", name="Send it to process 2 of web")
    send.focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Process 2 (sleep 300) is killed by TERM, with code 143.")
    expect(send).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("the kernel drops it.")
