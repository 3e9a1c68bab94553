"""A teacher's level: the present state of a bench, what is ticked of it, and the Python that plays it again."""

import ast
from typing import Any

import pytest

from layerlab import bench, shop
from layerlab.benches.stack_bench import StackBench
from layerlab.course.levels.facts import Fact
from layerlab.course.levels.host_level import LevelBench
from layerlab.course.levels.level_maker import LevelMaker, as_level
from layerlab.course.levels.reading import LevelError
from layerlab.course.levels.shortest import shortest
from tests.benches.paged import filled, page, texts

CATALOG = "var/lib/shop/catalog.db"


def table(*lines: str) -> StackBench:
    made = bench("stack", prompt=True)
    for line in lines:
        made.type(line)
        assert not made.refusing, made.now.sentence
    return made


def changed() -> StackBench:
    return table("docker run -d --name web shop", f"docker exec web rm /{CATALOG}", "docker commit web web-image")


def ticks(maker: LevelMaker, *facts: Fact) -> None:
    """Tick these facts on the page, as a browser sends it."""
    boxes = {f"fact-{number}": fact in facts for number, fact in enumerate(maker.facts)}
    maker.widget.hear({"press": "fact-0", "form": filled(maker) | boxes})


def run(code: str) -> Any:
    """Run a cell's code, and return what its last line shows."""
    tree = ast.parse(code)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    names: dict[str, object] = {}
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def test_a_level_is_made_by_ticks_and_its_python_plays_it() -> None:
    maker = as_level(changed(), start=1)
    assert "Tick at least one fact" in texts(maker)
    ticks(maker, Fact("shows", "web-image", CATALOG), Fact("size", "web-image"))
    made = run(maker.data)
    assert isinstance(made, LevelBench)
    assert not made.solved
    made.type("docker commit web web-image")
    assert f"In web-image, /{CATALOG} is 20.0 MB; the goal says not there." in made.verdict
    made.start_over()
    for line in made.level.way:
        made.type(line)
    assert "Solved in 2 acts. The shortest way known has 2." == made.verdict


def test_what_is_ticked_is_all_that_the_level_checks_and_draws() -> None:
    maker = as_level(changed(), [Fact("image", "web-image")], task="Make an image of web.")
    made = run(maker.data)
    assert (Fact("image", "web-image"),) == made.level.facts
    assert ["image: there"] == [row.words for row in made.wanted]
    assert "Make an image of web." in texts(made)


def test_the_way_in_the_data_is_a_shortest_one_where_the_bench_went_a_longer_way() -> None:
    long = table("docker run -d --name web shop", "docker stop web", "docker start web")
    made = run(as_level(long, [Fact("state", "web")]).data)
    assert ("docker run --detach --name web shop",) == made.level.way
    assert made.level.way in shortest(made.level)


def test_other_ways_of_the_same_length_stand_above_the_level_so_that_a_cheat_is_seen() -> None:
    maker = as_level(table("docker run -d --name web shop", f"docker exec web rm /{CATALOG}"), [Fact("thin", "web")])
    assert "# also" not in maker.data
    assert ("docker run --detach --name web shop",) == run(maker.data).level.way
    two = table("docker run -d --name web shop", "docker run -d --name job shop", "docker stop web", "docker stop job")
    maker = as_level(two, [Fact("state", "web"), Fact("state", "job")], start=2)
    assert "# also: docker stop job; docker stop web" in maker.data
    assert 2 == len(run(maker.data).level.way)


def test_a_long_way_is_not_searched_to_the_end() -> None:
    lines = [f"docker exec web sh -c 'printf ! >> /etc/{number}'" for number in range(3)]
    many = table("docker run -d --name web shop", *lines, *(f"docker run -d --name job{n} shop" for n in range(4)))
    maker = as_level(many, [Fact("containers"), Fact("thin", "web")])
    assert many.transcript[1].docker == maker.level.way[0]
    assert made_in(maker) == maker.level.way


def made_in(maker: LevelMaker) -> tuple[str, ...]:
    """The way in a level's Python."""
    way: tuple[str, ...] = run(maker.data).level.way
    return way


def test_what_is_so_at_the_start_already_is_no_goal() -> None:
    maker = as_level(changed(), [Fact("state", "web")], start=1)
    assert maker.lacks.startswith("Everything that is ticked is so at the start already")
    with pytest.raises(LevelError, match="tick a fact that the acts change"):
        _ = maker.data
    maker.widget.hear({"press": "start", "form": filled(maker) | {"start": "0", "fact-4": True}})
    assert "This is a level." in texts(maker)


def test_what_cannot_be_written_as_data_is_refused_in_one_line() -> None:
    host = shop()
    host.run("shop", name="web")
    with pytest.raises(LevelError, match="images of the running example and no containers"):
        as_level(bench("stack", host=host))
    with pytest.raises(LevelError, match="images of the running example"):
        as_level(bench("container"))
    with pytest.raises(LevelError, match="docker tag shop shop:2 has no button"):
        as_level(table("docker tag shop shop:2"))
    with pytest.raises(LevelError, match=r'this state has no Fact\("state", "job"\): its facts are Fact'):
        as_level(changed(), [Fact("state", "job")])
    with pytest.raises(LevelError, match="start=9: the bench has done 3, so take a number from 0 to that"):
        as_level(changed(), start=9)


def test_a_thing_that_is_no_stack_bench_is_refused() -> None:
    wrong: Any = shop()
    with pytest.raises(TypeError, match="as_level takes a stack bench, not a Host"):
        as_level(wrong)


def test_a_task_with_odd_letters_stays_one_line_of_python() -> None:
    maker = as_level(changed(), [Fact("image", "web-image")], task="Say 'hi' \"twice\" <b>\\")
    assert "Say 'hi' \"twice\" <b>\\" == run(maker.data).level.task
    assert "<b>" in texts(maker)


def test_the_page_and_the_text_list_every_fact_as_a_sentence() -> None:
    maker = as_level(changed())
    sentences = [label for label in page(maker).iter("label") if label.find("input[@type='checkbox']") is not None]
    assert len(maker.facts) == len(sentences)
    assert "[ ] The image web-image is there." in str(maker)
    assert "web's thin layer contains 0 B." in texts(maker)


def test_a_bench_of_several_images_begins_with_the_same_images() -> None:
    several = bench("stack", verbs=["remove-image"], choose=["image"], host=shop("coreos/apache", "shop", "blog"))
    several.do("remove-image", image="blog")
    made = run(as_level(several, [Fact("bytes")]).data)
    assert ("coreos/apache", "shop", "blog") == made.level.images
    made.do("remove-image", image="blog")
    assert made.solved
