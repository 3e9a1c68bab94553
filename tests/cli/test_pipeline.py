"""What pipelines use: archives from a pipe, gates, advice, comparisons, and documented JSON."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from layerlab import WHITEOUT, Directory, File, Image, Layer, explain, filler, save, scratch, shop
from layerlab.benches.xray_bench import example
from layerlab.cli.advice import advice
from layerlab.cli.main import main
from layerlab.model.credentials import credentials

DOCS = Path(__file__).parents[2] / "docs"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nopen sesame\n"


@pytest.fixture(scope="module")
def tars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the shop (old.tar), and the shop with four more steps (new.tar)."""
    folder = tmp_path_factory.mktemp("tars")
    small = scratch.with_layer(Layer.of({"bin/sh": filler(3000)}), "ADD base.tar /")
    old = small.with_layer(Layer.of({"app": b"1" * 100}), "COPY app /").with_layer(
        Layer.of({"deps": filler(2000)}), "COPY deps /"
    )
    new = small.with_layer(Layer.of({"app": b"2" * 100}), "COPY app /").with_layer(
        Layer.of({"deps": filler(2000)}), "COPY deps /"
    )
    new = new.with_layer(Layer.of({"deps": WHITEOUT, "etc/key.pem": KEY}), "RUN setup").with_config(
        env={"API_KEY": "x"}
    )
    save({"it:1": old}, folder / "old.tar", format="docker")
    save({"it:2": new}, folder / "new.tar", format="docker")
    save({"it:1": old, "it:2": new}, folder / "both.tar", format="docker")
    return folder


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_an_archive_comes_through_a_pipe(
    tars: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, (tars / "new.tar").read_bytes())
    assert 0 == main(["inspect", "-"])
    through = capsys.readouterr().out
    main(["inspect", str(tars / "new.tar")])
    assert capsys.readouterr().out == through


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b broken"])
def test_a_bad_pipe_is_one_line(
    data: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, data)
    assert 1 == main(["inspect", "-"])
    error = capsys.readouterr().err
    assert error.startswith("layerlab: standard input: ")
    assert 1 == error.count("\n")


