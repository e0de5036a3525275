"""A person at work in a real browser."""
