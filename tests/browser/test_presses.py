"""Presses, keys and texts at random, over cards and benches in one page: no error, and no card in an odd state."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from layerlab.course import answers
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import written

CELLS = (
    'bench("stack", choose=["container"])',
    'bench("container")',
    'bench("path")',
    *(
        f"from layerlab import predict\npredict({name!r}).reveal()"
        for name in ("00.ten-containers", "00.one-byte", "02.other", "02.chmod", "01.which-layer")
    ),
)
COUNT = 100
KEYS = ("Tab", "Shift+Tab", "Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Escape", "d", "Home")
TEXTS = ("20 MB", "", "7", "x" * 300, "<script>alert(1)</script>", "\u202eweb", "web", "1e999 MB")


@pytest.fixture(autouse=True)
def _no_answers_are_left(lab_server: Server) -> Iterator[None]:
    """Other tests share the server, and ask the same questions."""
    yield
    (lab_server.root / answers.NAME).unlink(missing_ok=True)


def test_nothing_that_is_pressed_or_typed_at_random_makes_an_error(page: Page, lab_server: Server) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    written(lab_server, "presses", *CELLS)
    open_notebook(page, lab_server, "presses.ipynb")
    page.evaluate(RUN_ALL)
    shown = page.locator(".layerlab-living")
    expect(shown).to_have_count(len(CELLS))
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    done: list[str] = []
    for number in range(COUNT):
        done.append(step(page, chance))
        if number % 10 == 9:
            page.wait_for_timeout(100)
            assert [] == wrong, (seed, done[-12:])
            states(page, f"seed {seed}: {done[-12:]}")
    expect(page.locator(".layerlab-living .note")).to_have_text([""] * len(CELLS), timeout=10_000)
    # Nothing of it went to the notebook: no cell is gone, and none was added.
    assert len(CELLS) + 1 >= page.locator(".jp-Notebook .jp-Cell").count() >= len(CELLS)


# In one go, because a page that answers an earlier press may take away what a later one was to find.
ACT = """([place, kind, number, text]) => {
    const page = document.querySelectorAll('.layerlab-living')[place];
    const found = {text: 'input[type=text]', choose: 'select',
        press: '[data-press]:not([data-leaving], select, form), summary, .layerlab-card label'}[kind];
    const all = page.querySelectorAll(found);
    if (!all.length) return 'nothing';
    const node = all[number % all.length];
    node.focus();
    if (kind === 'text') node.value = text;
    else if (kind === 'choose') {
        node.selectedIndex = number % node.options.length;
        node.dispatchEvent(new Event('change', {bubbles: true}));
    } else node.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
    return `${kind} ${node.dataset.press ?? node.name ?? node.tagName}`;
}"""


def step(page: Page, chance: random.Random) -> str:
    """Do one thing at random, and say what."""
    kind = chance.choice(("press", "press", "press", "key", "text", "choose"))
    if kind != "key":
        given = [chance.randrange(len(CELLS)), kind, chance.randrange(1000), chance.choice(TEXTS)]
        return str(page.evaluate(ACT, given))
    key = chance.choice(KEYS)
    # Only while a picture has the focus: elsewhere a key is JupyterLab's.
    if page.evaluate("() => !!document.activeElement?.closest('.layerlab-living .page')"):
        page.keyboard.press(key)
    return f"key {key}"


def states(page: Page, why: str) -> None:
    """Each card has either its question or its answer."""
    for card in page.locator(".layerlab-card").all():
        opened = card.locator("[data-key=answer]").count()
        asked = card.locator("[data-press=skip]").count()
        assert 1 == opened + asked, why
    for living in page.locator(".layerlab-living").all():
        assert 1 >= living.locator("[data-key=bench], [data-key=card]").count(), why
