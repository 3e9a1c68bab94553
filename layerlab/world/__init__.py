"""What crosses the border: images in archives on disk, read and saved, and those of a running engine.

This room reads what others wrote and trusts none of it: every digest and size that an archive states is verified,
and whatever is wrong raises one `ArchiveError`. It may import from `model` alone.
"""
