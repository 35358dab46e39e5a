"""The process of one background job: `python -m cli.job JOB_ID`. Its record tells the rest."""

from __future__ import annotations

import sys

import compose
from retrieval.errors import ProductSearchError
from retrieval.settings import load_settings
from shop import processes


def main(arguments: list[str]) -> int:
    """Do the job; exit 0 when it is done, 2 when its record says why not. A traceback here goes to the job's log."""
    compose.go_offline()
    if len(arguments) != 1:
        print("usage: python -m cli.job JOB_ID", file=sys.stderr)
        return 2
    try:
        compose.run_job(arguments[0], load_settings())
    except ProductSearchError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    processes.give_way()
    sys.exit(main(sys.argv[1:]))
