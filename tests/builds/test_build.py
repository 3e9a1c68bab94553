"""A build, line by line: what each line makes and what a second build reuses, as three real builders did it."""

from typing import Any

import pytest

from layerlab import Build, BuildError, Directory, File, Host, Image, Layer, build, filler, scratch
from layerlab.builds.dockerfile import DockerfileError
from layerlab.model.entry import Spec
from layerlab.model.image import Step
from tests.builds.building import (
    BUILDERS,
    CHANGES,
    FIRST,
    INSIDE,
    RECORD,
    SMALL,
    Context,
    base,
    files,
    host,
    options,
    saved,
)

CASES = [(row, builder) for row in RECORD["instructions"] for builder in BUILDERS]
MORE = [(row, builder) for row in RECORD["more_instructions"] for builder in BUILDERS]
MATRIX = [(name, builder) for name in RECORD["cache_matrix"] for builder in BUILDERS]


def held(layer: Layer) -> list[str]:
    """Return a layer's entries as the record has them."""
    return sorted(
        path + ("/" if entry.kind == "directory" else f":{entry.size}") for path, entry in layer.entries.items()
    )


@pytest.mark.parametrize(
    ("row", "builder"), CASES, ids=[f"{builder}-{row['base']}-{row['case']}" for row, builder in CASES]
)
def test_each_instruction_makes_the_layer_and_the_history_that_the_builder_makes(
    row: dict[str, Any], builder: str
) -> None:
    there, expected = host(), row[builder]
    below = scratch if row["base"] == "scratch" else there.image(row["base"])
    made = build(f"FROM {row['base']}\n{row['line'] or ''}\n", SMALL, host=there, builder=builder).image
    new, steps = made.layers[len(below.layers) :], made.history[len(below.history) :]
    assert (expected["layers"], expected["history"]) == (len(new), len(steps))
    assert expected["empty_layer"] == [step.empty_layer for step in steps]
    if expected["layer_holds"] is not None:
        assert sorted(expected["layer_holds"]) == held(new[-1])


@pytest.mark.parametrize(("row", "builder"), MORE, ids=[f"{builder}-{row['case']}" for row, builder in MORE])
def test_several_instructions_make_the_layers_and_the_history_that_the_builder_makes(
    row: dict[str, Any], builder: str
) -> None:
    there, expected = host(), row[builder]
    if "error" in expected:
        with pytest.raises(BuildError, match=r"line 3: RUN .*code 1"):
            build(row["dockerfile"], SMALL, host=there, builder=builder)
        return
    below = scratch if "FROM scratch" in row["dockerfile"] else there.image("base:2")
    made = build(row["dockerfile"], SMALL, host=there, builder=builder).image
    steps = made.history[len(below.history) :]
    assert expected["layers_added"] == len(made.layers) - len(below.layers)
    assert [words.partition("file:")[0] for words, _ in expected["history"]] == [
        step.created_by[:80].partition("file:")[0] for step in steps
    ]
    assert [sort == "empty" for _, sort in expected["history"]] == [step.empty_layer for step in steps]
    for listed, layer in zip(expected.get("layers", []), made.layers[len(below.layers) :], strict=True):
        assert sorted(name.partition(" ")[0] for name in listed) == held(layer)
        owned = {name.partition("/")[0]: 5 for name in listed if name.endswith("uid5")}
        assert owned == {path: entry.uid for path, entry in layer.entries.items() if entry.uid}


def context_of(name: str, dockerfile: str) -> Context:
    return files() | FIRST.get(name, {}) | ({"Dockerfile": saved(dockerfile.encode())} if name in INSIDE else {})


def states(made: Build, builder: str) -> list[str]:
    """Return what happened to each line; the record of Podman leaves out the stages that were not built."""
    return [step.state for step in made.steps if builder != "podman" or step.state != "not-run"]


