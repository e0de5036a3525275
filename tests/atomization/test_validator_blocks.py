"""Statement blocks cut out of real functions: their data flow is what the criteria measure."""

from __future__ import annotations

import pytest

from atomization.validator import Criterion
from tests.atomization.judging import judged

Judged = dict[str, dict[str, Criterion]]

PYTHON = """\
import logging


def tally(rows: list[str], limit: int, *, strict: bool = False) -> dict[str, int]:
    \"\"\"Count words.\"\"\"
    counts: dict[str, int] = {}
    seen = set()
    skipped = 0
    longest = ""
    total = 0
    for row in rows:
        words = row.split()
        total += len(words)
        if len(words) > limit:
            skipped += 1
            continue
        for word in words:
            if word in seen and strict:
                break
            seen.add(word)
            counts[word] = counts.get(word, 0) + 1
            if len(word) > len(longest):
                longest = word
    logging.info("skipped %s", skipped)
    if total and not counts:
        raise ValueError(longest)
    summary = sorted(counts, key=lambda key: counts[key])
    best = summary[-1] if summary else ""
    return {best: counts.get(best, 0), longest: total - skipped}
"""

SCRIPT = """\
export function tally(rows: string[], limit: number, strict = false): Map<string, number> {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  let skipped = 0;
  let longest = "";
  let total = 0;
  for (const row of rows) {
    const words = row.split(" ");
    total += words.length;
    if (words.length > limit) {
      skipped += 1;
      continue;
    }
    for (const word of words) {
      if (seen.has(word) && strict) {
        break;
      }
      seen.add(word);
      counts.set(word, (counts.get(word) ?? 0) + 1);
      if (word.length > longest.length) {
        longest = word;
      }
    }
  }
  console.log(skipped);
  if (total && !counts.size) {
    throw new Error(longest);
  }
  const summary = [...counts.keys()].sort();
  const best = summary.length ? summary[0] : "";
  return new Map([[best, counts.get(best) ?? 0], [longest, total - skipped]]);
}
"""


@pytest.fixture(scope="module", params=["a.py", "a.ts"])
def found(request: pytest.FixtureRequest) -> Judged:
    """Judge the function in both languages."""
    return judged(PYTHON if request.param == "a.py" else SCRIPT, request.param)


def blocks(found: Judged, name: str) -> list[Criterion]:
    """Give one criterion's answers for the function's blocks, in order."""
    return [answers[name] for atom, answers in found.items() if atom.startswith("tally#")]


def test_the_function_is_cut(found: Judged) -> None:
    assert len(blocks(found, "size")) >= 5


def test_every_block_says_what_it_takes_and_hands_on(found: Judged) -> None:
    told = [answer.evidence for answer in blocks(found, "inputs and outputs")]
    assert all(evidence.startswith("takes ") for evidence in told)
    assert any("total" in evidence.partition("hands on")[2] for evidence in told)


@pytest.mark.parametrize(("handed", "met"), [(14, False), (5, True)])
def test_many_live_names_across_a_cut_cost_independence_and_clarity(handed: int, met: bool) -> None:
    names = [f"v{number}" for number in range(handed)]
    made = "".join(f"    {name} = g()\n    g()\n" for name in names)
    source = f"def tally():\n{made}    if g():\n        g()\n    return h({', '.join(names)})\n"
    last = list(judged(source).values())[-1]
    assert last["independence"].passed is met
    assert last["inputs and outputs"].passed is met
    assert (last["inputs and outputs"].score < 1) is not met


def test_jumps_out_of_a_block_are_told(found: Judged) -> None:
    told = " ".join(answer.evidence for answer in blocks(found, "clear boundaries"))
    assert "jumps out: continue of line" in told
    assert "jumps out: break of line" in told


def test_the_last_block_begins_and_ends_between_statements(found: Judged) -> None:
    assert blocks(found, "clear boundaries")[-1].score == 1


def test_blocks_can_be_run_alone_and_say_what_to_compare(found: Judged) -> None:
    told = [answer.evidence for answer in blocks(found, "testable")]
    assert sum("can be run alone: to compare are" in evidence for evidence in told) >= 3
    assert "return" in told[-1]


def test_changes_in_place_are_declared_by_the_contract(found: Judged) -> None:
    changing = [answer for answer in blocks(found, "side effects") if "seen" in answer.evidence]
    assert changing
    assert all(answer.passed and answer.score == 0.9 for answer in changing)


def test_the_parameters_of_the_function_are_not_taken_from_siblings(found: Judged) -> None:
    told = " ".join(answer.evidence for answer in blocks(found, "independence"))
    assert "limit" not in told
    assert "rows" not in told
