"""The learner's own image: where it comes from, what is asked about it, and what becomes of the lighter one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import layerlab as ll
from layerlab import Directory, File, Image, Layer, OwnImage, build, check, own_image, predict, relayer, save, scratch
from layerlab.course import answers
from layerlab.course.bank import lesson, question
from layerlab.course.lighter import missing
from layerlab.course.own_image import TAKEN, OwnImageError, changed_last
from layerlab.course.starts import START
from layerlab.course.then_and_now import your_answers
from layerlab.model.history import base_height

BASE = scratch.with_layer(Layer.of({"bin/sh": b"shell", "etc/motd": b"hi"}), "ADD base /").with_config(
    cmd=["sh"], created_by="CMD sh"
)
SHOP = BASE.with_layer(Layer.of({"lib/deps": b"12345"}), "COPY deps /lib/").with_layer(
    Layer.of({"srv/app/main": b"123", "srv/app/help": b"1"}), "COPY app /srv/app"
)


def solved(mine: OwnImage) -> Image:
    return relayer(mine.image, mine.base, *mine.changing)


def test_an_archive_is_taken_with_its_name_its_base_and_what_was_copied_last(tmp_path: Path) -> None:
    save({"registry.example/team/shop:2": SHOP}, tmp_path / "any.tar")
    mine = own_image(tmp_path / "any.tar")
    assert ("shop", SHOP, 1, ("srv/app",)) == (mine.name, mine.image, mine.base, mine.changing)
    assert (4, 4, 16) == (mine.release, mine.changing_size, mine.visible)


def test_an_image_of_lesson_06_is_taken_as_it_is() -> None:
    host = ll.Host()
    host.add(BASE, "base")
    made = build("FROM base\nCOPY app /srv/app\n", {"app": b"123"}, host=host).image
    mine = own_image(made)
    assert ("image", made, 1, ("srv/app",)) == (mine.name, mine.image, mine.base, mine.changing)
    assert "shop" == own_image(made, name="shop").name


def test_what_the_learner_says_of_an_image_is_taken() -> None:
    mine = own_image(SHOP, base=2, changing=["/srv/app/main"])
    assert (2, ("srv/app/main",), 3, 4) == (mine.base, mine.changing, mine.changing_size, mine.release)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (lambda: own_image(SHOP, base=3), "image: this image has 3 layers: it can keep 0 to 2 of them, not 3"),
        (
            lambda: own_image(SHOP, changing=["srv/ap"]),
            "image: the layers above those that are kept do not show /srv/ap",
        ),
        (lambda: own_image("search", base=9), "search: this image has 7 layers: it can keep 0 to 6 of them, not 9"),
        (lambda: own_image("search", base="2"), "base is a number of layers, such as 2, not '2'"),  # type: ignore[arg-type]
        (lambda: own_image(5), "an image is a text such as 'search', a path or an image, not 5"),  # type: ignore[arg-type]
        (lambda: own_image(scratch), f"an image without layers cannot be made lighter. {TAKEN}"),
        (lambda: own_image("serch"), "no image and no file is called 'serch': did you mean 'search'?"),
        (lambda: own_image("nosuch"), f"no image and no file is called 'nosuch'. {TAKEN}"),
        (lambda: own_image(""), f"no image and no file is called ''. {TAKEN}"),
    ],
)
def test_what_cannot_be_taken_is_one_line(image: Callable[[], OwnImage], says: str) -> None:
    with pytest.raises(OwnImageError) as error:
        image()
    assert says == str(error.value)


def test_a_file_or_a_folder_that_is_no_archive_is_told_with_what_can_be_taken(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n" * 200)
    for path, says in ((tmp_path, "no image archive"), (tmp_path / "notes.txt", "no tar header")):
        with pytest.raises(OwnImageError, match=rf"cannot be read as an image: .*{says}.*search, orders or mailer"):
            own_image(path)


def test_of_an_archive_with_several_images_it_is_said_that_the_first_is_taken(tmp_path: Path) -> None:
    save({"one:1": SHOP, "two:1": BASE}, tmp_path / "any.tar")
    told = str(own_image(tmp_path / "any.tar"))
    assert "The archive has 2 images, and this is the first image, one:1, linux/amd64." in told
    assert "own_image(load(FILE)[1])" in told
    assert BASE == own_image(ll.load(tmp_path / "any.tar")[1]).image
    save({"one:1": SHOP}, tmp_path / "alone.tar")
    assert "The archive has" not in str(own_image(tmp_path / "alone.tar"))


def test_a_file_below_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    save({"shop": SHOP}, tmp_path / "any.tar")
    assert SHOP == own_image("~/any.tar").image


def test_a_notebook_shows_the_lines_of_the_error_and_no_traceback() -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    with capture_output() as shown:
        shell = InteractiveShell()  # type: ignore[no-untyped-call]
        shell.run_cell('from layerlab import own_image\nown_image("nosuch")')  # type: ignore[no-untyped-call]
    first, *others = shown.stdout.splitlines()
    assert "own_image: no image and no file is called 'nosuch'." == first
    assert 3 == len(others)
    assert "Traceback" not in shown.stdout


@pytest.mark.parametrize("word", ["docker:shop", "podman:shop"])
def test_without_an_engine_one_line_says_what_to_start(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    with pytest.raises(OwnImageError, match=r"no engine answers at unix:///no/such\.sock.* prepared image: search"):
        own_image(word)
    with pytest.raises(OwnImageError, match=r"docker: names no image: write docker:NAME"):
        own_image("docker:")


def test_the_base_is_below_the_last_line_that_says_what_to_start() -> None:
    two = BASE.with_layer(Layer.of({"x": b"1"}), "RUN x").with_config(entrypoint=["y"], created_by="ENTRYPOINT y")
    top = two.with_layer(Layer.of({"z": b"1"}), "COPY z /").with_config(cmd=["z"], created_by="CMD z")
    assert [2, 1, 1, 0] == [base_height(image) for image in (top, two, SHOP, scratch.with_layer(Layer.of({"a": b"1"})))]


def test_what_changes_is_found_without_a_copy_and_in_several_places() -> None:
    run = BASE.with_layer(Layer.of({"srv/x": b"1", "etc/y": b"2"}), "RUN make")
    assert ("etc", "srv") == changed_last(run, 1)
    gone = run.with_layer(Layer.of({"srv/": ll.OPAQUE, "etc/y": ll.WHITEOUT}), "RUN rm")
    assert () == changed_last(gone, 1)
    assert "What a new version changes is not known: give changing=[...]." == own_image(gone).sentence


def test_a_copied_file_changes_although_a_later_step_gave_it_a_mode() -> None:
    image = SHOP.with_layer(
        Layer.of({"srv/app/main": File(b"123", mode=0o755), "lib/deps": File(b"12345")}), "RUN chmod"
    )
    assert ("srv/app",) == changed_last(image, 1)


def test_four_ways_are_weighed_and_one_of_them_is_the_lightest() -> None:
    mine = own_image("search")
    assert {
        "one layer": (15_000_000, 15_000_000),
        "the base, one layer": (7_000_000, 7_000_000),
        "the base, what changes, the rest": (7_000_000, 7_000_000),
        "the base, the rest, what changes": (7_000_000, 1_000_000),
    } == mine.ways
    assert "the base, the rest, what changes" == mine.lightest
    # The image that a learner makes is weighed like the ways.
    assert mine.ways[mine.lightest] == mine.weigh(solved(mine))
    assert (26_000_059, 26_000_059) == mine.weigh(mine.image)


def test_a_way_that_makes_the_same_layers_as_the_right_one_is_no_wrong_answer() -> None:
    # All that is above the base changes, so that no layer of the rest is left.
    mine = own_image(SHOP, base=2)
    asked = question("10.split", own=mine)
    assert ["one layer", "the base, the rest, what changes"] == [option.value for option in asked.options]


def test_an_image_without_faults_is_told_to_have_none() -> None:
    assert "nothing to mend" in str(own_image(solved(own_image("search"))))
    assert "nothing to mend" not in str(own_image("search"))


@pytest.mark.parametrize(
    ("make", "yours"),
    [
        (lambda mine: mine.image.squash(), ["15.0 MB", "15.0 MB"]),
        (lambda mine: relayer(mine.image, mine.base), ["7.00 MB", "7.00 MB"]),
        (solved, ["7.00 MB", "1.00 MB"]),
    ],
)
def test_a_check_weighs_each_try_beside_the_image_before(make: Callable[[OwnImage], Image], yours: list[str]) -> None:
    verdict = check("10.lighter", make, own_image("search"))
    before, after = str(verdict).splitlines()[-2:]
    assert ["before", "26.0", "MB", "26.0", "MB"] == before.split()
    assert ["yours", *" ".join(yours).split()] == after.split()
    assert '<th scope="col"' in verdict._repr_mimebundle_()["text/html"]


def test_a_try_that_is_no_image_is_not_weighed() -> None:
    assert [] == check("10.lighter", lambda mine: 5, own_image("search")).weighed


def test_a_card_tells_of_a_step_only_what_its_picture_does_not() -> None:
    situation = question("10.live").situation
    assert "Layer 4 is <code>RUN fetch</code>: /var/cache 12.0 MB, /opt/deps 6.00 MB." in situation
    assert "COPY search" not in situation


def test_an_image_without_files_can_be_asked_about() -> None:
    links = BASE.with_layer(Layer.of({"bin/": ll.OPAQUE, "etc/": ll.OPAQUE, "a": ll.Symlink("b")}), "RUN x")
    assert 0 == links.size - BASE.size - 1
    assert question("10.delete", own=own_image(links)).truth == links.size


@pytest.mark.parametrize("name", START)
def test_each_start_has_its_faults_and_the_solution_mends_them(name: str) -> None:
    mine = own_image(name)
    assert mine.dead > 10_000_000
    assert mine.release > mine.changing_size
    assert check("10.lighter", solved, mine).done
    assert mine.lighter == solved(mine)


def test_a_check_of_the_prepared_image_leaves_others_alone() -> None:
    mine = own_image(SHOP)
    assert check("10.lighter", solved).done
    assert mine.lighter is None


ONE = START["orders"].build()
UNLIKE = {
    "/srv/orders is missing.": Layer.of({"srv/orders": ll.WHITEOUT}),
    "/new is new: the image has to show the same files.": Layer.of({"new": b"1"}),
    "/etc/runtime has other bytes than before.": Layer.of({"etc/runtime": b"2.20\n"}),
    "/etc/runtime has the mode 600, and it had 644.": Layer.of({"etc/runtime": File(b"1.20\n", mode=0o600)}),
    "/etc/runtime belongs to 5:6, and it belonged to 0:0.": Layer.of({"etc/runtime": File(b"1.20\n", uid=5, gid=6)}),
    "/tmp has the mode 755, and it had 1777.": Layer.of({"tmp/": Directory()}),
    "/etc/runtime has other extended attributes than before.": Layer.of(
        {"etc/runtime": File(b"1.20\n", xattrs={"user.a": b"1"})}
    ),
}


@pytest.mark.parametrize("says", UNLIKE)
def test_a_difference_is_named(says: str) -> None:
    assert says == missing(own_image("orders"), ONE.with_layer(UNLIKE[says]))


def test_a_verdict_says_of_a_layer_only_what_it_hides() -> None:
    mine = own_image("search")
    says = "layer 5 hides /var/cache/fetch/packages.bin. In all, 4 files are hidden."
    assert f"19.0 MB of the image are still dead: {says}" == missing(mine, mine.image)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda mine: relayer(mine.image, mine.base, mine.changing), "write a star before a list"),
        (lambda mine: relayer(mine, mine.base, *mine.changing), "write .image after the first name"),
        (lambda mine: mine, "take `mine.image`"),
    ],
)
def test_a_probable_mistake_is_told_what_to_write(make: Callable[[OwnImage], object], says: str) -> None:
    assert says in str(check("10.lighter", make, own_image()))


def test_without_a_solution_one_reads_what_an_engine_said_of_it(tmp_path: Path) -> None:
    assert "Podman 4.3.1 loaded the image of the solution" in str(own_image().ship(tmp_path))
    assert "Podman 4.3.1" not in str(own_image("orders").ship(tmp_path))


def test_another_time_of_a_file_is_no_difference() -> None:
    mine = own_image("orders")
    later = solved(mine).with_layer(Layer.of({"srv/": Directory(mtime=99)}))
    assert "" == missing(mine, later)


def test_other_settings_and_hard_links_that_are_parted_are_differences() -> None:
    mine = own_image("orders")
    other = missing(mine, solved(mine).with_config(env={"A": "1"}))
    assert 'other settings: Env is ["A=1"], and it was not set. The settings have to stay as they are.' in other
    assert 'Labels is {"team": "shop"}' in missing(mine, solved(mine).with_config(labels={"team": "shop"}))
    linked = own_image(BASE.with_layer(Layer.of({"a": b"1", "b": ll.HardLink("a")}), "COPY a b /"))
    parted = BASE.with_layer(Layer.of({"a": b"1", "b": b"1"}), "COPY a b /")
    assert "Some files are not hard links to each other any more." == missing(linked, parted)


def test_questions_are_about_the_image_that_was_chosen(new_learner: Path) -> None:
    mine, prepared = own_image("mailer"), own_image()
    assert "10.live" == predict("10.live", image=prepared).question.name
    asked = predict("10.live", image=mine).question
    assert (mine.visible, mine.key) == (asked.truth, asked.name.partition("@")[2])
    assert "RUN rm -r /src /usr/local/bin/compiler" in asked.situation
    assert ("", "") == (asked.docker, asked.printed)
    other = own_image("mailer", changing=["srv/templates"])
    assert other.key != mine.key
    assert own_image("search", base=1).key


def test_a_question_of_another_lesson_is_not_about_an_image_of_ones_own() -> None:
    with pytest.raises(
        ValueError, match=r"01\.delete is not about an image of your own: only the questions of lesson 10"
    ):
        predict("01.delete", image=own_image("mailer"))


@pytest.mark.parametrize("image", [SHOP, scratch.with_layer(Layer.of({"a": b"1"})), BASE.with_layer(Layer.of({}))])
@pytest.mark.parametrize("name", [name for name in lesson("10").asks if name != "10.puzzle"])
def test_each_question_can_be_asked_about_any_image(name: str, image: Image) -> None:
    asked = question(name, own=own_image(image))
    assert 1 == sum(option.truth for option in asked.options)
    assert asked.truth not in [option.value for option in asked.options if not option.truth]
    assert str(predict(name, image=own_image(image)).reveal())


def test_a_card_says_what_was_said_in_the_earlier_lesson(new_learner: Path) -> None:
    first = predict("01.delete")
    first.reveal().press("sure", {"answer": "A", "because": "a"})
    now = predict("10.delete", image=own_image("mailer"))
    now.reveal().press("guess", {"answer": "27.5 MB"})
    assert "In the lesson you said" in now.reveal().widget.markup


def test_then_and_now_are_compared_when_a_question_was_answered_twice(new_learner: Path) -> None:
    predict("04.squash").reveal().press("guess", {"answer": "A", "because": "a"})
    assert [] == list(your_answers().rows)
    predict("10.squash", image=own_image("mailer")).reveal().press("sure", {"answer": "18.5 MB"})
    predict("00.one-byte").reveal().press("sure", {"answer": "1 B"})
    predict("00.one-byte", seed=9).reveal().press("guess", {"answer": "150 kB"})
    rows = your_answers().rows
    assert ["00.one-byte", "04.squash"] == [row.id for row in rows]
    assert ("1 B (sure), not right", "150 kB (a guess), right") == rows[0][2:]
    assert "18.5 MB (sure), right" == rows[1].now
    html = your_answers()._repr_mimebundle_()["text/html"]
    # JupyterLab sets the words of a table to the right, unless they say where they stand.
    assert '<td style="text-align:left">04</td>' in html


def test_an_answer_about_an_image_that_is_not_here_is_told_without_a_verdict(
    new_learner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict("04.squash").reveal().press("guess", {"answer": "A", "because": "a"})
    predict("10.squash", image=own_image("mailer")).reveal().press("sure", {"answer": "18.5 MB"})
    monkeypatch.setattr("layerlab.course.predict._asked", {})
    assert "18,500,000 B (sure)" == your_answers().rows[0].now


def test_a_damaged_file_of_answers_gives_no_rows(new_learner: Path) -> None:
    (new_learner / answers.NAME).write_text("{")
    assert () == your_answers().rows
    (new_learner / answers.NAME).write_text(
        json.dumps({"layerlab answers": 1, "questions": {"99.x": [{}], "99.x#1": [{}]}})
    )
    assert () == your_answers().rows


def test_nothing_is_saved_before_a_check_is_done(tmp_path: Path) -> None:
    said = str(own_image("orders").ship(tmp_path))
    assert said.startswith("Not yet: no check has said Done. After that, this cell saves orders-lighter.tar")
    assert [] == list(tmp_path.iterdir())


def test_without_an_engine_the_archive_is_saved_and_one_line_says_what_would_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    mine = own_image("orders")
    assert check("10.lighter", solved, mine).done
    first, second = str(mine.ship(tmp_path)).splitlines()
    assert "Saved orders-lighter.tar, 18.5 MB, image id " in first
    assert "No Docker or Podman answers here." in second
    assert "`podman load --input orders-lighter.tar`" in second
    (again,) = ll.load(tmp_path / "orders-lighter.tar")
    assert (mine.lighter, ("orders:lighter",)) == (again, again.names)


def test_an_image_of_many_steps_shows_its_last_ten() -> None:
    image = BASE
    for number in range(14):
        image = image.with_layer(Layer.of({f"srv/{number}": b"1"}), f"RUN step {number}")
    assert ("", "4 steps before these") == own_image(image).steps[0]
    assert "RUN step 13" == own_image(image).steps[-1][1]
