"""What every peer speaks: a request on standard input, a line of JSON per file on standard output.

The request is ``{"size": 200, "files": [["path", "language"], …]}``; the answer for a file is
``{"path": …, "texts": […], "seconds": 0.01}`` or ``{"path": …, "error": "…"}``. Only the chunking
itself is timed, in seconds of CPU.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

Chunker = Callable[[str], list[str]]


def serve(chunker_for: Callable[[str, int], Chunker]) -> None:
    """Answer the request; ``chunker_for`` makes the peer's chunker for a language and a size."""
    sys.setrecursionlimit(20_000)
    request = json.load(sys.stdin)
    chunkers: dict[str, Chunker] = {}
    for path, language in request["files"]:
        if language not in chunkers:
            chunkers[language] = chunker_for(language, request["size"])
        print(json.dumps(_answer(path, chunkers[language])), flush=True)


def _answer(path: str, chunk: Chunker) -> dict[str, object]:
    text = Path(path).read_bytes().decode("utf-8", "replace")
    started = process_time()
    try:
        texts = chunk(text)
    except Exception as error:  # a peer may refuse a file in any way it likes
        return {"path": path, "error": f"{type(error).__name__}: {error}"[:200]}
    return {"path": path, "texts": texts, "seconds": process_time() - started}
