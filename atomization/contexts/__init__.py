"""The parts of an atom's context: what is explained, what is raised further down, which tests."""
