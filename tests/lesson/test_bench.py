from typing import Any

import pytest

from layerlab import Host
from layerlab.lesson.bench import bench
from layerlab.lesson.stack import StackBench
from layerlab.lesson.verbs import VERBS
from tests.lesson.test_round import find, texts


def after(*verbs: str) -> StackBench:
    table: StackBench = bench("stack")
    for verb in verbs:
        table.do(verb)
    return table


def books(host: Host) -> tuple[int, list[tuple[str, int]]]:
    """What a host holds: its total and each container's thin layer."""
    usage = host.usage()
    return usage.total, [(name, row.size_rw) for name, row in usage.containers.items()]


def test_a_new_bench_holds_the_shop_and_nothing_else() -> None:
    assert (319_371_253, []) == books(after().host)
    assert ["add shop"] == [step.step for step in after().now.history]


def test_verbs_change_the_host_and_the_sentence_says_how() -> None:
    said = {
        ("run",): "web costs 0 B until it writes.",
        ("run", "append"): "Copied up once; the next write costs only itself.",
        ("run", "append", "append"): "It is in web's thin layer already: this costs 1 B.",
        ("run", "run"): "job costs 0 B until it writes.",
    }
    assert list(said.values()) == [after(*verbs).now.sentence for verbs in said]
    assert (339_371_255, [("web", 20_000_002), ("job", 0)]) == books(after("run", "append", "append", "run").host)


def test_a_refused_act_moves_nothing_and_teaches() -> None:
    table = after("append")
    assert "Refused: no container is called web, and images are read-only. Run a container first." == table.now.sentence
    assert (1, 1) == (len(table.now.history), len(table.transcript))
    assert (319_371_253, []) == books(table.host)


def test_undo_takes_back_the_last_act_alone_and_is_as_if_it_had_not_been() -> None:
    table = after("run", "append", "run")
    table.undo()
    same = after("run", "append")
    assert (books(same.host), same.now, same.transcript) == (books(table.host), table.now, table.transcript)


def test_undo_without_acts_and_start_over_lead_to_the_start() -> None:
    table = after()
    table.undo()
    assert after().now == table.now
    table = after("run", "append")
    table.start_over()
    assert (after().now, after().transcript) == (table.now, table.transcript)


def test_the_transcript_leads_to_the_same_host_when_it_is_run() -> None:
    table = after("append", "run", "append", *["run"] * 6, "append")
    names: dict[str, Any] = {}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    assert table.host.containers.keys() <= names.keys()


def test_the_transcript_has_a_docker_form_for_each_python_form() -> None:
    lines = [(line.python, line.docker) for line in after("run", "append").transcript]
    assert [
        ("host = shop()", "docker build --tag shop ."),
        ('web = host.run("shop", name="web")', "docker run --detach --name web shop"),
        (
            'web.append("var/lib/shop/catalog.db", b"!")',
            "docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'",
        ),
    ] == lines


def test_the_text_twin_says_what_the_picture_says() -> None:
    twin = str(after("run", "append"))
    assert "web  running  catalog.db copied  20.0 MB  new" in twin
    assert "319 layers + 20.0 thin = 339 MB" in twin
    assert twin.endswith("Copied up once; the next write costs only itself.")
    assert twin == repr(after("run", "append"))


def test_buttons_act_and_the_page_shows_the_change() -> None:
    table = after()
    live = table.widget
    for name in ("run", "append"):
        find(live, name).click()
    shown = texts(live)
    assert "catalog.db copied" in shown
    assert '<div role="status"><p style="margin:2px 8px">Copied up once; the next write costs only itself.' in shown
    assert "not counted here: volumes, logs, build cache" in shown
    assert "docker exec web sh -c &#x27;printf ! &gt;&gt; /var/lib/shop/catalog.db&#x27;" in shown
    find(live, "start-over").click()
    assert "0 containers, 1 image, 5 layers: 319 MB on this host" in texts(live)


def test_a_bench_shows_the_verbs_that_it_was_given_and_at_most_seven_controls() -> None:
    labels = [button.description for button in bench("stack", verbs=["run"]).widget.children[0].children]
    assert ["Run a container", "Start over"] == labels
    assert 7 >= len(bench("stack").widget.children[0].children)


def test_what_a_page_without_a_kernel_shows_is_a_still_picture_without_buttons() -> None:
    html = after()._repr_mimebundle_()["text/html"]
    assert html.startswith('<img alt="0 containers, 1 image, 5 layers: 319 MB on this host.')
    assert "<button" not in html


@pytest.mark.parametrize(("kind", "verbs"), [("stak", ["run"]), ("stack", ["fly"])])
def test_an_unknown_bench_or_verb_is_refused_with_those_that_exist(kind: str, verbs: list[str]) -> None:
    with pytest.raises(ValueError, match=r"take one of (stack|run, append)"):
        bench(kind, verbs)


def test_every_verb_says_what_it_costs() -> None:
    assert all(verb.costs and verb.label and verb.docker.startswith("docker ") for verb in VERBS.values())
    assert list(VERBS) == [verb.key for verb in VERBS.values()]


def test_hosts_and_containers_show_no_sizes() -> None:
    table = after("run", "append")
    shown = repr(table.host) + repr(table.host.containers["web"])
    assert "<Host with 1 image and 1 container><Container web, running>" == shown
