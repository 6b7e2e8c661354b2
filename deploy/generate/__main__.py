"""`make contracts`: write every generated document; refuse to change a published schema."""

import sys

from deploy.generate.documents import PublishedSchemaError, write_all


def main() -> None:
    """Write, say what was written, and exit with 2 if a published schema would have to change."""
    again = frozenset(sys.argv[1:])
    try:
        written = write_all(replace_unreleased=again)
    except PublishedSchemaError as error:
        sys.exit(_fail(str(error)))
    sys.stdout.write("\n".join(written) + "\n" if written else "Everything is up to date.\n")


def _fail(message: str) -> int:
    sys.stderr.write(message + "\n")
    return 2


main()
