"""What reaches out of the program: the clock, chance, the surroundings, input and output.

A callee is judged by what it is called at home: ``choice`` after ``from random import choice`` is
``random.choice``, and a local variable called ``random`` is nobody's clock.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from typing import Final

from atomization.parser import Language

Table = tuple[tuple[str, re.Pattern[str]], ...]

_PYTHON_UNSURE: Final[Table] = (
    (
        "chance",
        re.compile(
            r"random\.(?!Random|SystemRandom|getstate|setstate)\w+|random\.SystemRandom|secrets\.\w+"
            r"|uuid\.uuid[14]|os\.urandom|(?:numpy|np)\.random\.\w+"
            r"|django\.utils\.crypto\.get_random_string"
        ),
    ),
    (
        "clock",
        re.compile(
            r"time\.(?:time|monotonic|perf_counter|process_time|thread_time)(?:_ns)?"
            r"|time\.(?:localtime|gmtime|ctime)\(\)"
            r"|datetime\.(?:datetime\.)?(?:now|utcnow|today)|datetime\.date\.today|date\.today"
            r"|(?:django\.utils\.)?timezone\.(?:now|localdate\(\)|localtime\(\))"
        ),
    ),
    (
        "surroundings",
        re.compile(
            r"os\.(?:environ\.(?:get|items|keys|values|copy)|getenv|getcwdb?|getpid|getppid|getlogin|getuid|cpu_count|uname"
            r"|times|getloadavg|listdir|scandir|walk|stat|access)|platform\.\w+|socket\.get\w+"
            r"|input|getpass\.\w+|locale\.get\w+|glob\.i?glob|os\.path\.(?:exists|isfile|isdir"
            r"|getmtime|getsize|expanduser|realpath|abspath)|pathlib\.Path\.(?:cwd|home)|Path\.(?:cwd|home)"
            r"|shutil\.(?:which|disk_usage|get_terminal_size)"
        ),
    ),
)
_SCRIPT_UNSURE: Final[Table] = (
    ("chance", re.compile(r"Math\.random|crypto\.(?:random\w+|getRandomValues)|\w+\.randomUUID")),
    ("clock", re.compile(r"Date\.now|performance\.now|new Date\(\)|process\.(?:hrtime|uptime)")),
    (
        "surroundings",
        re.compile(
            r"process\.(?:cwd|memoryUsage|cpuUsage)|os\.\w+|fs\.(?:exists|stat|readdir)\w*"
            r"|localStorage\.getItem|sessionStorage\.getItem|navigator\.\w+|prompt|confirm"
        ),
    ),
)
_PYTHON_ACTS: Final[Table] = (
    ("log", re.compile(r"(?:logging|log|logger|_logger|LOGGER|LOG|warnings)\.\w+|self\.log\.\w+")),
    (
        "output",
        re.compile(
            r"print|input|open|io\.open|exec|breakpoint|exit|quit|sys\.exit|os\._exit|pdb\.\w+"
            r"|sys\.(?:stdin|stdout|stderr)\.(?:write\w*|flush|read\w*|close|buffer\.\w+)|sys\.set\w+|gc\.\w+|signal\.\w+|atexit\.\w+"
            r"|os\.(?:remove|unlink|rename|renames|replace|mkdir|makedirs|rmdir|removedirs|write"
            r"|open|close|read|kill|killpg|fork|forkpty|exec\w+|spawn\w+|system|popen|chmod|chown"
            r"|lchown|link|symlink|truncate|utime|putenv|unsetenv|chdir|chroot|umask|pipe2?|dup2?"
            r"|set\w+|environ\.(?:pop|setdefault|update|clear)|startfile|abort|mkfifo|wait\w*)"
            r"|shutil\.(?:copy\w*|move|rmtree|chown|make_archive|unpack_archive)|tempfile\.\w+"
            r"|subprocess\.\w+|socket\.(?:socket|create_\w+)|urllib\.request\.\w+|urlopen"
            r"|requests\.\w+|httpx\.\w+|smtplib\.\w+|sqlite3\.connect|time\.sleep|asyncio\.run"
            r"|threading\.Thread|multiprocessing\.\w+|importlib\.reload"
            r"|.*\.(?:write_text|write_bytes|writelines|unlink|rmdir|touch|commit|rollback|execute"
            r"|executemany|executescript|sendall|send_message|savepoint|bulk_create|bulk_update)"
            r"|.*(?:stdout|stderr|file|stream|fp|fd|out|sock|conn|cursor|socket)\."
            r"(?:write|send|close|flush|seek|truncate|read|readline)"
        ),
    ),
)
_SCRIPT_ACTS: Final[Table] = (
    ("log", re.compile(r"console\.\w+|(?:log|logger)\.\w+")),
    (
        "output",
        re.compile(
            r"alert|fetch|setTimeout|setInterval|setImmediate|requestAnimationFrame|queueMicrotask"
            r"|clearTimeout|clearInterval|process\.(?:exit|kill|chdir|on|once|emit|abort|nextTick)"
            r"|process\.std\w+\.\w+|(?:document|window|history|location|navigator)\.\w[\w.]*"
            r"|(?:local|session)Storage\.\w+|fs(?:\.promises|/promises)?\.\w+|child_process\.\w+"
            r"|new (?:XMLHttpRequest|WebSocket|Worker|EventSource)|axios(?:\.\w+)?"
            r"|.*\.(?:appendChild|removeChild|addEventListener|removeEventListener|setAttribute"
            r"|removeAttribute|insertBefore|replaceChild|dispatchEvent|postMessage|innerHTML)"
        ),
    ),
)
_READ: Final = re.compile(
    r"os\.environb?|sys\.(?:argv|platform|flags|executable)|process\.(?:argv|env|platform)(?:\.\w+)?"
)
_STATEMENTS: Final = 4096
_STREAM: Final = re.compile(r".*(?:stdout|stderr|file|stream|fp|fd|out|sock|conn|cursor)")
_PYTHON_IMPORT: Final = re.compile(r"^\s*(?:from\s+(\S+)\s+)?import\s+(.+)$", re.DOTALL)
_SCRIPT_IMPORT: Final = re.compile(
    r"^\s*import\s+(?:\*\s+as\s+([\w$]+)|([\w$]+)|\{\s*([\w$]+)(?:\s+as\s+([\w$]+))?\s*\})"
    r"\s+from\s+[\"'](?:node:)?([^\"']+)"
)


def aliases(statements: Iterable[str], language: Language) -> dict[str, str]:
    """Read import statements: the name that each binds, and what that is called at home."""
    found: dict[str, str] = {}
    for statement in statements:
        if language is Language.PYTHON:
            found.update(_python_aliases(statement))
        else:
            found.update(_script_aliases(statement))
    return found


@lru_cache(_STATEMENTS)
def _python_aliases(statement: str) -> Mapping[str, str]:
    match = _PYTHON_IMPORT.match(statement)
    if match is None:
        return {}
    module, names = match.groups()
    found = {}
    for part in names.strip("() \n").split(","):
        name, _, alias = (word.strip() for word in part.partition(" as "))
        if module:
            found[alias or name] = f"{module}.{name}"
        elif alias:
            found[alias] = name
        else:
            found[name.split(".", 1)[0]] = name.split(".", 1)[0]
    return found


@lru_cache(_STATEMENTS)
def _script_aliases(statement: str) -> Mapping[str, str]:
    match = _SCRIPT_IMPORT.match(statement)
    if match is None:
        return {}
    space, default, name, alias, module = match.groups()
    if space or default:
        return {space or default: module}
    return {alias or name: f"{module}.{name}"}


def at_home(
    calls: Mapping[str, bool], known: Mapping[str, str], local: Iterable[str]
) -> dict[str, str]:
    """Give what each callee is called at home; one of a local variable keeps only its method.

    ``calls`` maps callees to whether they are given arguments; one without gets ``()`` after it
    where that matters (``new Date()``).
    """
    mine = set(local) - set(known)
    found = {}
    for text, given in calls.items():
        new = "new " if text.startswith("new ") else ""
        head, dot, rest = text.removeprefix("new ").partition(".")
        if head not in mine:
            head = known.get(head, head)
        elif not dot:
            continue
        elif not _STREAM.fullmatch(head):
            head = "…"
        found[text] = f"{new}{head}{dot}{rest}{'' if given else '()'}"
    return found


def unsure(homes: Mapping[str, str], language: Language) -> dict[str, str]:
    """Give the callees whose results differ from run to run, with the reason."""
    python = language is Language.PYTHON
    return _matched(homes, _PYTHON_UNSURE if python else _SCRIPT_UNSURE)


def read(names: Iterable[str], known: Mapping[str, str], changed: Container[str]) -> dict[str, str]:
    """Give the names that stand for the surroundings: environment and arguments of the process."""
    found = {}
    for text in names:
        head, dot, rest = text.partition(".")
        home = known.get(head, head) + dot + rest
        if _READ.fullmatch(home) and f"{text}[]" not in changed:
            found[text] = "surroundings"
    return found


def acts(homes: Mapping[str, str], language: Language) -> dict[str, str]:
    """Give the callees that act on the outside: ``log`` or ``output``."""
    return _matched(homes, _PYTHON_ACTS if language is Language.PYTHON else _SCRIPT_ACTS)


def _matched(homes: Mapping[str, str], table: Table) -> dict[str, str]:
    found = {}
    for text, home in homes.items():
        for reason, pattern in table:
            if pattern.fullmatch(home) or pattern.fullmatch(home.removesuffix("()")):
                found[text] = reason
                break
    return found
