"""Chunks files with LlamaIndex's CodeSplitter; the size is in characters."""

from __future__ import annotations

from llama_index.core.node_parser import CodeSplitter
from protocol import Chunker, serve


def chunker_for(language: str, size: int) -> Chunker:
    """Make a splitter; the tokenizer is not asked when characters are counted."""
    return CodeSplitter(language=language, max_chars=size, tokenizer=list).split_text


serve(chunker_for)
