"""The review queue: scores, choice, decisions."""
