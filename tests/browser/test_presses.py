"""Presses, keys, texts, numbers and typed lines at random, over all benches, cards and kinds of levels: no odd state.

After each ten the page is held against its kernel: neither has an error, what is seen is what was painted, the picture
says what its text twin says, each card has its question or its answer, and a locked card does not tell its answer.
"""

import ast
import json
import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

from layerlab.course import answers
from layerlab.course.bank import question
from layerlab.course.predict import predict
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import written
from tests.course.test_pressed import before
from tests.notebooks.test_spoilers import spells

# The pages: what each shows, one cell for each. A card is named by its question.
PAGES = {
    "hosts": (
        'bench("stack", choose=["container"], prompt=True)',
        'bench("container", prompt=True)',
        'bench("stack", verbs="all", prompt=True)',
        'bench("path")',
        'bench("sharing")',
        "00.one-byte",
        "02.other",
    ),
    "machines": (
        'bench("build")',
        'bench("registry")',
        'bench("processes", 2)',
        'bench("disks")',
        'bench("xray")',
        "06.touch",
        "08.first-process",
    ),
    "levels": (
        'level("02.empty-layer")',
        'level("01.hide-the-pages")',
        'level("06.two-steps")',
        'level("07.release-only")',
        'level("08.no-zombie")',
        'level("09.small-change")',
        'as_level(bench("stack", prompt=True))',
    ),
    "cards": (
        "00.ten-containers",
        "02.chmod",
        "01.which-layer",
        "05.label",
        "02.stop",
        "04.blame",
        "09.size",
        "10.live",
    ),
}
# LAYERLAB_PRESSES=3000 tries as many over all pages; `make test` has time for a few, with a new seed each time.
COUNT = int(os.environ.get("LAYERLAB_PRESSES", "100"))
# An error that a press leads to is told nowhere in the page: the kernel keeps it for this test.
LISTEN = """
from layerlab import as_level, level, predict
from layerlab.picture.living import Living
errors = []

def hear(self, message, hear=Living.hear):
    try:
        hear(self, message)
    except Exception as error:
        errors.append(f"{message}: {error!r}")
        raise

Living.hear = hear
"""
KEYS = ("Tab", "Shift+Tab", "Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Escape", "d", "Home")
TEXTS = ("20 MB", "", "7", "x" * 300, "<script>alert(1)</script>", "\u202eweb", "web", "1e999 MB")
NUMBERS = ("3", "0", "", "-5", "2.5", "1e3", "12", "99999999999")
LINES = (
    "",
    " ",
    "docker ps -as",
    "docker run -d shop",
    "docker run -d --name web -v orders:/var/lib/shop shop",
    "docker run -d --name job --tmpfs /run/cache -v /srv/site:/var/www:ro shop",
    "docker exec web rm -r /var/www",
    "docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'",
    "docker exec web sh -c 'head -c 1000000 /dev/zero > /var/lib/shop/n'",
    "docker exec job sh -c 'head -c 3000 /dev/zero > /run/cache/page'",
    "docker rm -f web",
    "docker rm -fv job",
    "docker stop web",
    "docker start web",
    "docker volume rm orders",
    "docker volume create spare",
    "docker system df -v",
    "docker commit web web-image",
    "docker rmi shop",
    "docker history shop",
    "docker logs web",
    "docker exec web sh -c 'yes \"GET /\" | head -n 1000 > /proc/1/fd/1'",
    "docker tag shop a:1",
    "docker run --name '",
    'docker exec web sh -c "',
    "docker run -d --name x'y\" shop",
    "\u202edocker ps",
    "docker ps\u00a0-s",
    "docker exec web mkdir /\u05d0\u05d1\u05d2",
    "docker exec web touch '/<b>x</b>&amp;'",
    "<script>alert(1)</script>",
    "docker run --name <img src=x onerror=alert(1)> shop",
    "docker commit web <script>",
    "\U0001f433 docker ps",
    "docker ps\x00",
    "docker exec web cat /etc/passwd; rm -rf /",
    "&lt;&gt;",
    "x" * 5_000,
    "docker exec web touch /" + "y" * 3_000,
    "\\",
    "''",
)


@pytest.fixture(autouse=True)
def _no_answers_are_left(lab_server: Server) -> Iterator[None]:
    """Other tests share the server, and ask the same questions."""
    yield
    (lab_server.root / answers.NAME).unlink(missing_ok=True)


def cell(number: int, shown: str) -> str:
    """Return the source that shows a bench, a level or a card, and keeps it by its number."""
    return f"b{number} = {f'predict({shown!r}).reveal()' if is_card(shown) else shown}\nb{number}"


