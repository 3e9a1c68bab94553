"""Draw the picture in README from a real host: `python tools/picture.py` writes docs/host-light.svg and -dark.svg."""

from pathlib import Path

from layerlab.benches.example import CATALOG, SITE, layer_label, shop
from layerlab.picture.host_scene import scene
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment
from layerlab.picture.svg import DARK, LIGHT, standalone

DOCS = Path(__file__).resolve().parent.parent / "docs"


def story() -> Moment:
    """Return a shop with three containers: one wrote a byte, one deleted a folder, one is stopped."""
    host = shop()
    now = moment(host, step="add", label=layer_label)
    web, job, _ = [host.run("shop", name=name) for name in ("web", "job", "old")]
    now = moment(host, now, step="run 3", label=layer_label)
    host.stop("old")
    web.append(CATALOG, b"!")
    now = moment(host, now, step="web +1", label=layer_label)
    job.rmtree(SITE.rstrip("/"))
    return moment(host, now, step="job rm", label=layer_label)


def main() -> None:
    """Write both files."""
    DOCS.mkdir(exist_ok=True)
    picture = scene(story())
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        path = DOCS / f"host-{name}.svg"
        path.write_text(standalone(picture, theme), encoding="utf-8", newline="\n")
        print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
