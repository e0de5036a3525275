"""The command line: python -m evenly COMMAND FILE [--format F]."""

import sys

from evenly.commands import APP

if __name__ == "__main__":
    sys.exit(APP.run(sys.argv[1:]))
