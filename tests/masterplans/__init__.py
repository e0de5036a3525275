"""Tests of the way from a specification to skeletons."""