@pytest.mark.parametrize(("name", "builder"), MATRIX, ids=[f"{builder}-{name}" for name, builder in MATRIX])
def test_a_second_build_reuses_and_runs_what_the_builder_reuses_and_runs(name: str, builder: str) -> None:
    row, there = RECORD["cache_matrix"][name], host()
    second = row.get("dockerfile_second", row["dockerfile"])
    first = build(
        row["dockerfile"], context_of(name, row["dockerfile"]), host=there, tag="first", builder=builder,
        **options(row.get("args", [])),
    )  # fmt: skip
    assert "run" == first.steps[1].state
    if name == "back_again":
        build(row["dockerfile"], files() | {"app.txt": saved(b"B\n", mtime=7)}, host=there, tag="b", builder=builder)
    context = CHANGES.get(name, dict)(context_of(name, second))
    given = row.get("args_second", row.get("args", []))
    again = build(second, context, host=there, tag="second", builder=builder, **options(given))
    assert row["second_build"][builder] == states(again, builder)
    # Without the cache everything is made again; that its bytes are then the same is the model's own.
    if "--no-cache" not in given:
        assert row["same_image_id"][builder] == (first.image == again.image)


FIVE = "FROM mine\nCOPY salt /salt\nCOPY app.txt /app.txt\nRUN cat /app.txt > /o\nLABEL a=1\n"
LETTERS = {"from": ".", "hit": "H", "run": "R", "no-step": "-", "not-run": "x"}


def letters(made: Build) -> str:
    return "".join(LETTERS[step.state] for step in made.steps)


def imported(change: str, time: str = "1") -> Image:
    """Return a base that was imported: a tar has a layer, and the import gives it a time and a configuration."""
    image = base(mounted=change != "layer")
    if change in ("label", "env"):
        image = (
            image.stepped(Step("", empty_layer=True), config={**image.config, change.capitalize() + "s": {"Q": "1"}})
            if change == "label"
            else Image(image.layers, image.history, {"config": {**image.config, "Env": ["PATH=/bin", "Q=1"]}})
        )
    return Image(image.layers, base().history, {"created": time, "config": dict(image.config)})


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("change", ["same", "label", "env", "layer"])
def test_another_base_is_noticed_as_the_builder_notices_it(builder: str, change: str) -> None:
    there = Host()
    there.add(imported("same"), "mine")
    first = build(FIVE, files(), host=there, builder=builder)
    there.add(imported(change, time="2"), "mine")
    again = build(FIVE, files(), host=there, builder=builder)
    assert RECORD["other"][f"base_changed_{change}"][builder] == [letters(first), letters(again)]
    if change == "env":
        # Podman takes the image of that time, with the variables that its base had.
        assert (builder != "podman") == ("Q=1" in again.image.config["Env"])


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_cache_goes_with_the_image_where_it_is_in_the_images(builder: str) -> None:
    there = Host()
    there.add(base(), "mine")
    first = build(FIVE, files(), host=there, tag="made", builder=builder)
    there.remove_image("made")
    again = build(FIVE, files(), host=there, tag="made", builder=builder)
    assert RECORD["other"]["after_rmi"][builder] == [letters(first), letters(again)]
    there.tag("made", "kept")
    there.remove_image("made")
    assert RECORD["other"]["after_untag_other_tag_left"][builder][1] == letters(
        build(FIVE, files(), host=there, builder=builder)
    )


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_image_that_only_arrives_brings_no_cache(builder: str) -> None:
    there, other = Host(), Host()
    for one in (there, other):
        one.add(base(), "mine")
    other.add(build(FIVE, files(), host=there, builder=builder).image, "made")
    assert RECORD["other"]["image_loaded_from_archive_no_local_cache"][builder][1] == letters(
        build(FIVE, files(), host=other, builder=builder)
    )


def test_what_an_old_image_alone_remembers_goes_with_it() -> None:
    there = Host()
    there.add(base(), "mine")
    build(FIVE, files(), host=there, tag="made", builder="classic")
    build(FIVE, files() | {"app.txt": saved(b"changed\n")}, host=there, tag="made", builder="classic")
    for image in there.untagged:
        there.remove_image(image.id)
    again = build(FIVE, files(), host=there, tag="made", builder="classic")
    assert RECORD["other"]["A_then_B_then_image_prune_then_A"]["classic"][1] == letters(again)


