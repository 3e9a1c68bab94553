"""Faults: mistakes that are planted in the reader on purpose, to see that a fuzzer finds each, and where it starts."""

from layerlab.proof.faults import Fault

ANY = "any input gives images or ArchiveError"
AGAIN = "what loads is the same when it is saved and loaded again"
NOTHING = "nothing is written"

FAULTS: tuple[tuple[Fault, str], ...] = (
    (
        Fault(
            "a missing key is a KeyError", ANY, "archive.documents",
            "return None if document.get(key) is None else", "return None if document[key] is None else",
        ), "documents",
    ),
    (
        Fault(
            "a descriptor may have any shape", ANY, "archive.documents",
            "in pairs(expect(value, dict, what)))", "in value.items())",
        ), "documents",
    ),
    (
        Fault(
            "a hard link may lead to nothing", ANY, "archive.tar_entries",
            "        if entry is None:\n            raise refusal(policy.LINK_TO_LOWER, name)\n", "",
        ), "layers",
    ),
    (
        Fault(
            "a name that is cut by the end of a piece is lost", ANY, "archive.tar_headers",
            "                held += block\n", "                held[:] = block.ljust(self._need, b\"\\0\")\n",
        ), "layers",
    ),
    (
        Fault(
            "a file that is damaged is the reader's own error", ANY, "archive.compression",
            "            except Exception as error:  # zlib and isal each have an error class of their own\n",
            "            except KeyError as error:\n",
        ), "archives",
    ),
    (
        Fault(
            "a layer of xz is saved as it is", AGAIN, "archive.assemble", "if stored and kind in LAYER_TYPES:",
            "if stored and kind:",
        ), "archives",
    ),
    (
        Fault(
            "unpacking leaves a file", NOTHING, "archive.files", "with tempfile.TemporaryFile(buffering=0)",
            "with tempfile.NamedTemporaryFile(buffering=0)",
        ), "archives",
    ),
)  # fmt: skip
