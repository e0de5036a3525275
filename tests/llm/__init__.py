"""Tests of the gateway, its prices and the replay server, all over real HTTP."""
