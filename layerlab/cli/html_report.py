"""Report: the X-ray of an image as one page of HTML that needs no kernel and no network.

Everything that a press can lead to is painted beforehand. A short script in the page puts the painted pages into the
living picture, so that its motion, keys and focus are those of a notebook.
"""

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from layerlab.archive.atomic import new_file
from layerlab.archive.errors import ArchiveError, at
from layerlab.model.credentials import credentials
from layerlab.model.explain import Report
from layerlab.model.image import Image
from layerlab.model.layerlab_error import LayerlabError
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable
from layerlab.words.sizes import size

if TYPE_CHECKING:
    from layerlab.benches.xray_bench import XRay
    from layerlab.benches.xray_view import XRayPage

PICTURE = Path(__file__).parents[1] / "picture"
FIRST = "tab-layers"
LISTS = {"tab-files": ("read", "found"), "tab-what-if": ("change", "change")}
"""Of each tab with a list: the key that is pressed, and the field that says which entry."""
PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 880px; margin: 24px auto; padding: 0 16px; }
pre { overflow-x: auto; font-size: 13px; }
.still svg { width: 100%; height: auto; }
h1, p { overflow-wrap: anywhere; }
/* Lines of Python and Docker belong to a notebook, where they can be pasted. */
main .layerlab-living .transcript { display: none; }
@media print { .layerlab-living .acts { display: none; } }
$css
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p>$summary</p>
<div id="picture"></div>
<noscript><div class="still">$still</div></noscript>
<details><summary>The same as text</summary><pre tabindex="0">$text</pre></details>
</main>
<script type="application/json" id="pages">$pages</script>
<script type="module">
$living
const pages = JSON.parse(document.getElementById("pages").textContent);
const tabs = $lists;
const past = [], coming = [], heard = {};
let now = "$first";
const model = {
  get: () => pages[now],
  on: (event, act) => { (heard[event] ??= []).push(act); },
  send: ({ press, form }) => {
    if (press) go(press, form);
    queueMicrotask(() => heard["msg:custom"]?.forEach((act) => act({ heard: true })));
  },
};
function go(press, form) {
  const field = Object.values(tabs).find(([key]) => key === press)?.[1];
  let next = field ? press + ":" + form[field] : press;
  if (press === "back") next = past.pop();
  else if (press === "forward") next = coming.pop();
  else if (press === "start-over" || next === now) next = "$first";
  if (!(next in pages)) return;
  if (press === "back") coming.push(now);
  else past.push(now);
  if (press !== "back" && press !== "forward") coming.length = 0;
  now = next;
  heard["change:markup"].forEach((act) => act());
}
render({ model, el: document.getElementById("picture"), signal: new AbortController().signal });
</script>
</body>
</html>
""")


class ReportError(LayerlabError, RuntimeError):
    """A report that cannot be written, in one line that says why."""


def write_report(image: Image, explained: Report, text: str, path: str) -> int:
    """Write the page about an image, which `explain` explained, to a file and return its bytes.

    `text` is the same for people who read text. The file is there whole or not at all.
    """
    if Path(path).is_dir():
        raise ReportError(f"{path}: it is a folder: write the name of a file")
    data = report(image, explained, text).encode()
    try:
        with at(path), new_file(path) as file:
            file.write(data)
    except ArchiveError as error:
        raise ReportError(str(error)) from None
    return len(data)


def report(image: Image, explained: Report, text: str) -> str:
    """Return the page.

    >>> image = shop().images["shop"]
    >>> page = report(image, explain(image), "shop, 319 MB")
    >>> page.count("<!doctype html>"), "http" in page.replace("http://www.w3.org/2000/svg", "")
    (1, False)
    """
    # Drawing takes a tenth of a second to import, and only this command's --html draws.
    from layerlab.benches.xray_bench import XRay
    from layerlab.benches.xray_view import XRayPage
    from layerlab.picture.svg import img

    bench = XRay(image, report=explained)
    # A report is handed on: what is in a deleted file of this kind must not be in it.
    secret = {(found.layer, found.place) for found in credentials(image, explained)}
    bench.found = tuple(row for row in bench.found if (row.layer, row.path) not in secret)
    name = printable(", ".join(image.names)) or short_digest(image.id)
    files, dead = f"{bench.files:,}", sum(layer.dead for layer in explained.layers)
    pages = dict(_pages(bench, XRayPage(bench)))
    bench.start_over()
    return PAGE.substitute(
        title=escape(name),
        summary=f"{len(image.layers)} layers, {size(image.size)}, {files} files. No path shows {size(dead)} of it.",
        css=(PICTURE / "living.css").read_text(encoding="utf-8"),
        living=(PICTURE / "living.js").read_text(encoding="utf-8"),
        still=img(bench.scene),
        text=escape(f"{text}\n\n{bench}"),
        # A script ends at the first of these, wherever it stands.
        pages=json.dumps(pages).replace("</", "<\\/"),
        lists=json.dumps(LISTS),
        first=FIRST,
    )


def _pages(bench: "XRay", page: "XRayPage") -> Iterator[tuple[str, str]]:
    """Yield what each press leads to: the tabs, each layer opened, each deleted file and each change."""
    width = 880

    def after(*presses: tuple[str, dict[str, object]]) -> str:
        bench.start_over()
        page.opened.clear()
        for key, form in presses:
            page.press(key, form)
        return page.paint(width)

    yield FIRST, (start := after((FIRST, {})))
    for key in dict.fromkeys(re.findall(r'data-press="(layer:[^"]+)"', start)):
        yield key, after((FIRST, {}), (key, {}))
    counts: dict[str, Callable[[], int]] = {"read": lambda: len(bench.found), "change": lambda: len(bench.changes)}
    for tab, (key, field) in LISTS.items():
        yield tab, after((tab, {}))
        for number in range(counts[key]()):
            yield f"{key}:{number}", after((tab, {}), (key, {field: str(number)}))
