"""Chunks files with chonkie's CodeChunker; the size is in characters."""

from __future__ import annotations

from chonkie import CodeChunker
from protocol import Chunker, serve


def chunker_for(language: str, size: int) -> Chunker:
    """Make a chunker."""
    chunker = CodeChunker(tokenizer="character", chunk_size=size, language=language)
    return lambda text: [chunk.text for chunk in chunker.chunk(text)]


serve(chunker_for)
