"""Turning what the checks found into what the next attempt is told."""

from collections.abc import Sequence

from validation.findings import Finding, Severity, Verdict

MAX_CHARS = 6_000
"""About 1,500 tokens: the feedback of all earlier attempts together stays below."""
MAX_FINDINGS = 4
LINES_AROUND = 2


def blocking(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that refuse an atom."""
    return [
        item
        for item in findings
        if item.verdict is Verdict.FAILED and item.severity is Severity.ERROR
    ]


def describe_failure(number: int, code: str, findings: Sequence[Finding]) -> str:
    """Return one attempt's failure: check, what, where, expected, actual, the lines around."""
    failed = blocking(findings)
    parts = [_describe(number, code, item) for item in failed[:MAX_FINDINGS]]
    if len(failed) > MAX_FINDINGS:
        parts.append(f"… and {len(failed) - MAX_FINDINGS} more findings of the same attempt")
    return "\n".join(parts)


def describe_no_answer(number: int, message: str) -> str:
    """Return the failure of an attempt whose answer could not be read at all."""
    return f'attempt {number} failed check "answer": {message}'


def _describe(number: int, code: str, finding: Finding) -> str:
    where = f" (line {finding.line} of the atom)" if finding.line else ""
    lines = [f'attempt {number} failed check "{finding.check}": {_short(finding.message)}{where}']
    if finding.expected:
        lines.append(f"  expected: {_short(finding.expected)}")
    if finding.actual:
        lines.append(f"  actual: {_short(finding.actual)}")
    if finding.line:
        lines += [f"  {text}" for text in _around(code, finding.line)]
    return "\n".join(lines)


def _around(code: str, line: int) -> list[str]:
    rows = code.split("\n")
    first, last = max(1, line - LINES_AROUND), min(len(rows), line + LINES_AROUND)
    return [
        f"{'>' if number == line else ' '} {number:3} {_short(rows[number - 1])}"
        for number in range(first, last + 1)
    ]


def _short(text: str, limit: int = 500) -> str:
    return text if len(text) <= limit else text[:limit] + " …"


def feedback(failures: Sequence[str], code: str = "", guidance: str = "") -> str:
    """Return the `<feedback>` section of a prompt, "" when there is nothing to tell.

    The newest failures are kept when all of them would be too long.
    """
    sections: list[str] = []
    room = MAX_CHARS
    for text in reversed(failures):
        if len(text) > room:
            text = text[: max(0, room - 20)] + " … (cut)"
        room -= len(text)
        sections.insert(0, text)
        if room <= 0:
            break
    if guidance:
        sections.append(f"A reviewer asks: {_short(guidance, 2000)}")
    if code:
        sections.append(f"The text of the last attempt was:\n{_short(code, 4000)}")
    return "<feedback>\n" + "\n".join(sections) + "\n</feedback>\n" if sections else ""
