"""Reading a specification: what is kept, and what each bad input is told."""

import hashlib

import pytest

from devmatrix.masterplans.specification import (
    Specification,
    SpecificationError,
    criteria_ids,
    read_specification,
)


def read(data: bytes, max_bytes: int = 1_000) -> Specification:
    return read_specification(data, max_bytes=max_bytes)


def test_the_text_is_kept_and_the_bytes_are_hashed() -> None:
    data = "# Größe\r\n\r\nText ".encode()
    found = read(data)
    assert found == Specification("# Größe\r\n\r\nText ", "Größe", hashlib.sha256(data).hexdigest())


def test_a_byte_order_mark_is_dropped() -> None:
    assert read(b"\xef\xbb\xbf# Title").text == "# Title"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n## Second level ##\n", "Second level"),
        ("```\n# no heading\n```\n# Heading\n", "Heading"),
        ("~~~\n```\n# no\n~~~\n# Heading", "Heading"),
        ("\n  A plain line\nmore", "A plain line"),
        ("#\n# Named", "Named"),
        ("#hashtag\nmore", "#hashtag"),
        ("# " + "x" * 300, "x" * 200),
    ],
)
def test_the_title_is_the_first_heading_or_the_first_line(text: str, title: str) -> None:
    assert read(text.encode()).title == title


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf\n"])
def test_a_blank_file_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(SpecificationError, match=r"is empty: describe in Markdown"):
        read(data)


def test_a_binary_file_is_refused_at_its_first_nul() -> None:
    with pytest.raises(SpecificationError, match=r"binary file \(NUL at byte 3\): hand in"):
        read(b"\x7fEL\0F")


def test_utf_16_is_named() -> None:
    with pytest.raises(SpecificationError, match="UTF-16 text: save it as UTF-8"):
        read("# Title".encode("utf-16"))


def test_other_encodings_are_refused_at_their_first_byte() -> None:
    with pytest.raises(SpecificationError, match=r"not UTF-8 text \(byte 2 is 0xf6\): save it"):
        read("Grö".encode("latin-1"))


def test_too_many_bytes_are_refused_with_both_numbers() -> None:
    with pytest.raises(SpecificationError, match=r"5,000,000 bytes and the limit is 1,000,000"):
        read(b"x" * 5_000_000, max_bytes=1_000_000)


def test_exactly_the_limit_is_accepted() -> None:
    assert read(b"x" * 10, max_bytes=10).text == "x" * 10


def test_messages_are_one_sentence() -> None:
    for data in (b"", b"\0", b"\xff\xfe#\0", b"\xf6", b"x" * 2_000):
        with pytest.raises(SpecificationError) as caught:
            read(data)
        message = str(caught.value)
        assert message.endswith(".")
        assert "\n" not in message


def test_criteria_ids_are_found_once_each_in_order() -> None:
    assert criteria_ids("- AC2: x\n- AC-1 y (see AC2), AC_3; MAC1, AC") == ("AC2", "AC-1", "AC_3")
