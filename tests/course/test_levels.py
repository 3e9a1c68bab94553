"""Every level is proven: its start fails, its way is a shortest one, its facts refuse all that leads elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from layerlab.benches.verbs import VERBS
from layerlab.course.bank import LESSONS
from layerlab.course.beliefs import BELIEFS
from layerlab.course.levels.bench_level import LEVEL_BENCHES
from layerlab.course.levels.catalogue import ALL, LEVELS
from layerlab.course.levels.facts import Fact, facts_of
from layerlab.course.levels.goal_bench import GoalBench
from layerlab.course.levels.host_facts import HOST_FACTS
from layerlab.course.levels.host_level import LevelBench, level
from layerlab.course.levels.level import AnyLevel, BenchLevel, Cheat, Level, WrongWay, played
from layerlab.course.levels.reading import LevelError, Reading
from layerlab.course.levels.shortest import Way, shortest
from layerlab.model.host import Host
from layerlab.picture.goal import Wanted
from tests.benches.paged import fill, options, page, press, texts, words

ON_HOSTS = [each for each in ALL if isinstance(each, Level)]
ON_BENCHES = [each for each in ALL if isinstance(each, BenchLevel)]
WRONG = [(each, wrong) for each in ALL for wrong in each.wrong]
CHEATS = [(each, cheat) for each in ALL for cheat in each.cheats]
FOUND: dict[str, list[Way]] = {}


def named(case: object) -> str:
    if isinstance(case, AnyLevel):
        return case.id
    if isinstance(case, WrongWay | Cheat):
        last = case.way[-1] if isinstance(case.way[-1], str) else " ".join(map(str, case.way[-1][:2]))
        return last.rpartition("|")[0].strip() or last
    return str(case)


every_level = pytest.mark.parametrize("each", ALL, ids=named)
every_level_on_a_host = pytest.mark.parametrize("each", ON_HOSTS, ids=named)
every_level_on_a_bench = pytest.mark.parametrize("each", ON_BENCHES, ids=named)


def ways(each: AnyLevel) -> list[Way]:
    """All shortest ways; searched once for each level."""
    if each.id not in FOUND:
        FOUND[each.id] = shortest(each)
    return FOUND[each.id]


def bench_of(each: AnyLevel) -> GoalBench:
    table: GoalBench = level(each.id)
    return table


def do(table: GoalBench, step: Any) -> None:
    """Type a line, or do an act on a bench without lines."""
    if isinstance(table, LevelBench):
        table.type(step)
    else:
        table.act(step)


def done(each: AnyLevel, way: Sequence[Any]) -> GoalBench:
    """A level's bench on which the steps of a way were done."""
    table = bench_of(each)
    for step in way:
        do(table, step)
        assert not table.refusing, (step, table.scene.sentence)
    return table


def test_each_lesson_has_two_levels() -> None:
    # Lesson 10 is one task from end to end, on an image of one's own.
    assert [number for number in LESSONS if number != "10" for _ in range(2)] == [
        each.id.partition(".")[0] for each in ALL
    ]
    assert len(LEVELS) == len(ALL)


@every_level
def test_the_start_is_not_the_goal_and_the_way_leads_to_it(each: AnyLevel) -> None:
    assert not each.solved(each.first)
    table = done(each, each.way)
    assert table.solved
    assert f"Solved in {len(each.way)} acts. The shortest way known has {len(each.way)}." == table.verdict
    assert list(each.way) == table.steps_done


@every_level
def test_the_way_is_one_of_the_shortest_that_a_search_finds(each: AnyLevel) -> None:
    assert each.way in ways(each)


@every_level
def test_every_way_that_the_search_finds_reaches_the_goal_by_typing_too(each: AnyLevel) -> None:
    assert [] == [way for way in ways(each)[:8] if not done(each, way).solved]


@every_level
def test_every_fact_refuses_something(each: AnyLevel) -> None:
    """A fact that neither the start nor a wrong way nor a cheat misses would be one that nobody has tried."""
    tried = [(), *(wrong.way for wrong in each.wrong), *(cheat.way for cheat in each.cheats)]
    assert set(each.facts) == {fact for lines in tried for fact in each.unlike(each.read(each.at(lines)))}


