"""The process bench: its acts, what it refuses, and transcripts that lead to the same table."""

import random
import re
from typing import Any

import pytest

import layerlab
from layerlab.benches.kinds import bench
from layerlab.benches.process_bench import FORMS, PROGRAMS, SIGNALS, ProcessBench


def table(made: ProcessBench, name: str = "web") -> list[str]:
    return [str(row) for tree in made.now.containers if tree.name == name for row in tree.rows]


def test_it_starts_with_a_service_and_process_1() -> None:
    assert ["1<-0 S sleep 600", "2<-1 S sleep 300"] == table(bench("processes"))


def test_kill_from_inside_does_nothing_and_from_outside_everything_goes_but_the_thin_layer() -> None:
    made = bench("processes")
    made.write()
    made.send("KILL", inside=True)
    assert 2 == len(table(made))
    made.send("KILL", inside=False)
    (tree,) = made.now.containers
    assert ((), 137, 1_000) == (tree.rows, tree.code, tree.thin)
    assert made.now.sentence.endswith("The thin layer of web is still there.")
    made.start()
    (tree,) = made.now.containers
    assert (2, None, 1_000) == (len(tree.rows), tree.code, tree.thin)


def test_a_new_container_has_an_empty_thin_layer() -> None:
    made = bench("processes")
    made.write()
    made.run(PROGRAMS["a server"])
    assert 0 == made.now.containers[0].thin


@pytest.mark.parametrize(("init", "waited", "code"), [(False, 10, 137), (True, 0, 143)])
def test_stop_shows_how_long_it_took(init: bool, waited: float, code: int) -> None:
    made = bench("processes")
    made.run(PROGRAMS["a server"], "busybox", init=init)
    made.stop()
    (tree,) = made.now.containers
    assert (waited, code) == (tree.waited, tree.code)
    assert f"waited {waited:g} of 10 s" in str(made)


def test_an_orphan_is_a_zombie_after_five_seconds() -> None:
    made = bench("processes")
    made.orphan()
    made.tick(5)
    assert ["1<-0 S sleep 600", "2<-1 S sleep 300", "5<-1 Z [sleep]"] == table(made)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda made: made.run("sleep 1; sleep 2", None), "Refused: the exec form starts one program"),
        (
            lambda made: (made.stop(), made.send("TERM", inside=True)),
            "Refused: Docker says “Container web is not running”",
        ),
        (lambda made: (made.stop(), made.write()), "Refused: Docker says “Container web is not running”"),
        (lambda made: made.send("TERM", inside=True, pid=77), "Refused: there is no process 77"),
    ],
)
def test_what_docker_refuses_is_refused(act: Any, says: str) -> None:
    made = bench("processes")
    act(made)
    assert made.refusing
    assert made.now.sentence.startswith(says)


def test_docker_start_and_stop_give_no_error_where_they_change_nothing() -> None:
    made = bench("processes")
    before = made.now.containers
    made.start()
    assert (False, before) == (made.refusing, made.now.containers)
    assert "web runs already. docker start changes nothing, and gives no error." == made.now.sentence
    made.stop()
    before, lines = made.now.containers, len(made.transcript)
    made.stop()
    assert (False, before, lines) == (made.refusing, made.now.containers, len(made.transcript))
    assert "web has stopped already. docker stop changes nothing, and gives no error." == made.now.sentence


@pytest.mark.parametrize("seed", range(20))
def test_a_line_of_the_transcript_never_changes_later(seed: int) -> None:
    made = ProcessBench(1 + seed % 2)
    chance = random.Random(f"lines {seed}")
    known = made.transcript
    for _ in range(25):
        if chance.random() < 0.7:
            random_acts(made, chance, 1)
        else:
            chance.choice([made.stop, made.start])()
        now = made.transcript
        same = min(len(known), len(now))
        assert known[:same] == now[:same]
        known = now


def test_a_second_run_removes_the_first_container_and_names_the_image_of_its_shell() -> None:
    made = bench("processes")
    made.run("sleep 600", "busybox")
    made.stop()
    made.start()
    made.run("sleep 600", None)
    assert [
        "docker run --detach --name web shop sh -c 'sleep 300 & exec sleep 600'",
        "docker rm --force web\ndocker run --detach --name web shop:busybox sh -c 'sleep 600'",
        "docker stop web",
        "docker start web",
        "docker rm --force web\ndocker run --detach --name web shop sleep 600",
    ] == [line.docker for line in made.transcript]
    assert 'web = processes("sleep 600", "busybox")' == made.transcript[3].python


