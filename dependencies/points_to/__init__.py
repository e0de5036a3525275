"""Which objects can reach which variable: the analysis that calls are resolved by."""