@pytest.mark.parametrize(("each", "wrong"), WRONG, ids=named)
def test_the_way_of_a_belief_fails_and_gets_the_beliefs_sentence(each: AnyLevel, wrong: WrongWay) -> None:
    table = done(each, wrong.way)
    assert not table.solved
    assert BELIEFS[wrong.belief].says in table.belief
    assert table.belief.endswith(f"This way would work if {wrong.right_if}.")
    assert table.verdict.startswith("Not yet. ")
    assert all(difference in texts(table) for difference in each.differences(table.found))


@every_level
def test_no_shortest_way_is_called_a_wrong_one_before_it_ends(each: AnyLevel) -> None:
    told = [(way, length) for way in ways(each) for length in range(1, len(way)) if each.taken(way[:length])]
    assert [] == told


@pytest.mark.parametrize(("each", "cheat"), CHEATS, ids=named)
def test_a_cheat_is_refused_by_exactly_the_facts_that_are_named(each: AnyLevel, cheat: Cheat) -> None:
    found = each.read(done(each, cheat.way).place)
    assert cheat.facts == each.unlike(found)


@pytest.mark.parametrize(("each", "cheat"), CHEATS, ids=named)
def test_without_the_named_facts_the_cheat_would_pass(each: AnyLevel, cheat: Cheat) -> None:
    loose = replace(each, facts=tuple(fact for fact in each.facts if fact not in cheat.facts))
    assert loose.solved(loose.at(cheat.way))


def test_the_search_finds_a_cheat_that_is_shorter_where_a_fact_is_left_out() -> None:
    whole = LEVELS["02.empty-layer"]
    loose = replace(whole, facts=tuple(fact for fact in whole.facts if fact.kind != "file"))
    assert [("docker exec job rm /var/lib/shop/catalog.db",)] == shortest(loose)


@every_level_on_a_host
def test_lines_are_written_as_a_transcript_writes_them(each: Level) -> None:
    for lines in (each.way, *(wrong.way for wrong in each.wrong), *(cheat.way for cheat in each.cheats)):
        table = played(each.images, (*each.start, *lines))
        assert (*each.start, *lines) == tuple(table.written(act).docker for act in table.acts)


@every_level
def test_the_goals_picture_has_a_row_for_each_fact_and_nothing_else(each: AnyLevel) -> None:
    table = bench_of(each)
    rows = [mark for mark in table.scene.marks if mark.key.startswith("goal:") and "/" in mark.key]
    assert len(each.facts) == len(rows)
    assert [row.words for row in table.wanted] == [mark.labels[0].text for mark in rows]
    assert {row.words for row in table.wanted if row.now} == {m.labels[0].text for m in rows if len(m.labels) > 1}
    assert len({(row.head, row.words) for row in table.wanted}) == len(each.facts)


@every_level
def test_the_picture_ticks_what_the_check_accepts_after_every_act(each: AnyLevel) -> None:
    for lines in (each.way, *(wrong.way for wrong in each.wrong), *(cheat.way for cheat in each.cheats)):
        table = bench_of(each)
        for line in lines:
            do(table, line)
            unlike = each.unlike(each.read(table.place))
            assert [fact in unlike for fact in each.facts] == [bool(row.now) for row in table.wanted]
            assert len(each.differences(table.found)) <= len(unlike)
            assert table.solved == (not unlike)


@every_level
def test_a_level_says_nothing_of_its_way_before_it_is_solved(each: AnyLevel) -> None:
    table = bench_of(each)
    shown = texts(table) + str(table) + table._repr_mimebundle_()["text/html"].partition("<details>")[0]
    if isinstance(each, Level):
        assert not [line for line in each.way if line not in each.start and line in shown]
    assert "shortest" not in shown


@every_level
def test_words_are_short_sentences_and_the_bench_has_few_controls(each: AnyLevel) -> None:
    for text in (each.task, *each.hints, *(f"This way would work if {every.right_if}." for every in each.wrong)):
        assert text.endswith((".", "?"))
        assert [] == [part for part in text.split(". ") if len(part.split()) > 21]
    if isinstance(each, Level):
        assert {*each.verbs} <= {*VERBS}
    assert each.hints
    assert each.wrong


