"""Words: sizes, plurals, printable names, tables, widths of letters, one place each; all that prints uses them."""