@pytest.mark.parametrize(
    ("orphans", "said"),
    [
        (1, "Process 5 (sleep 5) ends, with code 0."),
        (3, "Processes 5, 8 and 11 (sleep 5) end, with code 0."),
        (9, "9 processes (sleep 5) end, with code 0."),
    ],
)
def test_processes_that_end_in_the_same_way_share_a_sentence(orphans: int, said: str) -> None:
    made = bench("processes")
    for _ in range(orphans):
        made.orphan()
    made.tick(10)
    assert said == made.now.sentence


def test_what_a_long_time_did_is_told_or_counted() -> None:
    made = bench("processes")
    made.run("".join(f"(sleep {number}; exit {number}) & " for number in range(1, 9)) + "exec sleep 100")
    made.tick(10)
    assert made.now.sentence.endswith("happened between: run the Python of the transcript, and print web.story.")


def test_the_small_process_1_says_who_gets_the_signal_and_what_follows() -> None:
    made = bench("processes")
    made.run(PROGRAMS["a server"], "busybox", init=True)
    made.stop()
    assert (
        "TERM is sent to process 1 from outside. Process 1 (docker-init) passes TERM on to 2. Process 2 (sleep 600) is "
        "killed by TERM, with code 143. Process 1 ends, with code 143. No other process is left. The thin layer of web "
        "is still there."
    ) == made.now.sentence


def random_acts(made: ProcessBench, chance: random.Random, count: int) -> None:
    for _ in range(count):
        rows = [(tree.name, row.pid) for tree in made.now.containers for row in tree.rows]
        if rows:
            made.choose(*chance.choice(rows))
        chance.choice(
            [
                made.stop,
                made.start,
                made.service,
                made.orphan,
                made.write,
                lambda: made.tick(chance.choice((1, 10))),
                lambda: made.send(chance.choice(SIGNALS), inside=chance.random() < 0.5),
                lambda: made.run(
                    *chance.choice([*zip(PROGRAMS.values(), FORMS.values(), strict=False)]), init=chance.random() < 0.5
                ),
                made.undo,
            ]
        )()


@pytest.mark.parametrize("seed", range(60))
def test_a_transcript_leads_to_the_same_tables_and_back_is_where_it_was(seed: int) -> None:
    made = ProcessBench(1 + seed % 2)
    random_acts(made, random.Random(seed), 15)
    names: dict[str, Any] = {}
    exec(made.python, names)
    for tree in made.now.containers:
        assert tree.rows == names[tree.name].table
        assert tree.code == names[tree.name].code
    moment = made.now.containers
    if made.acts:
        made.undo()
        made.redo()
        # What a step shows alone, such as the seconds of a stop, is shown again too.
        assert moment == made.now.containers


@pytest.mark.parametrize("seed", range(40))
def test_every_sentence_agrees_with_the_tables(seed: int) -> None:
    made = ProcessBench(1 + seed % 2)
    chance = random.Random(f"words {seed}")
    for _ in range(15):
        before = made.now.containers
        acts: list[Any] = [made.stop, made.start, made.service, made.orphan, made.write, made.tick]
        acts += [lambda: made.send(chance.choice(SIGNALS), inside=chance.random() < 0.5)] * 4
        made.choose(*chance.choice([(tree.name, row.pid) for tree in before for row in tree.rows] or [("web", 1)]))
        chance.choice(acts)()
        sentence, after = made.now.sentence, made.now.containers
        fell = [new for old, new in zip(before, after, strict=True) if old.code is None and new.code is not None]
        if made.refusing:
            assert before == after
            assert re.fullmatch(r"Refused: .*\.", sentence)
        assert bool(fell) == bool(re.search(r"Process 1 (\(.*\) )?(ends|is killed)", sentence)), sentence
        assert bool(fell) == ("The thin layer of" in sentence), sentence
        for tree in fell:
            assert f"with code {tree.code}." in sentence
        if "the kernel drops it" in sentence and "engine sends KILL" not in sentence and not fell:
            assert [tree.rows[0] for tree in before if tree.rows] == [tree.rows[0] for tree in after if tree.rows]


def test_each_docker_line_names_the_container() -> None:
    made = bench("processes")
    random_acts(made, random.Random(3), 30)
    for line in made.transcript:
        assert re.match(r"(docker \w+ .*(web|job))|sleep \d+|kill -\w+ PID", line.docker), line


def test_an_unknown_number_of_containers_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or 2 containers, not 3"):
        layerlab.bench("processes", containers=3)


def test_presses_do_what_the_methods_do() -> None:
    made = bench("processes")
    page = made.widget
    page.hear({"press": "process:web/2", "form": {}})
    assert ("web", 2) == made.chosen
    page.hear({"press": "send", "form": {"signal": "KILL", "sender": "inside"}})
    assert "2<-1 Z [sleep]" == table(made)[1]
    page.hear({"press": "init", "form": {}})
    page.hear({"press": "run", "form": {"program": "a server", "shell": "busybox"}})
    assert ["1<-0 S /sbin/docker-init -- sh -c sleep 600", "2<-1 S sleep 600"] == table(made)
    page.hear({"press": "stop", "form": {}})
    assert 143 == made.now.containers[0].code
    for key in ("start", "tick", "tick-10", "service", "orphan", "write", "start-over"):
        page.hear({"press": key, "form": {}})
    assert ["1<-0 S sleep 600", "2<-1 S sleep 300"] == table(made)


