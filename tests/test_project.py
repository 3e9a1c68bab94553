"""What holds for the repository as a whole."""

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

import layerlab

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tracked() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("only a git checkout tells which files belong to the project")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_importing_the_package_loads_nothing_but_the_standard_library_and_its_loader() -> None:
    script = (
        "import sys; before = set(sys.modules); import layerlab; "
        "names = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(names - sys.stdlib_module_names - {'layerlab', 'lazy_loader'}))"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[]\n" == run.stdout


@pytest.mark.parametrize("name", [name for name in layerlab.__all__ if not name.startswith("__")])
def test_a_public_name_is_documented_with_an_example(name: str) -> None:
    documentation = inspect.getdoc(getattr(layerlab, name)) or ""
    assert documentation.splitlines()[:1] != []
    assert ">>> " in documentation


def test_the_conda_environment_names_what_pyproject_requires() -> None:
    text = (ROOT / "environment.yml").read_text()
    entries = re.findall(r"^ +- (.+)$", text.partition("dependencies:")[2], re.MULTILINE)
    nbval = [need for need in PROJECT["optional-dependencies"]["test"] if need.startswith("nbval")]
    # What only some systems need comes with the last line.
    stated = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lab"]]
    needs = [need for need in stated if ";" not in need and not need.startswith("layerlab")]
    expected = [f"python{PROJECT['requires-python']}", *needs, *nbval, "pip", "pip:", "--editable .[fast]"]
    assert sorted(expected) == sorted(entries)


def test_colab_has_what_the_package_needs_or_nothing_of_it() -> None:
    has = dict(re.findall(r"^([\w-]+)==([\d.]+)$", (ROOT / "tests" / "data" / "colab.txt").read_text(), re.MULTILINE))
    needs = [re.match(r"([\w-]+)>=([\d.]+)", need) for need in PROJECT["dependencies"]]
    assert {"traitlets", "packaging", "lazy-loader", "requests"} <= {need[1] for need in needs if need} & set(has)
    old = [need[0] for need in needs if need and need[1] in has and Version(has[need[1]]) < Version(need[2])]
    assert [] == old


def test_every_requirement_is_pinned_and_the_pins_name_no_place() -> None:
    lock = (ROOT / "constraints.txt").read_text()
    pins = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    extras = PROJECT["optional-dependencies"].values()
    needs = [re.split(r"[<>=!~ [;]", need)[0] for group in (PROJECT["dependencies"], *extras) for need in group]
    assert [] == [need for need in needs if need not in pins and need != PROJECT["name"]]
    assert "make lock" in lock.splitlines()[1]
    assert [] == re.findall(r"://|index-url|find-links| /\w+/", lock)


def test_every_requirement_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert [] == re.findall(r'^    "[\w-]+>=[\d.]+",? *$', text, re.MULTILINE)


def test_the_changelog_opens_with_the_version() -> None:
    assert [PROJECT["version"]] == re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[:1]


def test_the_citation_names_the_version_and_the_license() -> None:
    cited = dict(re.findall(r"^(version|license): (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE))
    assert {"version": PROJECT["version"], "license": PROJECT["license"]} == cited


def test_hooks_run_the_tools_that_are_installed_and_fetch_nothing() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    assert ["local"] == re.findall(r"repo: (\S+)", text)
    assert ["check", "format", "--no-error-summary"] == re.findall(r"entry: \.venv/bin/\w+ (\S+)", text)
    assert "://" not in text


def test_the_workflow_runs_what_runs_here() -> None:
    assert "run: .ci/run\n" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_each_link_between_texts_leads_to_a_file() -> None:
    found = []
    for path in tracked():
        if path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            links = re.findall(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"', text)
            inside = [link.partition("#")[0] for pair in links for link in pair if link and "://" not in link]
            found += [f"{path.name}: {link}" for link in inside if not (path.parent / link).exists()]
    assert [] == found


def test_what_commands_make_is_not_tracked() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.venv/", "/my-notebooks/"} <= set(ignored)


# Spelled in halves, so that this file does not hold them.
FORBIDDEN = (
    r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    r"(?<![\w.])/wo" + r"rk/",
    r"/ro" + r"ot/\.",
    r"py" + r"pi\.org|python" + r"hosted|npm" + r"js\.",
    r"--(?:extra-)?index" + r"-url",
)


def test_no_tracked_file_holds_an_open_end_or_an_address_of_one_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix == ".png":  # compressed pixels spell any three letters by chance
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for word in FORBIDDEN for match in re.finditer(word, text)]
    assert [] == found


SKIPS = {
    "installable": "def test_a(): pytest.skip('no chromium here')",
    "archives": "@pytest.mark.archives\ndef test_a(): pytest.skip('no archives here')",
    "none": "def test_a(): pass",
}


@pytest.mark.parametrize(
    ("expected", "strict", "kind"),
    [
        (pytest.ExitCode.OK, "0", "installable"),
        (pytest.ExitCode.TESTS_FAILED, "1", "installable"),
        (pytest.ExitCode.OK, "1", "archives"),
        (pytest.ExitCode.OK, "1", "none"),
    ],
)
def test_a_skip_fails_the_run_only_where_nothing_may_be_missing(
    tmp_path: Path, strict: str, kind: str, expected: int
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = archives\n")
    (tmp_path / "test_skips.py").write_text(f"import pytest\n{SKIPS[kind]}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:nbval", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(
        command, env=os.environ | {"LAYERLAB_NO_SKIPS": strict}, capture_output=True, text=True, check=False
    )
    assert expected == run.returncode
    assert (expected != pytest.ExitCode.OK) is ("so this run fails" in run.stdout)


def test_a_modules_text_opens_with_a_word_of_its_name() -> None:
    wrong = []
    for path in sorted((ROOT / "layerlab").rglob("*.py")):
        name = path.parent.name if path.stem == "__init__" else path.stem
        head, colon, _ = (ast.get_docstring(ast.parse(path.read_text())) or "").partition(":")
        word = head.lower().replace("-", "")
        # "Loading" opens load.py and "Drivers" driver.py. An opening of several words describes more than the name.
        if colon and word.isalpha() and not any(part[:3] == word[:3] for part in name.split("_")):
            wrong.append(f"{path.relative_to(ROOT)}: {head}")
    assert [] == wrong
