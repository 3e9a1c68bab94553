"""Pages in memory: who shares them, and what ends that, with each driver."""

import pytest

from layerlab import DRIVERS, Host, HostError, Layer, PageCache, filler, scratch

WHOLE = 3


def host() -> Host:
    made = Host()
    made.add(scratch.with_layer(Layer.of({"f": filler(10_000), "d/g": filler(5_000)})), "image")
    for name in ("web", "job"):
        made.run("image", name=name)
    return made


@pytest.mark.parametrize(("driver", "total"), [("overlay2", 3), ("metacopy", 3), ("btrfs", 6), ("xfs", 6), ("vfs", 6)])
def test_containers_share_pages_only_where_they_share_an_inode(driver: str, total: int) -> None:
    cache = PageCache(host(), driver)
    cache.read("web", "f")
    cache.read("job", "f")
    assert total == cache.total
    assert (total == WHOLE) == cache.shared("web", "job", "f")


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_written_page_is_in_memory_and_no_other(driver: str) -> None:
    there = host()
    cache = PageCache(there, driver)
    there.containers["web"].write_at("f", 5_000, b"!")
    copied = driver in ("overlay2", "metacopy")
    assert (WHOLE if copied else 1) == cache.pages("web", "f")
    cache.drop()
    there.containers["web"].write_at("f", 0, b"!")
    assert (1, 1) == (cache.pages("web", "f"), cache.total)


def test_metacopy_ends_what_is_shared_with_the_first_open_for_writing() -> None:
    there = host()
    cache = PageCache(there, "metacopy")
    there.containers["web"].chmod("f", 0o600)
    assert cache.shared("web", "job", "f")
    there.containers["web"].open("f", 1).close()
    assert not cache.shared("web", "job", "f")


def test_images_that_stand_on_one_layer_share_its_pages() -> None:
    there = host()
    there.add(there.images["image"].with_layer(Layer.of({"more": b"1"})), "other")
    there.run("other", name="mail")
    cache = PageCache(there)
    cache.read("web", "d/g")
    assert (2, 2) == (cache.pages("mail", "d/g"), cache.total)


def test_the_pages_of_a_file_go_with_it_and_with_its_container() -> None:
    there = host()
    cache = PageCache(there)
    there.containers["web"].write("new", bytes(9_000))
    assert 3 == cache.total
    there.containers["web"].unlink("new")
    assert 0 == cache.total
    there.containers["web"].append("f", b"!")
    assert 2 * WHOLE == cache.total
    there.remove("web", force=True)
    assert WHOLE == cache.total  # those of the layer, which the copy-up read


def test_a_file_that_is_not_there_is_refused_as_reading_it_is() -> None:
    cache = PageCache(host())
    with pytest.raises(FileNotFoundError):
        cache.read("web", "nothing")
    with pytest.raises(IsADirectoryError):
        cache.pages("web", "d")
    with pytest.raises(HostError, match="no container is called mail"):
        cache.pages("mail", "f")