def test_buildkit_forgets_when_its_store_is_emptied() -> None:
    there = Host()
    there.add(base(), "mine")
    build(FIVE, files(), host=there, tag="made")
    there.builds.prune()
    assert RECORD["other"]["builder_prune_a"]["buildkit"][1] == letters(build(FIVE, files(), host=there))


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_build_that_failed_leaves_its_steps_for_the_next(builder: str) -> None:
    there = host()
    lines = "FROM base:2\nCOPY salt /salt\nRUN echo 1 > /a\nRUN "
    with pytest.raises(BuildError, match="Dockerfile line 4: RUN false") as failed:
        build(lines + "false", files(), host=there, builder=builder)
    assert ["from", "run", "run"] == [step.state for step in failed.value.steps]
    again = build(lines + "true", files(), host=there, builder=builder)
    assert RECORD["other"]["after_a_failed_build"][builder][1] == letters(again)


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_argument_that_only_metadata_uses_is_stale_in_podman(builder: str) -> None:
    there = host()
    lines = 'FROM base:2\nCOPY salt /salt\nARG V=1\nLABEL v=$V\nENV E=$V\nCMD ["x"]\n'
    build(lines, files(), host=there, tag="made", builder=builder, args={"V": "1"})
    again = build(lines, files(), host=there, tag="made", builder=builder, args={"V": "2"})
    row, said = RECORD["other"]["arg_in_label_and_env_second_build_V=2"][builder]
    label, env = said.split(" ", 1)
    assert row == letters(again)
    assert (label, env) == (again.image.config["Labels"]["v"], f"[{' '.join(again.image.config['Env'])}]")


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_argument_stands_in_the_history(builder: str) -> None:
    lines = "FROM base:2\nARG TOKEN\nRUN echo using $TOKEN > /dev/null\nENV E=1\n"
    made = build(lines, host=host(), builder=builder, args={"TOKEN": "hunter2"}).image
    expected = RECORD["other"]["arg_in_history"][builder]
    assert expected == [step.created_by for step in made.history[len(base().history) :]]


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_proxy_is_in_the_key_only_where_an_arg_line_declares_it(builder: str) -> None:
    for line, state in (("ENV A=1", "hit"), ("ARG HTTP_PROXY", "run")):
        there = host()
        lines = f"FROM base:2\n{line}\nRUN echo 1 > /x\n"
        build(lines, host=there, tag="made", builder=builder, args={"HTTP_PROXY": "http://a"})
        again = build(lines, host=there, tag="made", builder=builder, args={"HTTP_PROXY": "http://b"})
        assert state == again.steps[2].state


@pytest.mark.parametrize(("builder", "made"), [("classic", ["app0"]), ("buildkit", None), ("podman", None)])
def test_the_classic_builder_makes_a_removed_working_folder_again_for_metadata(
    builder: str, made: list[str] | None
) -> None:
    lines = "FROM base:2\nWORKDIR /app0\nRUN rm -rf /app0\nENV A=1\n"
    layer = build(lines, host=host(), builder=builder).steps[3].layer
    assert made == (list(layer.entries) if layer is not None else None)


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_copied_folder_gets_the_usual_mode(builder: str) -> None:
    context: Context = {"src/": Directory(mode=0o700), "src/a": b"1"}
    there = host()
    view = build("FROM base:2\nCOPY src /app/src", context, host=there, builder=builder).image.view()
    assert RECORD["other"]["mode_of_copied_top_dir_0700"][builder] == [
        f"{view[path].mode:o}" for path in ("app/src", "app")
    ]