def is_card(shown: str) -> bool:
    return shown[:2].isdigit()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_that_is_pressed_or_typed_at_random_makes_an_error(page: Page, lab_server: Server, name: str) -> None:
    seed = int(os.environ.get("LAYERLAB_SEED") or random.randrange(1_000_000))
    chance, every = random.Random(seed), PAGES[name]
    written(lab_server, "presses", LISTEN, *(cell(*each) for each in enumerate(every)))
    open_notebook(page, lab_server, "presses.ipynb")
    page.evaluate(RUN_ALL)
    shown = page.locator(".layerlab-living")
    expect(shown).to_have_count(len(every), timeout=120_000)
    known = {each: before(predict(each).reveal()) for each in every if is_card(each)}
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    done: list[str] = []
    for number in range(COUNT // len(PAGES)):
        done.append(step(page, chance, len(every)))
        if number % 10 == 9:
            why = f"{name}, seed {seed}, press {number}: {done[-12:]}"
            assert [] == wrong, why
            same(page, every, known, why)
            states(page, why)
    expect(page.locator(".layerlab-living .note")).to_have_text([""] * len(every), timeout=60_000)
    # Nothing of it went to the notebook: no cell is gone, and none was added.
    assert len(every) + 2 >= page.locator(".jp-Notebook .jp-Cell").count() >= len(every) + 1


# In one go, because a page that answers an earlier press may take away what a later one was to find.
ACT = """([place, kind, number, text]) => {
    const page = document.querySelectorAll('.layerlab-living')[place];
    const found = {text: 'input[type=text]:not([name=command])', line: 'input[name=command]', choose: 'select',
        number: 'input[type=number]', press: '[data-press]:not([data-leaving], select, form), summary, label'}[kind];
    const all = page.querySelectorAll(found);
    if (!all.length) return 'nothing';
    const node = all[number % all.length];
    node.focus();
    if (kind === 'text' || kind === 'number') {
        node.value = text;
        if (node.dataset.press) node.dispatchEvent(new Event('change', {bubbles: true}));
    }
    else if (kind === 'line') {
        node.value = text;
        node.form.requestSubmit();
    }
    else if (kind === 'choose') {
        node.selectedIndex = number % node.options.length;
        node.dispatchEvent(new Event('change', {bubbles: true}));
    } else node.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
    return `${kind} ${text.slice(0, 80)} ${node.dataset.press ?? node.name ?? node.tagName} in ${place}`;
}"""


def step(page: Page, chance: random.Random, count: int) -> str:
    """Do one thing at random in one of so many pages, and say what."""
    kind = chance.choice(("press", "press", "press", "key", "text", "number", "choose", "line", "line"))
    if kind != "key":
        text = chance.choice({"line": LINES, "text": TEXTS, "number": NUMBERS}.get(kind, ("",)))
        return str(page.evaluate(ACT, [chance.randrange(count), kind, chance.randrange(1000), text]))
    key = chance.choice(KEYS)
    # Only while a picture has the focus: elsewhere a key is JupyterLab's.
    if page.evaluate("() => !!document.activeElement?.closest('.layerlab-living .page')"):
        page.keyboard.press(key)
    return f"key {key}"


# In one go, because a press may still be answered between two looks.
STATES = """() => [...document.querySelectorAll('.layerlab-card, .layerlab-living')].map(each =>
    each.matches('.layerlab-card')
        ? each.querySelectorAll('[data-key=answer]').length + each.querySelectorAll('[data-press=skip]').length
        : each.querySelectorAll('[data-key=bench], [data-key=card], [data-key=maker]').length)"""


def states(page: Page, why: str) -> None:
    """Each page has one bench or card, and each card has either its question or its answer."""
    assert {1} == set(page.evaluate(STATES)), why


# A kernel answers in turn, so its answer comes after those to all presses before it.
ASK = """async code => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const asked = kernel.requestExecute({code: '', silent: true, store_history: false, user_expressions: {it: code}});
    const answer = (await asked.done).content.user_expressions.it;
    return answer.status === 'ok' ? answer.data['text/plain'] : JSON.stringify(answer.evalue);
}"""
EACH = "[b.widget.markup, str(b), hasattr(b, 'card') and b.prediction.locked]"
# What is seen: the words of each page, but for what is on its way out.
SEEN = """() => [...document.querySelectorAll('.layerlab-living .page')].map(page => {
    const copy = page.cloneNode(true);
    for (const node of copy.querySelectorAll('[data-leaving]')) node.remove();
    return copy.textContent.replace(/\\s+/g, ' ').trim();
})"""
PAINTED = """pages => pages.map(markup => {
    const page = document.createElement('div');
    page.innerHTML = markup;
    return page.textContent.replace(/\\s+/g, ' ').trim();
})"""


def same(page: Page, every: Sequence[str], known: Mapping[str, str], why: str) -> None:
    """The page shows what the kernel has painted, the picture and its twin agree, and locked answers are not told."""
    kept = ", ".join(f"b{number}" for number in range(len(every)))
    for _ in range(3):
        # A page whose width changed in the meantime is painted once more, so the kernel is asked again.
        ask = f"__import__('json').dumps([errors, *({EACH} for b in ({kept}))])"
        errors, *told = json.loads(ast.literal_eval(page.evaluate(ASK, ask)))
        assert [] == errors, why
        painted = page.evaluate(PAINTED, [markup for markup, _, _ in told])
        with suppress(Late):
            page.wait_for_function(f"painted => JSON.stringify(({SEEN})()) === JSON.stringify(painted)", arg=painted)
            break
    for seen, words in zip(page.evaluate(SEEN), painted, strict=True):
        assert words == seen, why
    for name, words, (markup, twin, locked) in zip(every, painted, told, strict=True):
        if not is_card(name):
            assert [] == missing(twin, words), f"{why}: {name}"
        elif locked:
            # The status says what was typed once more, with the units that may have been meant.
            status = re.search('<div [^>]*data-key="status"[^>]*>(.*?)</div>', markup)
            words = words.replace(flat(re.sub("<[^>]*>", "", status[1])), "") if status else words
            found = [each for each in spells(question(name).truth, words) if each not in known[name]]
            assert [] == found, f"{why}: {name} tells its answer"


# What a twin has in place of a mark's look, and its bars.
LOOKS = re.compile(r"^(> |< |\[[x ]\] |Hint: )|^[#=:x<>~.-]+$")


def missing(twin: str, words: str) -> list[str]:
    """Return what a text twin says and a page does not. Spaces do not count: a page breaks lines without them."""
    parts = [LOOKS.sub("", part) for line in twin.splitlines() for part in re.split(r"\s{2,}", line.strip())]
    seen = re.sub(r"\s", "", words)
    return [part for part in parts if re.sub(r"\s", "", part) not in seen]


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
