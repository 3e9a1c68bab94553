"""A Dockerfile is read as Docker's own parser reads it."""

import pytest

from layerlab import BuildError, build
from layerlab.builds.build_context import copied, unignored
from layerlab.builds.dockerfile import Dockerfile, DockerfileError, expanded
from layerlab.model.layer import Layer

# Everything at once: the file on which a published parser found a stage that is none.
HARD = """# syntax=docker/dockerfile:1
# escape=\\
ARG BASE=base:2
FROM ${BASE} AS build
ENV A=1 B="x y"
RUN echo one \\
  # comment inside
  && echo two
COPY --from=0 --chown=1:1 ["a b", "/c"]
run <<EOF
echo heredoc
FROM not-an-instruction
EOF
WORKDIR /w
FROM scratch
COPY --from=build /out /out
CMD ["a","b"]
"""


def test_a_hard_file_is_read_line_by_line() -> None:
    parsed = Dockerfile.parse(HARD)
    expected = ["ARG", "FROM", "ENV", "RUN", "COPY", "RUN", "WORKDIR", "FROM", "COPY", "CMD"]
    assert expected == [each.keyword for each in parsed.instructions]
    assert [3, 4, 5, 6, 9, 10, 14, 15, 16, 17] == [each.line for each in parsed.instructions]
    assert ["build", ""] == [stage.name for stage in parsed.stages]
    assert ["${BASE}", "scratch"] == [stage.base for stage in parsed.stages]
    ran, copied, here = parsed.stages[0].steps[1:4]
    assert "echo one   && echo two" == ran.text
    assert ({"from": "0", "chown": "1:1"}, ("a b", "/c")) == (copied.flags, copied.words)
    assert {"EOF": "echo heredoc\nFROM not-an-instruction\n"} == here.heredocs
    assert ("a", "b") == parsed.stages[1].steps[-1].words


def test_a_here_document_is_refused_in_one_line_and_not_taken_for_instructions() -> None:
    with pytest.raises(BuildError, match=r"^Dockerfile line 2: RUN: a here-document \(<<EOF\) .* join the commands"):
        build("FROM scratch\nRUN <<EOF\nFROM no\nEOF\n")


def test_the_escape_directive_gives_the_backslash_back() -> None:
    parsed = Dockerfile.parse("# escape=`\nFROM scratch\nCOPY a `\n  C:\\b\n")
    assert "a   C:\\b" == parsed.instructions[1].text
    assert "`" == parsed.escape


