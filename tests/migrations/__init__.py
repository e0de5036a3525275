"""Migrations as promises: every step can be taken back."""
