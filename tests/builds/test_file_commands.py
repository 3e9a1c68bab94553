"""The few commands that RUN understands: each really acts on the files of the step's container."""

from collections.abc import Mapping, Sequence

import pytest

from layerlab import Directory, File, Host, Layer, build, scratch
from layerlab.builds.file_commands import CommandFailed, CommandShell, RunError
from layerlab.model.container import Container
from layerlab.model.entry import Spec

FILES: Mapping[str, Spec] = {
    "etc/passwd": b"root:x:0:0:root:/:/bin/sh\nwww:x:33:34::/:/bin/sh\n",
    "etc/group": b"root:x:0:\nstaff:x:50:\n",
    "srv/d/x": b"x",
    "srv/d/y": File(b"yy", mode=0o600, uid=7, mtime=5),
    "home/": Directory(uid=33, gid=34),
}


def box() -> Container:
    host = Host()
    host.add(scratch.with_layer(Layer.of(FILES)), "base")
    return host.run("base", name="box")


def after(script: str, **options: object) -> Container:
    there = box()
    CommandShell(there, **options).run(script)  # type: ignore[arg-type]
    return there


@pytest.mark.parametrize(
    ("script", "path", "expected"),
    [
        ("echo one two > /a", "a", b"one two\n"),
        ("echo -n one > /a; echo two >> /a", "a", b"onetwo\n"),
        ("printf 'a\\n%s' b > /a", "a", b"a\nb"),
        ("cat /srv/d/x /srv/d/y > /a", "a", b"xyy"),
        ("cd /srv && cat d/x > b", "srv/b", b"x"),
        ("echo '$NAME' \"$NAME\" $NAME > /a", "a", b"$NAME shop shop\n"),
        ("echo 'a > b; c' > /a", "a", b"a > b; c\n"),
        ("false || echo no > /a", "a", b"no\n"),
        ("true || echo no > /a; echo yes > /a", "a", b"yes\n"),
        ("cp /srv/d/x /a", "a", b"x"),
        ("cp -r /srv/d /copy", "copy/y", b"yy"),
        ("cp /srv/d/* /home", "home/y", b"yy"),
        ("mv /srv/d /moved", "moved/x", b"x"),
        ("mv /srv/d/x /home/", "home/x", b"x"),
        ("ln -s d/x /srv/link", "srv/link", b"x"),
        ("ls /srv/d > /a", "a", b"x\ny\n"),
        ("echo lost > /dev/null; echo kept 2>/dev/null > /a", "a", b"kept\n"),
        ("mkdir -p /p/q/r && touch /p/q/r/s", "p/q/r/s", b""),
    ],
)
def test_a_script_makes_a_file(script: str, path: str, expected: bytes) -> None:
    assert expected == after(script, env={"NAME": "shop"}).read(path)


def test_names_are_removed() -> None:
    there = after("rm /srv/d/x && rm -rf /etc /no && rmdir /home")
    assert ["srv"] == there.listdir("/")
    assert ["y"] == there.listdir("srv/d")


def test_modes_and_owners_change() -> None:
    there = after("chmod 700 /srv; chmod -R a+x /srv/d; chown -R www:staff /srv/d; chown 5 /home; chmod go= /etc/group")
    assert (0o700, 0o755, 0o711) == tuple(there.stat(path).mode for path in ("srv", "srv/d/x", "srv/d/y"))
    assert {(33, 50)} == {(each.uid, each.gid) for each in map(there.stat, ("srv/d", "srv/d/x", "srv/d/y"))}
    assert (5, 34, 0o600) == (there.stat("home").uid, there.stat("home").gid, there.stat("etc/group").mode)


def test_a_copy_keeps_times_and_owners_only_where_it_is_asked_to() -> None:
    there = after("cp /srv/d/y /plain; cp -a /srv/d/y /same")
    assert (0, 7) == (there.stat("plain").uid, there.stat("same").uid)
    assert 5 == there.stat("same").mtime < there.stat("plain").mtime


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("rm /no", "rm: /no: No such file or directory"),
        ("rm /srv/d", "rm: /srv/d: Is a directory"),
        ("mkdir /srv", "mkdir: /srv: File exists"),
        ("cp /srv/d /a", "cp: omitting directory '/srv/d'"),
        ("cat /no > /a", "cat: /no: No such file or directory"),
        ("chmod 9 /srv", "chmod: invalid mode: '9'"),
        ("cd /etc/passwd", "cd: /etc/passwd: Not a directory"),
        ("true && false", "false"),
    ],
)
def test_a_command_that_fails_says_what_a_shell_says(script: str, says: str) -> None:
    with pytest.raises(CommandFailed) as failed:
        after(script)
    assert (says, 1) == (str(failed.value), failed.value.code)


@pytest.mark.parametrize("script", ["apt-get update", "cat /a | sh", "echo `date`", "(true)", "rm -x /a", "sleep 1 &"])
def test_what_is_not_understood_is_refused_and_names_it(script: str) -> None:
    with pytest.raises(RunError, match="RUN cannot do"):
        after(script)


def test_a_user_may_write_only_where_its_rights_reach() -> None:
    there = after("echo mine > /home/f", owner=(33, 34))
    assert (33, 34) == (there.stat("home/f").uid, there.stat("home/f").gid)
    for script in ("echo no > /f", "rm /etc/passwd", "cat /srv/d/y", "chmod 777 /srv", "chown 33 /srv"):
        with pytest.raises(CommandFailed, match=r"Permission denied|not permitted"):
            after(script, owner=(33, 34))


def test_a_program_that_is_handed_in_gets_the_container_and_its_words() -> None:
    heard: list[str] = []

    def make(there: Container, words: Sequence[str]) -> None:
        heard.append(" ".join(words))
        there.write("out", b"1")

    made = build("FROM scratch\nRUN make -j 2 all && make install\n", programs={"make": make})
    assert ["-j 2 all", "install"] == heard
    assert b"1" == made.image.view()["out"].read()
