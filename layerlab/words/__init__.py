"""Words: sizes, plurals, printable names, tables, widths of letters: one module each, used wherever text is made."""
