"""What the words mean: content, entries, layers, images, the union, containers, a host and its accounts.

This room imports the standard library alone, reads and writes no file and draws nothing, so it also runs in a browser.
"""