def picked(made: ProcessBench) -> tuple[str, ...]:
    """What the lists above the picture show: the program, the shell, and whether --init is on."""
    program, shell = re.findall(r'selected="selected">([^<]*)<', made.widget.markup)[:2]
    init = re.search(r'data-press="init"[^>]* aria-pressed="(\w+)"', made.widget.markup)
    assert init is not None
    return program, shell, init[1]


def test_a_choice_says_when_it_takes_effect() -> None:
    made = bench("processes")
    made.widget.hear({"press": "init", "form": {}})
    assert "--init is on. It takes effect when you press “Run web anew”." == made.now.sentence
    made.widget.hear({"press": "shell", "form": {"shell": "busybox"}})
    assert "You chose “busybox”. It takes effect when you press “Run web anew”." == made.now.sentence
    assert ("a service, then a server", "busybox", "true") == picked(made)


def test_the_lists_follow_the_container_that_is_drawn() -> None:
    made = bench("processes", containers=2)
    page = made.widget
    assert ("a service, then a server", "dash", "false") == picked(made)
    page.hear({"press": "process:job/1", "form": {"program": "a service, then a server", "shell": "dash"}})
    assert ("a server", "busybox", "false") == picked(made)
    page.hear({"press": "process:web/1", "form": {}})
    page.hear({"press": "init", "form": {}})
    page.hear({"press": "run", "form": {"program": "a server that hears TERM", "shell": "bash"}})
    page.hear({"press": "tick", "form": {}})
    assert ("a server that hears TERM", "bash", "true") == picked(made)
    page.hear({"press": "back", "form": {"program": "a server that hears TERM", "shell": "bash"}})
    page.hear({"press": "back", "form": {"program": "a server that hears TERM", "shell": "bash"}})
    assert ("a service, then a server", "dash", "false") == picked(made)
    page.hear({"press": "program", "form": {"program": "a server"}})
    page.hear({"press": "start-over", "form": {"program": "a server", "shell": "dash"}})
    assert ("a service, then a server", "dash", "false") == picked(made)


def test_two_writes_are_twice_the_bytes_in_the_transcript_too() -> None:
    made = bench("processes")
    made.write()
    made.write()
    names: dict[str, Any] = {}
    exec(made.python, names)
    assert 2_000 == made.now.containers[0].thin == names["web_files"].size_rw
    assert ">> /orders.log" in made.transcript[-1].docker


@pytest.mark.parametrize("program", ["a service, then a server", "a trap, but the server in front"])
@pytest.mark.parametrize("init", [False, True])
def test_a_stop_says_that_it_waits_and_kills_if_it_does(program: str, init: bool) -> None:
    made = bench("processes")
    made.run(PROGRAMS[program], init=init)
    made.stop()
    waited = made.now.containers[0].waited == 10
    assert waited == ("is still there after 10 s, so the engine sends KILL." in made.now.sentence)
    assert "more" not in made.now.sentence
    assert made.now.sentence.startswith("TERM is sent to process 1 from outside.")


def test_a_trap_with_the_server_in_front_says_when_it_runs() -> None:
    made = bench("processes")
    made.run(PROGRAMS["a trap, but the server in front"])
    made.send("TERM", inside=True)
    assert made.now.sentence.endswith("a handler for TERM. It runs only when the command in front is over.")
    made.run(PROGRAMS["a server that hears TERM"])
    made.send("TERM", inside=True)
    assert "in front" not in made.now.sentence


@pytest.mark.parametrize("init", [False, True])
def test_an_orphan_is_called_as_the_picture_calls_it(init: bool) -> None:
    made = bench("processes")
    made.run(PROGRAMS["a server"], init=init)
    made.orphan()
    orphan = made.now.containers[0].rows[-1]
    assert f"process {orphan.pid} (sleep 5) and ends." in made.now.sentence
    assert made.now.sentence.endswith(f"its parent is now process {orphan.parent}.")


def test_one_second_passes() -> None:
    made = bench("processes")
    made.tick(1)
    assert "1 s passes, and nothing ends." == made.now.sentence


def test_two_statements_are_two_lines_under_the_picture() -> None:
    made = bench("processes")
    made.run(PROGRAMS["a server"])
    foot = made.widget.markup.partition('data-key="lines"')[2].partition("</div>")[0]
    assert 2 == foot.count("<br/>")