def test_a_directive_after_a_comment_is_a_comment() -> None:
    assert "\\" == Dockerfile.parse("# a comment\n# escape=`\nFROM scratch\n").escape


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Dockerfile line 1: file with no instructions"),
        ("RUN true", "Dockerfile line 1: no build stage in current context: RUN comes before FROM"),
        ("FROM scratch\nCPOY a b", "Dockerfile line 2: unknown instruction: CPOY"),
        ("FROM a b c d", "Dockerfile line 1: FROM requires either one or three arguments"),
        ("FROM scratch\nRUN", "Dockerfile line 2: RUN requires at least one argument"),
        ("# escape=x\nFROM scratch", "Dockerfile line 1: invalid ESCAPE 'x'"),
        ("FROM scratch\nRUN <<EOF\na", "Dockerfile line 2: unterminated heredoc: no line is EOF"),
    ],
)
def test_what_no_builder_takes_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(DockerfileError) as refused:
        Dockerfile.parse(text)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("COPY a /", "line 2: COPY: a is not in the context"),
        ("COPY --from=no a /", "line 2: no image is called no:latest"),
        ("COPY --link a /", "line 2: COPY: unknown flag: link"),
        ("ADD http://example.com/a /", "line 2: ADD: http://example.com/a lies in a network"),
        ("ENV A", "line 2: ENV must have two arguments"),
        ("LABEL a=1 b", "line 2: Syntax error - can't find = in 'b'"),
        ("SHELL sh -c", "line 2: SHELL requires the arguments to be in JSON form"),
        ("RUN make", "line 2: RUN cannot do 'make' here: hand it in, as in programs={'make': function}"),
        ("RUN echo $(date)", "line 2: RUN cannot do 'echo $(date)' here: it asks for the output"),
        ("RUN cat /no", "line 2: RUN cat /no: cat: /no: No such file or directory: the command ended with code 1"),
        ("USER nobody\nRUN true", "line 3: unable to find user nobody"),
        ("HEALTHCHECK PING x", "line 2: Unknown type 'PING' in HEALTHCHECK"),
    ],
)
def test_a_build_that_cannot_be_done_says_so_in_one_line(lines: str, says: str) -> None:
    with pytest.raises((BuildError, DockerfileError)) as refused:
        build(f"FROM scratch\n{lines}\n")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_builder_and_a_missing_base_are_refused() -> None:
    with pytest.raises(BuildError, match="no builder is called 'kaniko': there are buildkit, classic, podman"):
        build("FROM scratch", builder="kaniko")
    with pytest.raises(BuildError, match="line 1: no image is called nothing:latest"):
        build("FROM nothing")
    with pytest.raises(BuildError, match="line 2: COPY: the --chmod option requires BuildKit"):
        build("FROM scratch\nCOPY --chmod=600 a /a", {"a": b""}, builder="classic")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A/${A}", "1/1"),
        ("'$A' \"$A\"", "$A 1"),
        ("${NO:-none} ${A:+yes} ${NO:+yes}", "none yes "),
        ("\\$A", "$A"),
        ("$NO", ""),
        ('"a\\"b"', 'a"b'),
    ],
)
def test_variables_are_replaced_as_docker_replaces_them(text: str, expected: str) -> None:
    assert expected == expanded(text, {"A": "1"})


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ("*.log", ["a/b.log", "a/c", "d"]),
        ("**/*.log", ["a/c", "d"]),
        ("a", ["d", "e.log"]),
        ("a\n!a/c", ["a/c", "d", "e.log"]),
        ("/d\n# comment\n\n", ["a/b.log", "a/c", "e.log"]),
        ("*\n!d", ["d"]),
        ("?", ["e.log"]),
        ("[ad]", ["e.log"]),
    ],
)
def test_what_dockerignore_names_is_left_out(rules: str, left: list[str]) -> None:
    files = Layer.of({"a/b.log": b"", "a/c": b"", "d": b"", "e.log": b""}).entries
    assert left == [path for path, entry in unignored(files, rules).items() if entry.kind == "file"]


# Measured with Docker 20.10 (both builders) and Podman 4.3, as the sets in .dockerignore with Docker.
SETS = [
    ("[^a].txt", ["!.txt", "*.txt", "-.txt", "].txt", "^.txt", "b.txt", "c.txt"]),
    ("[!a].txt", ["!.txt", "a.txt"]),
    ("[a-b].txt", ["a.txt", "b.txt"]),
    ("[^a-c].txt", ["!.txt", "*.txt", "-.txt", "].txt", "^.txt"]),
    ("[\\^a].txt", ["^.txt", "a.txt"]),
    ("[\\]a].txt", ["].txt", "a.txt"]),
    ("[a\\-c].txt", ["-.txt", "a.txt", "c.txt"]),
]
NAMED = {f"{letter}.txt": b"" for letter in "!*-]^abc"} | {"dd.txt": b""}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        *SETS,
        ("[b-a].txt", []),
        ("[^b-a]d.txt", ["dd.txt"]),
        ("[a.txt", []),
        # Where a backslash stands before every sign, the name is taken letter by letter, and so is the backslash.
        ("\\*.txt", []),
        ("\\*.tx?", ["*.txt"]),
    ],
)
def test_a_copy_reads_sets_of_letters_as_go_does(pattern: str, fits: list[str]) -> None:
    assert fits == sorted(each.path for each in copied(Layer.of(NAMED).entries, pattern))


@pytest.mark.parametrize(("pattern", "fits"), [*SETS, ("\\*.txt", ["*.txt"])])
def test_dockerignore_reads_sets_of_letters_as_go_does(pattern: str, fits: list[str]) -> None:
    entries = Layer.of(NAMED).entries
    assert fits == sorted(set(entries) - {""} - set(unignored(entries, pattern)))