def test_by_pressing_alone() -> None:
    table = level("02.empty-layer")
    fill(table, "container", "job")
    press(table, "delete")
    assert "In job, /var/lib/shop/catalog.db is not there; the goal says 20.0 MB." in texts(table)
    assert "A whiteout removes the file from the layer below." in texts(table)
    press(table, "start-over")
    fill(table, "container", "job")
    for key in ("stop", "remove", "run"):
        press(table, key)
    assert table.solved
    press(table, "back") if table.steps else table.undo()
    assert "Not yet." in texts(table)


@every_level_on_a_host
def test_whatever_is_pressed_the_picture_says_what_the_check_says(each: Level) -> None:
    table, chance = LevelBench(each), Random(each.id)
    for _ in range(20):
        for name in each.choose:
            if offered := options(table, name):
                fill(table, name, chance.choice(offered))
        keys = [key for node in page(table).iter() if (key := node.get("data-press"))]
        press(table, chance.choice([key for key in keys if key not in ("type", "start-over", *each.choose)]))
        unlike = each.unlike(each.read(table.host))
        assert [fact in unlike for fact in each.facts] == [bool(row.now) for row in table.wanted]
        assert (not unlike) == table.verdict.startswith("Solved in ")
        assert all(row.words in str(table) for row in table.wanted)


@every_level_on_a_bench
def test_what_can_be_pressed_on_a_bench_is_what_the_search_tries(each: BenchLevel) -> None:
    table, chance = LEVEL_BENCHES[each.bench](each), Random(each.id)
    for _ in range(30):
        offered, before = list(table.offered()), table.acts
        for field in page(table).iter("select"):
            fill(table, field.get("name", ""), chance.choice(options(table, field.get("name", ""))))
        offered += [*table.offered()]
        kinds = [key for node in page(table).iter("button") if (key := node.get("data-press"))]
        press(table, chance.choice([key for key in kinds if key not in ("start-over", "back", "forward")]))
        assert {*table.acts} <= {*before, *offered}
        unlike = each.unlike(each.read(table))
        assert [fact in unlike for fact in each.facts] == [bool(row.now) for row in table.wanted]
        assert (not unlike) == table.verdict.startswith("Solved in ")


@every_level_on_a_bench
def test_to_go_back_and_to_start_over_keep_the_start_of_a_level(each: BenchLevel) -> None:
    table = done(each, each.way)
    for _ in range(len(each.way) + 1):
        table.undo()
    assert ([], each.start) == (table.steps_done, table.acts)
    assert table.verdict.startswith("Not yet. ")
    table.redo()
    table.start_over()
    assert ([], each.start) == (table.steps_done, table.acts)


def test_a_build_level_by_pressing_alone() -> None:
    table = level("06.no-key")
    fill(table, "line", 3)
    for key in ("down", "down", "down", "build"):
        assert not table.solved
        press(table, key)
    assert table.solved
    assert "Solved in 4 acts. The shortest way known has 4." == table.verdict


def test_a_registry_level_by_pressing_alone() -> None:
    table = level("07.new-machine")
    press(table, "forget")
    press(table, "release")
    press(table, "push:shop")
    press(table, "push:blog")
    assert "A registry tells each client which blobs it has." in texts(table)
    press(table, "start-over")
    for key in ("release", "push:shop", "push:blog", "forget"):
        press(table, key)
    assert table.solved


@pytest.mark.parametrize(
    "way",
    [
        (("release", "2"), ("push", "shop"), ("push", "shop"), ("pull", "shop"), ("run",)),
        (("push", "shop"), ("release", "2"), ("push", "shop"), ("pull", "shop"), ("run",)),
        (("release", "2"), ("push", "shop"), ("pull", "shop"), ("pull", "shop"), ("run",)),
    ],
)
def test_one_push_or_pull_too_many_does_not_count_as_bytes_of_an_image(way: Way) -> None:
    table = level("07.release-only")
    for step in way:
        do(table, step)
    assert table.solved
    assert not table.belief


def test_before_the_first_pull_the_server_has_fetched_nothing() -> None:
    table = level("07.release-only")
    for step in (("push", "shop"), ("push", "shop")):
        do(table, step)
    assert "fetched are 0 B" in table.verdict


def test_a_process_level_by_pressing_alone() -> None:
    table = level("08.no-zombie")
    for key in ("orphan", "tick-10"):
        press(table, key)
    assert "A process that has ended is gone from the table." in texts(table)
    press(table, "init")
    for key in ("run", "orphan", "tick-10"):
        press(table, key)
    assert table.solved