def test_where_there_is_no_standard_input_one_line_says_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert 1 == main(["inspect", "-"])
    assert (
        "layerlab: - reads an archive from a pipe: docker save shop | layerlab inspect -\n" == capsys.readouterr().err
    )


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_an_engine_that_is_not_there_is_one_line(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    assert 1 == main(["inspect", f"{kind}:shop"])
    assert "layerlab: no engine answers at unix:///no/such.sock" in capsys.readouterr().err
    assert 1 == main(["inspect", f"{kind}:"])
    assert f"layerlab: {kind}: names no image: write {kind}:NAME\n" == capsys.readouterr().err


GATES = [
    (["--max-dead", "1kB"], "it:2: 2.00 kB are dead, --max-dead allows 1.00 kB: 2.00 kB of it is deps in layer 2"),
    (["--min-live", "0.9"], "it:2: 0.611 of its bytes are live, --min-live asks for 0.9"),
    (["--max-size", "5kB"], "it:2: it is 5.15 kB, --max-size allows 5.00 kB"),
]


@pytest.mark.parametrize(("options", "line"), GATES)
def test_a_gate_fails_with_3_and_a_line(
    options: list[str], line: str, tars: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 3 == main(["inspect", str(tars / "new.tar"), *options])
    assert f"layerlab: {line}\n" == capsys.readouterr().err


def test_an_image_at_the_limit_passes(tars: Path) -> None:
    assert 0 == main(["inspect", str(tars / "new.tar"), "--max-dead", "2 kB", "--min-live", "0.6", "--max-size", "6kB"])
    assert 0 == main(["inspect", str(tars / "old.tar"), "--max-dead", "0B", "--min-live", "1", "--no-secrets"])


@pytest.mark.parametrize(
    "options",
    [["--max-dead", "much"], ["--min-live", "2"], ["--min-live", "x"], ["--top", "-1"], ["--top", "1", "--all"]],
)
def test_a_gate_that_says_nothing_is_a_wrong_command_line(options: list[str], tars: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["inspect", str(tars / "new.tar"), *options])


def test_secrets_are_named_by_place_layer_and_kind_and_never_by_value(
    tars: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 3 == main(["inspect", str(tars / "new.tar"), "--no-secrets", "--json"])
    said = capsys.readouterr()
    lines = ["it:2: etc/key.pem: a private key, in layer 3, visible", "it:2: API_KEY: a variable of every container"]
    assert "".join(f"layerlab: {line}\n" for line in lines) == said.err
    assert lines == json.loads(said.out)["failures"]
    assert "sesame" not in said.out + said.err


SECRETS = [
    ({"app/.env": b"A=1"}, "app/.env"),
    ({"srv/prod.env": b"A=1"}, "srv/prod.env"),
    ({"root/.netrc": b"machine a"}, "root/.netrc"),
    ({"root/.ssh/id_ed25519": KEY}, "root/.ssh/id_ed25519"),
    ({"root/.npmrc": b"//r/:_authToken=x"}, "root/.npmrc"),
    ({"root/.aws/credentials": b"[a]"}, "root/.aws/credentials"),
    ({"root/.docker/config.json": b'{"auths": {"r": {"auth": "eDp5"}}}'}, "root/.docker/config.json"),
    ({"etc/pip.conf": b"index-url = https://me:pass@host/simple"}, "etc/pip.conf"),
    ({"app/deploy_key": KEY}, "app/deploy_key"),
    ({"srv/id_rsa": KEY}, "srv/id_rsa"),
    ({"root/.config/containers/auth.json": b'{"auths": {"r": {"auth": "eDp5"}}}'}, "root/.config/containers/auth.json"),
    ({"app/.git/config": b"url = https://me:pass@host/it"}, "app/.git/config"),
    ({"app/kubeconfig.yaml": b"    token: abc"}, "app/kubeconfig.yaml"),
    ({"app/service-account.json": b'{"private_key": "-----BEGIN'}, "app/service-account.json"),
    ({"app/deploy_rsa": KEY}, "app/deploy_rsa"),
    ({"app/gcp-key.json": b'{"private_key": "-----BEGIN'}, "app/gcp-key.json"),
    ({"var/www/wp-config.php": b"define( 'DB_PASSWORD', 'x' );"}, "var/www/wp-config.php"),
    ({"srv/prod.tfvars": b'db_password = "x"'}, "srv/prod.tfvars"),
    ({"home/u/.kube/config": b"users:\n- user:\n    token: abc"}, "home/u/.kube/config"),
    ({"app/.env": b"# of the shop\nexport A=1"}, "app/.env"),
    # These are none.
    ({"app/.env": b"# copy .env.example, and set A=1\nB="}, None),
    ({"home/u/.kube/config": b"apiVersion: v1\nusers: []"}, None),
    ({"var/www/wp-config.php": b"define('DB_PASSWORD', getenv('PASSWORD'));"}, None),
    ({"srv/prod.tfvars": b'region = "eu"'}, None),
    ({"usr/lib/node_modules/x/key.json": b'{"private_key": ""}'}, None),
    ({"root/.npmrc": b"//r/:_authToken=${NPM_TOKEN}"}, None),
    ({"app/.env.example": b"A=1"}, None),
    ({"app/example.env": b"A=1"}, None),
    ({"app/server.env.js": b"A=1"}, None),
    ({"app/api_key": b"describes -----BEGIN PRIVATE KEY-----"}, None),
    ({"srv/id_rsa.pub": b"ssh-rsa AAAA"}, None),
    ({"etc/ssl/ca.pem": b"-----BEGIN CERTIFICATE-----"}, None),
    ({"root/.ssh/id_ed25519.pub": b"ssh-ed25519 AAAA"}, None),
    ({"root/.npmrc": b"registry=https://host"}, None),
    ({"usr/environment": b"A=1"}, None),
    ({"app/.env": b""}, None),
]


@pytest.mark.parametrize(("files", "place"), SECRETS)
def test_files_of_well_known_kinds_are_found_and_others_are_not(files: dict[str, Any], place: str | None) -> None:
    image = scratch.with_layer(Layer.of(files))
    hidden = image.with_layer(Layer.of(dict.fromkeys(files, WHITEOUT)))
    assert ([place] if place else []) == [found.place for found in credentials(image, explain(image))]
    assert ([1] if place else []) == [found.by for found in credentials(hidden, explain(hidden))]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("|1 TOKEN=abc /bin/sh -c make", ["TOKEN"]),
        ("ENV DB_PASSWORD=x", ["DB_PASSWORD"]),
        ("ENV DB_PASSWORD_FILE=/run/secrets/db", []),
        ("RUN make TOKENS=3", []),
        ("ENV PASSWORD=", []),
        ("ENV PGPASSWORD=x DB_PASS=y", ["PGPASSWORD", "DB_PASS"]),
        ("ENV DATABASE_URL=postgres://me:x@db/shop", ["DATABASE_URL"]),
        ("ENV STRIPE=sk_live_abc", ["STRIPE"]),
        ('RUN /bin/sh -c TOKEN=$NPM_TOKEN PASSWORD="${X}" npm ci', []),
        ("ENV PASSWORD_MIN=8", []),
        ("RUN /bin/sh -c git clone https://me:x@host/it # buildkit", ["line 1 of the history"]),
        (f"RUN curl -H 'Authorization: Bearer ghp_{'a' * 36}' https://host", ["line 1 of the history"]),
        ("RUN git clone https://me:$PASS@host/it", []),
        ("ENV TOKEN_URL=https://host/token SECRET_NAME=db TOKEN_LIMIT=3", []),
    ],
)
def test_values_in_the_history_are_found(line: str, found: list[str]) -> None:
    image = scratch.with_config(created_by=line)
    assert found == [each.place for each in credentials(image, explain(image))]


def test_more_dead_files_are_listed_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {f"f{number}": filler(10 + number) for number in range(9)}
    image = scratch.with_layer(Layer.of(files)).with_layer(Layer.of(dict.fromkeys(files, WHITEOUT)))
    save({"it": image}, tmp_path / "it.tar", format="docker")
    for options, listed in (([], 5), (["--top", "2"], 2), (["--all"], 9), (["--top", "0"], 0)):
        main(["inspect", str(tmp_path / "it.tar"), *options])
        out = capsys.readouterr().out
        assert listed == out.count("layer 1 (whiteout)")
        assert (listed in (2, 5)) is ("more: --all lists them" in out)


def test_a_wide_terminal_shows_whole_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "RUN " + "x" * 90
    save({"it": scratch.with_layer(Layer.of({"a": b"1"}), long)}, tmp_path / "it.tar", format="docker")
    main(["inspect", str(tmp_path / "it.tar")])
    assert long not in capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    main(["inspect", str(tmp_path / "it.tar")])
    assert long in capsys.readouterr().out


def test_what_is_printed_as_json_is_as_documented(tars: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("old", "new"):
        main(["inspect", str(tars / f"{name}.tar"), "--json", "--fix", "--max-dead", "1kB"])
        jsonschema.validate(json.loads(capsys.readouterr().out), schema("inspect"))
    main(["diff", str(tars / "old.tar"), str(tars / "new.tar"), "--json"])
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("diff"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"push": -1}, schema("diff"))


def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DOCS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(read)
    return read


def test_a_diff_says_what_is_sent_and_that_docker_pulls_moved_layers_again(
    tars: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["diff", str(tars / "old.tar"), str(tars / "new.tar")])
    out = capsys.readouterr().out
    answers = [line.split("  ")[-2:] for line in out.splitlines()[1:5]]
    assert ["ADD base.tar /", "COPY app /", "COPY deps /", "RUN setup"] == [answer[-1].strip() for answer in answers]
    assert "same bytes, other parent" in out.splitlines()[3]
    assert "The new image is 5.15 kB, 48 B more than the old one.\n" in out
    main(["diff", str(tars / "old.tar"), str(tars / "new.tar"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert ["there", "new", "same bytes, other parent", "new"] == [layer["state"] for layer in found["layers"]]
    sent = [layer["sent"] for layer in found["layers"]]
    assert (sent[1] + sent[3], sum(sent[1:])) == (found["push"], found["pull_by_chain_id"])
    assert "Move the line of layer 1 after those of 2: then Docker pulls it alone.\n" in out
    assert [("app", "content"), ("deps", "removed")] == [
        (row["path"], row["change"]) for row in found["files"] if row["path"] in ("app", "deps")
    ]


def test_of_an_archive_with_two_images_no_one_is_compared(tars: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["diff", str(tars / "both.tar"), str(tars / "new.tar")])
    assert "both.tar holds 2 images: save the one that you mean" in capsys.readouterr().err


def advised(image: Image) -> list[tuple[str, ...]]:
    return [each.lines for each in advice(image, explain(image))]


BASE = scratch.with_layer(Layer.of({"bin/sh": filler(3000)}), "ADD base.tar /")
APP = BASE.with_layer(Layer.of({"app": filler(900)}), "COPY app /app")
BUILT = BASE.with_layer(Layer.of({"tmp/o": filler(900), "app": filler(50)}), "RUN make")


def test_a_deletion_goes_into_the_run_that_made_the_file() -> None:
    image = BUILT.with_layer(Layer.of({"tmp/o": WHITEOUT}), "RUN rm /tmp/o")
    assert [("RUN make && rm /tmp/o",)] == advised(image)


def test_a_step_that_reads_what_it_deletes_gets_it_from_a_stage_or_in_one_run() -> None:
    unpacked = Layer.of({"app": WHITEOUT, "srv/x": filler(50)})
    copied = APP.with_layer(unpacked, "RUN tar -xf /app -C /srv && rm /app")
    assert [("COPY --from=build /srv /srv",)] == advised(copied)
    moved = BUILT.with_layer(Layer.of({"tmp/o": WHITEOUT, "srv/o": filler(900)}), "RUN mv /tmp/o /srv/o")
    assert [("RUN make && mv /tmp/o /srv/o",)] == advised(moved)


def test_a_run_between_that_may_read_a_file_stays_between() -> None:
    used = BUILT.with_layer(Layer.of({"out": filler(10)}), "RUN cd /srv; use /tmp/o")
    image = used.with_layer(Layer.of({"tmp/o": WHITEOUT}), "RUN rm /tmp/o")
    assert [("RUN make && (cd /srv; use /tmp/o) && rm /tmp/o",)] == advised(image)


def test_a_comment_at_the_end_of_a_run_takes_no_deletion_away() -> None:
    made = BASE.with_layer(Layer.of({"tmp/o": filler(900), "app": filler(50)}), "RUN make # all of it")
    assert [("COPY --from=build /app /app", "COPY --from=build /tmp /tmp")] == advised(
        made.with_layer(Layer.of({"tmp/o": WHITEOUT}), "RUN rm /tmp/o")
    )


@pytest.mark.parametrize(
    "before",
    ["/bin/sh -c ", "|2 A=b C=d e /bin/sh -c ", "/bin/bash -o pipefail -c ", "/bin/bash -euxo pipefail -c ", "sh -ec "],
)
def test_shells_and_arguments_before_a_command_are_no_part_of_its_line(before: str) -> None:
    for run, end in (("RUN ", " # buildkit"), ("", "")):
        made = BASE.with_layer(Layer.of({"tmp/o": filler(900), "app": filler(50)}), f"{run}{before}make{end}")
        image = made.with_layer(Layer.of({"tmp/o": WHITEOUT}), f"{run}{before}rm /tmp/o{end}")
        assert [("RUN make && rm /tmp/o",)] == advised(image)


def test_what_dockerignore_names_is_counted_from_the_build_context() -> None:
    inside = BASE.with_layer(Layer.of({"srv/app": filler(0)}), "WORKDIR /srv # buildkit")
    image = inside.with_layer(Layer.of({"srv/.git/pack": filler(900), "srv/a": filler(5)}), "COPY . . # buildkit")
    gone = image.with_layer(Layer.of({"srv/.git": WHITEOUT}), "RUN /bin/sh -c rm -rf .git # buildkit")
    (each,) = advice(gone, explain(gone))
    assert (("COPY . .",), (".git",)) == (each.lines, each.ignored)


def test_a_digest_is_no_line_of_a_dockerfile_and_a_copy_from_a_stage_has_lost_its_stage() -> None:
    files = {"srv/junk": filler(900), "srv/a": filler(5)}
    for line, ignored in (
        ("/bin/sh -c #(nop) COPY dir:4ac0 in /srv ", ("**/junk",)),
        ("COPY /out /srv # buildkit", ()),
    ):
        image = BASE.with_layer(Layer.of(files), line).with_layer(Layer.of({"srv/junk": WHITEOUT}), "RUN rm /srv/junk")
        (each,) = advice(image, explain(image))
        assert (ignored, not ignored) == (each.ignored, each.lines == ("COPY --from=build /srv /srv",))


def test_directories_above_a_copied_file_do_not_count_as_copied() -> None:
    usr = scratch.with_layer(Layer.of({"usr/bin/sh": filler(3000)}), "ADD base.tar /")
    image = usr.with_layer(Layer.of({"usr": Directory(), "usr/bin/x": filler(900)}), "COPY x /usr/bin/x")
    executable = Layer.of({"usr": Directory(), "usr/bin/x": File(filler(900), mode=0o755)})
    assert [("COPY --chmod=755 x /usr/bin/x",)] == advised(image.with_layer(executable, "RUN chmod +x /usr/bin/x"))


def test_a_directory_whose_owner_changes_is_copied_out_of_the_stage_too() -> None:
    inside = BASE.with_layer(Layer.of({"srv": Directory()}), "WORKDIR /srv").with_layer(
        Layer.of({"srv/a": filler(900)}), "COPY a ."
    )
    owned = Layer.of({"srv": Directory(uid=5, gid=5), "srv/a": File(filler(900), uid=5, gid=5)})
    (each,) = advice(image := inside.with_layer(owned, "RUN chown -R 5:5 /srv"), explain(image))
    assert (("COPY --from=build --chown=5:5 /srv /srv",), (1, 2, 3)) == (each.lines, each.instead)


def test_of_the_base_nothing_is_advised_because_another_dockerfile_makes_it() -> None:
    base = BUILT.with_layer(Layer.of({"tmp/o": WHITEOUT}), "RUN rm /tmp/o").with_config(created_by='CMD ["sh"]')
    assert [] == advised(base.with_layer(Layer.of({"app": filler(5)}), "COPY app /"))


def test_names_are_written_as_a_shell_takes_them() -> None:
    files = {f"var/lists/{name}": filler(300) for name in ("a b", "c")} | {"tmp/o p": filler(900)}
    made = BASE.with_layer(Layer.of(files | {"etc/x": filler(1)}), "RUN make")
    image = made.with_config(created_by="ENV A=1").with_layer(
        Layer.of(dict.fromkeys(files, WHITEOUT)), "RUN rm -f /tmp/o* /var/lists/*"
    )
    assert [("RUN make && rm -rf /var/lists/* '/tmp/o p'",)] == advised(image)


def test_a_copy_that_nothing_read_is_left_out_and_one_that_a_run_may_have_read_goes_through_a_stage() -> None:
    gone = Layer.of({"app": WHITEOUT})
    (unread,) = advice(image := APP.with_layer(gone, "RUN rm /app"), explain(image))
    assert ((), (1,)) == (unread.lines, unread.instead)
    between = APP.with_layer(Layer.of({"out": filler(10)}), "RUN make").with_layer(gone, "RUN rm /app")
    assert [("COPY --from=build /out /out",)] == advised(between)


def test_a_chmod_or_chown_of_all_that_a_copy_brings_goes_into_the_copy() -> None:
    image = APP.with_layer(Layer.of({"app": File(filler(900), mode=0o755)}), "RUN chmod 755 /app")
    assert [("COPY --chmod=755 app /app",)] == advised(image)
    image = APP.with_layer(Layer.of({"app": File(filler(900), uid=5, gid=6)}), "RUN chown 5:6 /app")
    assert [("COPY --chown=5:6 app /app",)] == advised(image)


def test_a_copy_keeps_the_owner_that_the_history_of_buildkit_leaves_out() -> None:
    image = BASE.with_layer(Layer.of({"app": File(filler(900), uid=5, gid=5)}), "COPY app /app # buildkit")
    image = image.with_layer(Layer.of({"app": File(filler(900), mode=0o755, uid=5, gid=5)}), "RUN chmod 755 /app")
    assert [("COPY --chmod=755 --chown=5:5 app /app",)] == advised(image)
    files = {f"srv/{name}": File(filler(900), uid=5, gid=5) for name in ("app", "tool")}
    image = BASE.with_layer(Layer.of(files), "COPY app tool /srv/ # buildkit")
    image = image.with_layer(Layer.of({"srv/tool": WHITEOUT}), "RUN rm /srv/tool")
    assert [("COPY --chown=5:5 app /srv/",)] == advised(image)


def test_a_digest_is_no_line_of_a_dockerfile_behind_an_option_without_a_space_either() -> None:
    line = "/bin/sh -c #(nop) COPY --chown=5:5file:58f7157a in /app "
    image = BASE.with_layer(Layer.of({"app": File(filler(900), uid=5, gid=5)}), line)
    image = image.with_layer(Layer.of({"app": File(filler(900), uid=6, gid=6)}), "/bin/sh -c chown 6:6 /app")
    (each,) = advice(image, explain(image))
    assert ((), True) == (each.lines, "add --chown=6:6 to its COPY" in each.words)


def test_the_classic_builder_sets_a_user_between_two_runs_too() -> None:
    image = BUILT.with_config(created_by="/bin/sh -c #(nop)  USER 33")
    image = image.with_layer(Layer.of({"x": File(b"1", uid=33)}), "/bin/sh -c make x")
    image = image.with_config(created_by="/bin/sh -c #(nop)  USER root")
    gone = image.with_layer(Layer.of({"tmp/o": WHITEOUT}), "/bin/sh -c rm /tmp/o")
    assert not any("make x" in line for lines in advised(gone) for line in lines)


def test_a_directory_out_of_a_stage_keeps_its_mode_and_a_stage_says_what_it_does_not_pass_on() -> None:
    image = BASE.with_layer(Layer.of({"srv/a": filler(900), "srv/b": filler(5)}), "ADD a.tar /")
    image = image.with_config(created_by="ENV A=1").with_layer(
        Layer.of({"srv": Directory(mode=0o700), "srv/a": WHITEOUT}), "RUN chmod 700 /srv && rm /srv/a"
    )
    (each,) = advice(image := image.with_config(created_by='CMD ["a"]'), explain(image))
    assert ("COPY --from=build /srv /srv", "RUN chmod 700 /srv") == each.lines
    assert each.words.endswith("; write ENV and CMD there again, because a stage does not pass them on")


def test_a_chmod_that_would_give_other_files_another_mode_goes_through_a_stage() -> None:
    two = BASE.with_layer(Layer.of({"srv/app": filler(900), "srv/page": filler(10)}), "COPY srv /srv")
    image = two.with_layer(Layer.of({"srv/app": File(filler(900), mode=0o755)}), "RUN chmod 755 /srv/app")
    assert [("COPY --from=build /srv /srv",)] == advised(image)


def test_out_of_a_stage_what_an_early_step_made_is_copied_first_with_its_owner() -> None:
    image = BASE.with_layer(Layer.of({"z": File(filler(50), uid=7, gid=7)}), "COPY z /")
    image = image.with_layer(Layer.of({"a": filler(900)}), "COPY a /").with_layer(Layer.of({"b": b"1"}), "RUN use /a")
    image = image.with_layer(Layer.of({"a": WHITEOUT, "z": File(filler(60), uid=7, gid=7)}), "RUN rm /a")
    assert [("COPY --from=build --chown=7:7 /z /z", "COPY --from=build /b /b")] == advised(image)


EXECUTABLE = {"deps": File(filler(10_000, seed=1), mode=0o755), "app": File(filler(1_000, seed=2), mode=0o755)}
SEPARATE = (
    BASE.with_layer(Layer.of({"deps": filler(10_000, seed=1)}), "COPY deps /deps")
    .with_layer(Layer.of({"tool": filler(8_000)}), "COPY tool /tool")
    .with_layer(Layer.of({"app": filler(1_000, seed=2)}), "COPY app /app")
)


@pytest.mark.parametrize(
    ("image", "on_disk", "per_release"),
    [
        # A thousandth of the amounts that BuildKit and a registry showed: a release sends 12,000, and 1,000 afterwards.
        (
            SEPARATE.with_layer(Layer.of(EXECUTABLE), "RUN chmod 755 /deps /app").with_layer(
                Layer.of({"tool": WHITEOUT}), "RUN rm /tool"
            ),
            19_000,
            11_000,
        ),
        # Nothing is copied, so a release runs the RUN again.
        (BUILT.with_layer(Layer.of({"tmp/o": WHITEOUT}), "RUN rm /tmp/o"), 900, 900),
        # The COPY of another file comes later, so a release sends only that one.
        (
            APP.with_layer(Layer.of({"app": File(filler(900), mode=0o755)}), "RUN chmod 755 /app").with_layer(
                Layer.of({"page": b"hi"}), "COPY page /page"
            ),
            900,
            0,
        ),
        (APP.with_layer(Layer.of({"app": File(filler(900), mode=0o755)}), "RUN chmod 755 /app"), 900, 900),
    ],
)
def test_what_is_saved_on_disk_and_with_each_release_are_two_amounts(
    image: Image, on_disk: int, per_release: int
) -> None:
    (each,) = advice(image, explain(image))
    assert (on_disk, per_release) == (each.bytes, each.per_release)


def test_where_copying_would_lose_something_nothing_is_advised() -> None:
    deleted = APP.with_layer(Layer.of({"b": b"1"}), "RUN use").with_layer(
        Layer.of({"app": WHITEOUT, "bin/sh": WHITEOUT}), "RUN rm /app /bin/sh"
    )
    assert [] == advised(deleted)


def test_of_the_example_almost_all_dead_bytes_can_be_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save({"shop": example()}, tmp_path / "it.tar", format="docker")
    assert 0 == main(["inspect", str(tmp_path / "it.tar"), "--fix"])
    assert (
        "  25.0 MB less on disk, 5.00 MB less sent with each release: run the steps from layer 4 on in a stage"
        in capsys.readouterr().out
    )
    assert [] == advised(shop().images["shop"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["completion", shell])
    assert "layerlab" in capsys.readouterr().out


def test_what_could_be_typed_next_is_what_the_command_line_takes(tmp_path: Path) -> None:
    line = "layerlab inspect --ma"
    asked = {
        "_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": "out",
    }  # fmt: skip
    run = [sys.executable, "-m", "layerlab"]
    subprocess.run(run, env={**os.environ, **asked}, cwd=tmp_path, check=False, capture_output=True)
    found = re.split(r"[\x0b\s]+", (tmp_path / "out").read_text().strip())
    assert ["--max-dead", "--max-size"] == sorted(found)


def test_a_gate_speaks_though_nobody_reads_the_text(tars: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for options, code, lines in ((["--max-dead", "1kB"], 3, 1), (["--max-dead", "1MB"], 0, 0)):
        command = [sys.executable, "-m", "layerlab", "inspect", str(tars / "new.tar"), *options]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
        assert (code, lines) == (done.returncode, done.stderr.count(b"\n"))
    os.close(writer)


def test_what_is_allowed_is_no_secret(tars: Path, capsys: pytest.CaptureFixture[str]) -> None:
    allowed = ["--allow", "etc/*.pem", "--allow", "API_KEY"]
    assert 3 == main(["inspect", str(tars / "new.tar"), "--no-secrets", *allowed[:2]])
    assert "layerlab: it:2: API_KEY: a variable of every container\n" == capsys.readouterr().err
    assert 0 == main(["inspect", str(tars / "new.tar"), "--no-secrets", *allowed])


def test_no_value_of_a_secret_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ("RUN |1 NPM_TOKEN=sesame /bin/sh -c make # buildkit", "RUN API_KEY=sesame get https://me:sesame@host/x")
    image = scratch
    for number, line in enumerate(lines):
        image = image.with_layer(Layer.of({"o": filler(900 + number)}), line)
    image = image.with_layer(Layer.of({"o": WHITEOUT, "p": b"1"}), "RUN rm /o")
    save({"it": image}, tmp_path / "it.tar", format="docker")
    path, page = str(tmp_path / "it.tar"), tmp_path / "it.html"
    for words in (["inspect", path, "--fix", "--html", str(page)], ["inspect", path, "--json"], ["diff", path, path]):
        main(words)
    assert "sesame" not in capsys.readouterr().out + page.read_text()


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_table_is_no_wider_than_a_terminal_and_whole_in_a_pipe(
    columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = f"var/lib/apt/lists/{'x' * 90}_Packages"
    image = scratch.with_layer(Layer.of({long: filler(900)}), "RUN /bin/sh -c " + "apt-get " * 20 + "# buildkit")
    save({"it": image.with_layer(Layer.of({long: WHITEOUT}))}, tmp_path / "it.tar", format="docker")
    main(["inspect", str(tmp_path / "it.tar")])
    assert long in capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    main(["inspect", str(tmp_path / "it.tar")])
    lines = capsys.readouterr().out.splitlines()
    (path,) = [line for line in lines if line.endswith("_Packages")]
    (made,) = [line for line in lines if "RUN apt-get" in line]
    assert max(len(path), len(made)) <= max(columns, 62)


@pytest.mark.parametrize("word", ["shop:1", "debian", "oci:build/shop", "docker-daemon:shop"])
def test_how_other_programs_call_images_is_answered_with_how_this_one_does(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main(["inspect", word])
    error = capsys.readouterr().err
    name = word.split(":", 1)[1] if word.startswith(("oci:", "docker-daemon:")) else word
    assert 1 == error.count("\n")
    assert error.endswith((f": {name}\n", f"docker:{name}\n", f"registry:HOST/{name} in a registry\n"))


def test_the_ready_lines_for_a_build_are_whole_and_taken_as_they_stand(tars: Path) -> None:
    yaml = pytest.importorskip("yaml")  # comes with JupyterLab
    text = (DOCS / "pipelines.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)
    assert 3 == len(blocks)
    for block in blocks:
        assert yaml.safe_load(block)
        (line,) = re.findall(r"layerlab inspect \S+ (.+)", block)
        options = [word for word in line.split() if word not in ("--html", "report.html")]
        assert 3 == main(["inspect", str(tars / "new.tar"), *options])
