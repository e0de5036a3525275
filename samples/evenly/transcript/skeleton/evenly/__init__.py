"""Split shared expenses evenly: read a trip, see the balances, settle with few transfers."""

__version__ = "0.1.0"