@pytest.mark.parametrize(
    ("line", "before", "after", "state"),
    [
        ("COPY a /a", 1, 2, "run"),
        ("COPY --chown=1:2 a /a", 1, 2, "hit"),
        ("COPY --chown=1:2 a /a", 0, 1000, "run"),
        ("COPY --chown=1:2 a /a", 1, 0, "run"),
    ],
)
def test_podman_hashes_the_name_of_an_owner_that_it_changes_and_knows_root_alone(
    line: str, before: int, after: int, state: str
) -> None:
    there = host()
    build(f"FROM base:2\n{line}", {"a": File(b"1", uid=before, gid=before)}, host=there, builder="podman")
    again = build(f"FROM base:2\n{line}", {"a": File(b"1", uid=after, gid=after)}, host=there, builder="podman")
    assert state == again.steps[1].state


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("COPY --chown a.txt /x", BUILDERS),
        ('COPY --chown="1:2 a.txt /x"', BUILDERS),
        ('COPY --chown="1:2" a.txt /x', ()),
        ("RUN []", BUILDERS),
        ("VOLUME []", BUILDERS),
        ("SHELL []", BUILDERS),
        ("CMD []", ()),
        ("ONBUILD FROM x", BUILDERS),
        ("ONBUILD ONBUILD RUN true", BUILDERS),
        ("STOPSIGNAL NOPE", BUILDERS),
        ("STOPSIGNAL sigterm", ()),
        ("STOPSIGNAL 99", ()),
        ("EXPOSE x", ("classic", "buildkit")),
        ("EXPOSE 99999", ("classic", "buildkit")),
        ("EXPOSE 90-80", ("classic", "buildkit")),
        ("EXPOSE 80-90 $PORT 53/udp", ()),
        ("FROM scratch AS 1y", ("classic", "buildkit")),
        ("FROM scratch AS a+b", ("classic", "buildkit")),
        ("FROM scratch AS A-b_c.1", ()),
        ("ENV =1", ("classic", "buildkit")),
        ("ENV A =1", ()),
        ("LABEL a=1 =2", ("classic", "buildkit")),
        ("ARG =1", ("classic", "buildkit")),
        ("COPY a.txt b.txt /x", ("classic",)),
        ("COPY *.txt /x", ("classic",)),
        ("COPY *.txt /x/", ()),
    ],
)
def test_a_line_is_refused_by_the_builders_that_refuse_it(line: str, refused: tuple[str, ...]) -> None:
    """As docker build 20.10, with BuildKit and without, and podman build 4.3.1 did on 2026-11-30."""
    found = []
    for builder in BUILDERS:
        try:
            build(f"FROM base:2\n{line}", {"a.txt": b"1", "b.txt": b"2"}, host=host(), builder=builder)
        except (BuildError, DockerfileError):
            found.append(builder)
    assert set(refused) == set(found)


def test_layers_are_the_same_bytes_on_every_run() -> None:
    lines = "FROM base:2\nWORKDIR /srv\nCOPY --chown=5 src .\nRUN echo 1 > one && mkdir -p c/b\nRUN touch /etc/passwd"
    for builder in BUILDERS:
        made = [build(lines, files(), host=host(), builder=builder).image for _ in range(2)]
        assert made[0].diff_ids == made[1].diff_ids


def test_a_copy_makes_the_same_layer_on_every_base() -> None:
    there = host()
    lines = "FROM base:2\nRUN echo {} > /r\nCOPY src /srv/new/src"
    one, other = (build(lines.format(word), files(), host=there).image for word in ("1", "22"))
    assert one.layers[-1] == other.layers[-1]
    assert one.layers[-2] != other.layers[-2]


def test_a_file_given_as_bytes_counts_as_saved_when_its_bytes_change() -> None:
    there = Host()
    lines = "FROM scratch\nCOPY a /a"
    build(lines, {"a": b"one"}, host=there)
    assert ["from", "run"] == [step.state for step in build(lines, {"a": b"two"}, host=there).steps]


def test_a_stale_file_is_told_of() -> None:
    there = Host()
    lines = "FROM scratch\nCOPY a /a"
    build(lines, {"a": File(b"one", mtime=5)}, host=there)
    again = build(lines, {"a": File(b"two", mtime=5)}, host=there)
    assert ("hit", "a has the size and the time that it had, so it was not sent again") == (
        again.steps[1].state,
        again.steps[1].why,
    )
    assert b"one" == again.image.view()["a"].read()


WHY = {
    "content": (3, "content of app.txt"),
    "mode_x": (3, "mode of app.txt"),
    "new_file_in_dir": (4, "src/new is new"),
    "run_space": (5, "the words of the command"),
    "env_before": (5, "the variable MODE"),
    "arg_unused": (4, "the variable V"),
    "chown_flag": (3, "the owner"),
    "nocache": (1, "the cache was not asked"),
}


@pytest.mark.parametrize("name", WHY)
def test_a_step_that_runs_again_says_which_part_of_its_key_is_new(name: str) -> None:
    row, there = RECORD["cache_matrix"][name], host()
    build(row["dockerfile"], files(), host=there, **options(row.get("args", [])))
    again = build(
        row.get("dockerfile_second", row["dockerfile"]), CHANGES.get(name, dict)(files()), host=there,
        **options(row.get("args_second", [])),
    )  # fmt: skip
    place, words = WHY[name]
    assert words == again.steps[place].why
    later = [step.why for step in again.steps[place + 1 :] if step.state == "run"]
    assert [
        f"line {place + 1 + number} above it ran again" for number in range(len(later))
    ] == later or name == "nocache"


