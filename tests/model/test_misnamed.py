"""A verb that Docker or a shell has elsewhere is named by the error, not guessed from spelling."""

import copy
import pickle
import traceback

import pytest

from layerlab import Host, shop
from layerlab.course.stopped import stopped
from layerlab.model.misnamed import OF_CONTAINER, OF_HOST, OF_IMAGE


def said(found: object, verb: str) -> str:
    """The last line of the traceback, with what Python adds to it."""
    with pytest.raises(AttributeError) as caught:
        getattr(found, verb)
    return traceback.format_exception_only(caught.value)[-1].strip()


def test_a_container_that_is_to_be_removed_is_removed_by_its_host() -> None:
    web = shop().run("shop", name="job")
    line = """a Container has no 'remove': write host.remove("job"), or job.delete(path) for a file"""
    assert f"AttributeError: {line}" == said(web, "remove")


@pytest.mark.parametrize("verb", ["rm", "rmi", "ps", "append"])
def test_what_a_host_does_under_another_name_is_named(verb: str) -> None:
    assert f"AttributeError: a Host has no {verb!r}: write {OF_HOST[verb]}" == said(Host(), verb)


def test_an_image_says_that_it_cannot_change() -> None:
    assert "write image.with_layer(layer), because an image cannot change" in said(shop().images["shop"], "append")


def test_a_slip_of_the_pen_still_gets_the_nearest_name() -> None:
    web = shop().run("shop", name="web")
    with pytest.raises(AttributeError) as caught:
        web.apend("etc/motd", b"!")  # type: ignore[attr-defined]
    assert "Did you mean append?" in stopped(caught.value, ())
    with pytest.raises(AttributeError) as caught:
        web.remove()  # type: ignore[attr-defined]
    assert "Did you mean" not in stopped(caught.value, ())


def test_no_verb_in_a_table_is_one_that_the_object_has() -> None:
    host = shop()
    for found, table in ((host.run("shop"), OF_CONTAINER), (host, OF_HOST), (host.images["shop"], OF_IMAGE)):
        assert [] == [verb for verb in table if hasattr(found, verb)]


def test_what_is_written_instead_exists() -> None:
    host = shop()
    host.run("shop", name="web")
    names = {"host": host, "web": host.containers["web"], "image": host.images["shop"]}
    for table in (OF_CONTAINER, OF_HOST, OF_IMAGE):
        for advice in table.values():
            for part in advice.format(name="web").replace("(", " ").split():
                owner, dot, verb = part.strip(",").partition(".")
                if dot and owner in names:
                    assert hasattr(names[owner], verb.partition("[")[0]), advice


def test_a_copy_of_an_image_is_made_as_before() -> None:
    image = shop().images["shop"]
    assert image == copy.copy(image)
    assert image.id == pickle.loads(pickle.dumps(image)).id
