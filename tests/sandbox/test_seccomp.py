"""The filter is a program the kernel accepts, and there is none where no table is known."""

from __future__ import annotations

import struct

import pytest

from devmatrix.sandbox import seccomp


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_jump_lands_inside_the_program_and_the_end_is_a_return(machine: str) -> None:
    program = seccomp.program(machine)
    assert program is not None
    steps = list(struct.iter_unpack("=HBBI", program))
    assert steps[-1][0] == 0x06
    for at, (code, if_true, if_false, _) in enumerate(steps):
        if code & 0x07 == 0x05:
            assert at + 1 + max(if_true, if_false) < len(steps)


def test_an_unknown_machine_has_no_filter() -> None:
    assert seccomp.program("vax") is None