def test_a_step_that_was_never_built_does_not_say_that_a_line_above_it_ran_again() -> None:
    there, lines = host(), "FROM base:2\nRUN echo 1 > /one\nRUN echo 2 > /two"
    for builder in BUILDERS:
        first = build(lines, host=there, builder=builder)
        assert ["", "never built before", "never built before"] == [step.why for step in first.steps]
        other = build(lines.replace("1", "3").replace("2 > /two", "4 > /four"), host=there, builder=builder)
        assert "never built before" == other.steps[2].why
        again = build(lines.replace("1", "5"), host=there, builder=builder)
        assert "line 2 above it ran again" == again.steps[2].why


def test_why_a_line_runs_whose_words_are_known() -> None:
    lines = ["FROM base:2", "COPY app.txt /a", "COPY src /srv"]
    for builder in BUILDERS:
        there = host()
        build("\n".join(lines), files(), host=there, builder=builder)
        moved = build("\n".join((lines[0], *reversed(lines[1:]))), files(), host=there, builder=builder)
        assert ["", "other lines above it", "line 2 above it ran again"] == [step.why for step in moved.steps]
        there.add(scratch.with_layer(Layer.of({"etc/motd": b"hi"})), "other")
        based = build("\n".join(("FROM other", *lines[1:])), files(), host=there, builder=builder)
        assert "another base below it" == based.steps[1].why


def test_a_first_build_of_two_stages_calls_no_line_of_its_own_an_earlier_one() -> None:
    text = "FROM base:2 AS one\nCOPY app.txt /a\nFROM base:2\nCOPY --from=one /a /b"
    made = build(text, files(), host=host())
    assert ["", "never built before", "", "never built before"] == [step.why for step in made.steps]


def test_a_secret_mount_is_refused_with_what_to_use() -> None:
    with pytest.raises(BuildError, match=r"no secret mounts\. Copy the secret in a first stage"):
        build("FROM base:2\nRUN --mount=type=secret,id=key cat /run/secrets/key", files(), host=host())


def test_classic_sends_all_of_the_context_and_buildkit_what_is_copied_and_new() -> None:
    context: Context = {"junk": filler(50_000_000), "app": b"12345", ".dockerignore": b"none"}
    there = host()
    lines = "FROM base:2\nCOPY app /app"
    sent = [build(lines, context, host=there, builder=builder).sent for builder in ("classic", "buildkit", "buildkit")]
    assert sent[0] > 50_000_005
    assert [5, 0] == sent[1:]
    ignored = build(lines, {**context, ".dockerignore": b"junk"}, host=there, builder="classic")
    assert ignored.sent < 100


def test_buildkit_does_not_see_the_new_mode_of_a_folder_that_it_has_and_copies_it_with_the_next_change() -> None:
    def files(mode: int, data: bytes) -> dict[str, Spec]:
        return {"d/": Directory(), "d/sub/": Directory(mode=mode), "d/x": data}

    there, lines = Host(), "FROM scratch\nCOPY d /d"
    builds = [build(lines, files(*each), host=there) for each in ((0o755, b"1"), (0o700, b"1"), (0o700, b"2"))]
    assert ["run", "hit", "run"] == [made.steps[1].state for made in builds]
    assert [0o755, 0o755, 0o700] == [made.image.view()["d/sub"].mode for made in builds]
    # A builder that has nothing of the context yet sees it, and so do the others, which take all of the context.
    assert builds[2].image.layers != build(lines, files(0o755, b"2"), host=Host()).image.layers


def test_podman_makes_the_folder_of_the_last_workdir_alone_and_only_with_the_next_step() -> None:
    lines = "FROM scratch\nWORKDIR a\nWORKDIR /b\nCOPY x /x"
    made = build(lines, {"x": b"1"}, builder="podman")
    assert [None, None, {"b", "x"}] == [each.layer and set(each.layer.entries) - {""} for each in made.steps[1:]]
