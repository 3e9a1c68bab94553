"""What the words mean: content, entries, layers, images, the union, containers, a host and its accounts.

This room imports the standard library alone, reads and writes no file and draws nothing, so it also runs in a browser.

Where a comment of the package names a file or a function of the kernel, or overlayfs.rst (in the kernel's
Documentation/filesystems), it means Linux 6.18. The model answers as that version does. Some of it is newer than
kernels that are still in use:

- open(2) with O_CREAT and O_DIRECTORY is EINVAL since Linux 6.4. Before, it could make a file.
- fs/overlayfs/xattrs.c exists since Linux 6.7, and so does the escape for attributes of overlayfs's own name space.
"""
