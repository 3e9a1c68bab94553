"""Words: sizes, plurals, printable names, short digests, tables, widths of letters: used wherever text is made."""
