"""The registry bench in JupyterLab: by mouse in the picture, by buttons and lists, and by keys alone."""

from playwright.sync_api import Page, expect

from tests.browser.lab import Server
from tests.browser.test_benches import press, shown

BENCH = 'bench("registry")'


def test_names_in_the_picture_push_and_pull(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "registry-mouse")
    said = bench.get_by_role("status")
    picture = bench.locator("svg[role=group]")
    picture.get_by_role("button", name="Push shop").click()
    expect(said).to_contain_text("shop: 4 layers sent, 118 MB up, 23 requests.")
    picture.get_by_role("button", name="Push blog").click()
    expect(said).to_contain_text("blog: 1 layer sent, 3 mounted, 10.0 MB up")
    expect(picture).to_contain_text("mounted")
    picture.get_by_role("button", name="Pull shop").click()
    expect(said).to_contain_text("shop: 4 layers fetched, 118 MB down")
    press(bench, "Run web on the server", "web runs on the image that the server pulled.")
    press(bench, "Build the next shop", "shop names a new image now.")
    bench.get_by_label("Image", exact=True).select_option("shop")
    press(bench, "Push", "shop: 1 layer sent")
    press(bench, "Pull to the server", "shop: 1 layer fetched, 25.0 MB down")
    expect(picture).to_contain_text("web runs on it")
    press(bench, "New build machine", "no memory of the registry")
    press(bench, "Step back", "shop: 1 layer fetched")
    press(bench, "Start over", "Press a name of the build machine to push it.")
    expect(bench.get_by_role("button", name="Pull to the server")).to_have_count(0)


def test_by_keys_alone(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "registry-keys")
    said = bench.get_by_role("status")
    bench.get_by_role("button", name="Start over").focus()
    page.keyboard.press("Tab")
    apache = bench.get_by_role("button", name="Push coreos/apache")
    expect(apache).to_be_focused()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("coreos/apache: 3 layers sent, 92.6 MB up, 19 requests.")
    expect(apache).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(bench.get_by_role("button", name="Push shop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("shop: 1 layer sent, 3 mounted")
    page.keyboard.press("ArrowRight")
    expect(bench.get_by_role("button", name="Pull shop")).to_be_focused()
    page.keyboard.press("Space")
    expect(said).to_contain_text("shop: 4 layers fetched")
