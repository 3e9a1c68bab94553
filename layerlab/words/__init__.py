"""Words: sizes, printable names and the widths of letters, one place each; pictures, commands and lessons use them."""
