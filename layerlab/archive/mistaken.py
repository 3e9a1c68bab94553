"""Mistaken: what a file that is no tar looks like, so that an error can say what to do about it."""

from layerlab.archive.compression import detect

TAR = slice(257, 262)
SAVE = "save the image with `docker save --output FILE NAME`"
KINDS = (
    (b"\xff\xfe", f"text in UTF-16, as > in PowerShell writes it: {SAVE}"),
    (b"PK\x03\x04", "a zip file: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file: unpack it first"),
    (b"Rar!\x1a\x07", "a rar file: unpack it first"),
    (b"\x04\x22\x4d\x18", "compressed with lz4, which engines do not read: unpack it first"),
    (b"LZIP", "compressed with lzip, which engines do not read: unpack it first"),
    (b"]\0\0", "compressed with lzma, which engines do not read: unpack it first"),
    (b"\x1f\x9d", "compressed with compress, which engines do not read: unpack it first"),
    (b"version https://git-lfs", "a pointer of Git LFS: fetch the file with `git lfs pull`"),
    (b"#!/usr/bin/env run-singularity", "an image of Apptainer, which is a file system and has no layers"),
    (b"hsqs", "a file system (squashfs), and has no layers"),
    (b"QFI\xfb", "a disk of a virtual machine (qcow2)"),
    (b"\x7fELF", "a program"),
)
PAGES = (b"<!doctype html", b"<html")


def looks_like(head: bytes, outside: str = "") -> str:
    """Return what a file looks like that begins with `head`, "" where that is a tar or nothing known.

    `outside` names the compression that was taken off the file.

    >>> looks_like(b"PK\\x03\\x04")
    '; it is a zip file: unpack it first'
    """
    if head[TAR] == b"ustar":
        return ""
    if outside and (inside := detect(head)):
        return f"; it is compressed twice, with {inside.name} and then with {outside}: unpack it once"
    start = head.lstrip().lower()
    if start.startswith(PAGES):
        return "; it is a web page, perhaps one about an error: download the file again"
    if start.startswith((b'{"', b"[{", b"{\n", b"[\n")):
        return f"; it is JSON: {SAVE}"
    return next((f"; it is {what}" for magic, what in KINDS if head.startswith(magic)), "")
