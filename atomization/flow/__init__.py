"""Data flow of statement blocks: an engine without a language, and a lowering for each."""
