"""The ten criteria of an atom: what is measured (``facts``), how (``form``, ``behaviour``)."""
