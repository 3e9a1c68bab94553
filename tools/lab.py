"""Open JupyterLab on the lessons, in a working copy that belongs to the learner."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "notebooks"
COPY = ROOT / "my-notebooks"
FIRST = "00-start-here.ipynb"
SKIPPED_FOLDERS = {".ipynb_checkpoints", "__pycache__"}
NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


def copy_new(source: Path, target: Path) -> list[Path]:
    """Copy each file of `source` that `target` lacks; return the new files.

    A file that is already there is the learner's work and stays as it is.
    """
    new = []
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        copy = target / relative
        if path.is_dir() or SKIPPED_FOLDERS.intersection(relative.parts) or os.path.lexists(copy):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed, so that an interrupted copy is not taken for the learner's own file.
        aside = copy.with_name(copy.name + ".part")
        aside.write_bytes(path.read_bytes())
        aside.rename(copy)
        new.append(copy)
    return new


def silence_news(prefix: Path) -> None:
    """Keep JupyterLab from asking whether it may fetch news; settings that are already there stay."""
    overrides = prefix / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    if not overrides.exists():
        overrides.parent.mkdir(parents=True, exist_ok=True)
        overrides.write_text(json.dumps(NO_NEWS, indent=2) + "\n")


def command(folder: Path, options: list[str]) -> list[str]:
    """Return the command that starts JupyterLab on the first lesson in `folder`."""
    first = folder / FIRST
    lab = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *options]
    if hasattr(os, "getuid") and os.getuid() == 0:
        lab.append("--allow-root")
    return [*lab, str(first)] if first.exists() else lab


def main(options: list[str]) -> int:
    """Bring the working copy up to date and run JupyterLab until it is stopped."""
    COPY.mkdir(exist_ok=True)
    copy_new(LESSONS, COPY)
    silence_news(Path(sys.prefix))
    try:
        return subprocess.run(command(COPY, options), check=False).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
