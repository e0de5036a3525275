"""Chunks files with astchunk (cAST); the size is in characters that are not blank.

It knows no JavaScript, which it is given as TypeScript: it reads that with the grammar of TSX.
"""

from __future__ import annotations

from astchunk import ASTChunkBuilder
from protocol import Chunker, serve


def chunker_for(language: str, size: int) -> Chunker:
    """Make a chunker."""
    builder = ASTChunkBuilder(
        max_chunk_size=size,
        language="python" if language == "python" else "typescript",
        metadata_template="none",
    )
    return lambda text: [chunk["content"] for chunk in builder.chunkify(text)]


serve(chunker_for)
