"""On which line of a TOML file an entry begins: tomllib does not tell."""

import re
from typing import TypeAlias

EntryPath: TypeAlias = tuple[str | int, ...]
"""`("offering", 2)` is the third offering; `("programme", 0, "list", 1)` the second list of the first programme."""

# Strings and comments are matched to be passed over: what looks like a header in them is none.
_TOKEN = re.compile(
    r'''
      """ (?: \\. | (?!""") [^\\] )* """ "{0,2}
    | \'\'\' (?: (?!\'\'\') . )* \'\'\' '{0,2}
    | " (?: \\. | [^"\\\n] )* "
    | ' [^'\n]* '
    | \# [^\n]*
    | ^ [ \t]* \[\[ [ \t]* (?P<header> [A-Za-z0-9_-]+ (?: \. [A-Za-z0-9_-]+ )* ) [ \t]* \]\]
    ''',
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def lines_of_entries(text: str) -> dict[EntryPath, int]:
    """The line, counted from 1, of every header of an array of tables, such as `[[programme.list]]`."""
    lines: dict[EntryPath, int] = {}
    latest: dict[EntryPath, int] = {}
    line, reached = 1, 0
    for token in _TOKEN.finditer(text):
        if token["header"] is None:
            continue
        line, reached = line + text.count("\n", reached, token.start()), token.start()
        array: EntryPath = ()
        *outer, name = token["header"].split(".")
        for parent in outer:
            array = (*array, parent, latest.get((*array, parent), 0))
        array = (*array, name)
        latest[array] = latest.get(array, -1) + 1
        lines[(*array, latest[array])] = line
    return lines
