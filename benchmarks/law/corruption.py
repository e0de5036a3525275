"""Shows that the law can fail: flows with one name forgotten must break a package's suite."""

from __future__ import annotations

from dataclasses import replace

from atomization.flow.model import Flow


class Corruption:
    """Forgets the ``target``-th live-in or live-out name that it meets; counts all it meets."""

    def __init__(self, target: int = -1) -> None:
        """Prepare to forget one name, or none."""
        self.target = target
        self.met = 0
        self.forgotten = ""

    def __call__(self, flow: Flow) -> Flow:
        """Give the flow, without the name if it is in here."""
        shared = set(flow.captured)
        names = [("live_in", name) for name in flow.live_in if name not in shared]
        names += [("live_out", name) for name in flow.live_out if name not in shared]
        place = self.target - self.met
        self.met += len(names)
        if not 0 <= place < len(names):
            return flow
        where, name = names[place]
        self.forgotten = f"{where} {name}"
        return without(flow, where, name)


def without(flow: Flow, where: str, name: str) -> Flow:
    """Give a flow that has forgotten a name among its live-in or live-out ones."""
    if where == "live_in":
        return replace(flow, live_in=tuple(n for n in flow.live_in if n != name))
    return replace(
        flow,
        live_out=tuple(n for n in flow.live_out if n != name),
        may_define=tuple(n for n in flow.may_define if n != name),
    )