def test_a_disks_level_by_pressing_alone() -> None:
    table = level("09.small-change")
    fill(table, "run", 10)
    fill(table, "change", "add 1 byte")
    press(table, "driver:metacopy")
    assert "Changing one byte costs one byte." in texts(table)
    press(table, "driver:btrfs")
    assert table.solved


def test_hints_come_one_by_one_when_they_are_asked_for() -> None:
    table = level("02.empty-layer")
    first, second = table.level.hints
    assert "Hint" == words(table, "hint")
    assert first not in texts(table)
    press(table, "hint")
    assert "Next hint" == words(table, "hint")
    assert (True, False) == (first in texts(table), second in texts(table))
    press(table, "hint")
    press(table, "hint")
    assert 1 == texts(table).count(second)
    assert not table.solved


def test_an_act_that_the_level_is_not_about_is_refused() -> None:
    table = level("02.empty-layer")
    table.type("docker commit job shop:2")
    assert table.refusing
    assert "Take one of its buttons, Run a container, Stop, Start, Remove, Delete a file" in table.now.sentence
    assert "Not yet." in texts(table)


def test_force_is_refused_by_its_name_where_remove_is_a_button() -> None:
    table = level("02.empty-layer")
    table.type("docker rm -f job")
    assert table.refusing
    assert "--force (-f) is not part of this level. Type docker rm job." in table.now.sentence


def test_to_look_is_allowed_and_does_not_count() -> None:
    table = level("02.empty-layer")
    for line in ("docker ps -a -s", "docker exec job ls /var/lib/shop", *table.level.way):
        table.type(line)
    assert "Solved in 3 acts. The shortest way known has 3." == table.verdict


def test_a_longer_way_is_counted_and_a_solved_level_can_be_left_again() -> None:
    table = level("02.empty-layer")
    for line in ("docker stop job", "docker start job", *table.level.way):
        table.type(line)
    assert "Solved in 5 acts. The shortest way known has 3." == table.verdict
    table.type("docker stop job")
    assert "Not yet. job is stopped; the goal says running." == table.verdict


def test_close_sizes_are_told_to_the_byte() -> None:
    found = Reading(20_000_001, "20.0 MB", "20,000,001 B"), Reading(20_000_000, "20.0 MB", "20,000,000 B")
    assert "This host stores 20,000,001 B; the goal says 20,000,000 B." == Fact("bytes").difference(*found)


def test_a_thing_that_is_not_there_is_not_the_same_as_one_that_is_empty() -> None:
    table = level("02.empty-layer")
    for line in table.level.way[:2]:
        table.type(line)
    assert "Not yet. job is not there; the goal says running. There is no container job." == table.verdict
    assert [Wanted("container", "job", "thin layer: 0 B", "not there")] == [
        row for row in table.wanted if row.words.startswith("thin")
    ]


def test_a_transcript_leads_to_the_same_host_from_nothing() -> None:
    table = level("03.make-room")
    names: dict[str, object] = {}
    exec(table.python, names)
    host = names["host"]
    assert isinstance(host, Host)
    assert host.usage().total == table.host.usage().total


def test_the_page_is_well_formed_and_the_task_comes_first() -> None:
    for each in ALL:
        (first, *_) = next(page(bench_of(each)).iter("div")).iter("p")
        assert each.task == first.text


def test_unknown_words_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"no level is called '02\.nothing': take one of 00\.three-containers, "):
        level("02.nothing")
    with pytest.raises(LevelError, match="no kind of fact is called 'colour': take one of containers, "):
        Fact("colour").read(Host())
    with pytest.raises(LevelError, match="docker stop web: Docker says “No such container: web”"):
        played(("shop",), ("docker stop web",))


def test_every_kind_of_fact_can_be_read_of_a_host_and_every_one_has_words() -> None:
    host = played(("shop", "blog"), ("docker run -d --name web shop", "docker exec web rm /etc/mime.types")).host
    kinds = {fact.kind for fact in facts_of(host)}
    assert set(HOST_FACTS) - {"kept here"} == kinds
    for fact in facts_of(host):
        sentence = fact.sentence(fact.read(host))
        assert sentence.endswith(".")
        assert "{" not in sentence
