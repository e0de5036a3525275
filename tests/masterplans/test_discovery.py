"""The question for a discovery, and what of its answer is taken."""

import pytest
from jsonschema import Draft202012Validator

from devmatrix.masterplans import discovery
from devmatrix.masterplans.answers import AnswerRejected
from tests.masterplans.examples import DISCOVERY, SPECIFICATION


def test_the_question_holds_the_specification_in_its_stable_part() -> None:
    prompt = discovery.prompt(name="tally", specification=SPECIFICATION)
    assert (prompt.purpose, prompt.subject) == ("discovery", "tally")
    assert SPECIFICATION.rstrip() in prompt.project
    assert SPECIFICATION.rstrip() not in prompt.body


def test_the_schema_fits_its_own_structure_and_refuses_others() -> None:
    validator = Draft202012Validator(discovery.SCHEMA)
    assert validator.is_valid(DISCOVERY)
    assert not validator.is_valid({**DISCOVERY, "extra": 1})
    assert not validator.is_valid({**DISCOVERY, "risks": [1]})


def test_an_answer_survives_the_way_to_a_value_and_back() -> None:
    assert discovery.parse(DISCOVERY).to_dict() == DISCOVERY


def test_an_answer_that_discovers_nothing_is_rejected() -> None:
    with pytest.raises(AnswerRejected) as caught:
        discovery.parse({**DISCOVERY, "domain": " ", "summary": ""})
    assert caught.value.problems == ("domain is empty", "summary is empty")


def test_things_without_a_name_are_rejected() -> None:
    with pytest.raises(AnswerRejected, match="an entry of aggregates has no name"):
        discovery.parse({**DISCOVERY, "aggregates": [{"name": "", "description": "?"}]})


def test_a_long_domain_is_shortened_to_what_can_be_stored() -> None:
    found = discovery.parse({**DISCOVERY, "domain": "word " * 100})
    assert len(found.domain) <= discovery.DOMAIN_LENGTH
    assert found.domain.endswith("…")
