"""Source text survives databases that refuse NUL and undecodable bytes."""

from hypothesis import given
from hypothesis import strategies as st

from atomization.fields import ESCAPE, from_storable, to_storable

SOURCES = st.binary().map(lambda data: data.decode("utf-8", "surrogateescape"))
TEXTS = st.text(st.sampled_from("a\x00\udc80\udcff\n" + ESCAPE + "\U001000ff"))


@given(SOURCES | TEXTS)
def test_it_gives_back_what_was_stored(text: str) -> None:
    assert from_storable(to_storable(text)) == text


@given(SOURCES | TEXTS)
def test_what_is_stored_is_text_that_postgresql_takes(text: str) -> None:
    stored = to_storable(text)
    stored.encode("utf-8")
    assert "\x00" not in stored
