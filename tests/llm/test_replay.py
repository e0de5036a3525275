"""The replay server as its own process, spoken to over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anthropic
import pytest

from devmatrix.llm import Answer, GatewayConfig, Prompt
from devmatrix.llm.gateway import Gateway
from devmatrix.llm.prompts import request_line
from devmatrix.llm.replay import Options, ReplayServer
from devmatrix.llm.replay_process import ReplayFailed, ReplayProcess
from devmatrix.llm.transcript import Transcript
from tests.llm.conftest import TRANSCRIPT

ROOT = Path(__file__).resolve().parents[2]
SUBJECT = "evenly/money.py::Money.add"
HEADERS = {"x-api-key": "any", "anthropic-version": "2026-10-21"}
ANSWER = '{"imports": ["import math"], "code": "def add(self, other):\\n    return other\\n"}'


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    directory = tmp_path / "transcript"
    directory.mkdir()
    (directory / "00-note.toml").write_text(TRANSCRIPT, encoding="utf-8")
    return directory


@pytest.fixture
def fresh(transcript: Path) -> Iterator[ReplayProcess]:
    """A server with an empty bill."""
    with ReplayProcess(transcript, latency=0.0) as server:
        yield server


def send(
    server: ReplayProcess, method: str, path: str, body: Any = None, headers: Any = HEADERS
) -> tuple[int, dict[str, Any], str | None]:
    """Status, JSON and request id of one request."""
    connection = connect(server)
    try:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, None if body is None else payload, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read()), response.getheader("request-id")
    finally:
        connection.close()


def connect(server: ReplayProcess) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)


def question(subject: str = SUBJECT, **changes: Any) -> dict[str, Any]:
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": f"{request_line('atom', subject)}\nWrite it."}],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def tokens(text: str) -> int:
    return -(-len(text) // 4)


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


# --- messages


def test_a_question_is_answered_as_a_message(replay: ReplayProcess) -> None:
    status, message, request_id = send(replay, "POST", "/v1/messages", question())
    assert status == 200
    assert message["content"] == [{"type": "text", "text": ANSWER}]
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert (message["model"], message["stop_reason"]) == ("claude-sonnet-5-5", "end_turn")
    assert request_id
    assert request_id.startswith("req_replay_")


def test_tokens_are_counted_from_the_texts(replay: ReplayProcess) -> None:
    plain = send(replay, "POST", "/v1/messages", question())[1]["usage"]
    longer = send(replay, "POST", "/v1/messages", question(system="x" * 400))[1]["usage"]
    assert plain["output_tokens"] == tokens(ANSWER)
    assert longer["input_tokens"] - plain["input_tokens"] == 100


def test_a_marked_prefix_is_written_to_the_cache_once_and_read_afterwards(
    fresh: ReplayProcess,
) -> None:
    project = {"type": "text", "text": "p" * 8000, "cache_control": {"type": "ephemeral"}}
    own = {"type": "text", "text": request_line("atom", SUBJECT)}
    body = question(messages=[{"role": "user", "content": [project, own]}])
    usages = [send(fresh, "POST", "/v1/messages", body)[1]["usage"] for _ in range(2)]
    assert [u["cache_creation_input_tokens"] for u in usages] == [2000, 0]
    assert [u["cache_read_input_tokens"] for u in usages] == [0, 2000]
    assert len({u["input_tokens"] for u in usages}) == 1


def test_a_short_prefix_is_not_cached(fresh: ReplayProcess) -> None:
    project = {"type": "text", "text": "p" * 4000, "cache_control": {"type": "ephemeral"}}
    own = {"type": "text", "text": request_line("atom", SUBJECT)}
    body = question(messages=[{"role": "user", "content": [project, own]}])
    usage = [send(fresh, "POST", "/v1/messages", body)[1]["usage"] for _ in range(2)][1]
    assert (usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]) == (0, 0)
    assert usage["input_tokens"] >= 1000


def test_an_answer_beyond_max_tokens_is_cut_off(replay: ReplayProcess) -> None:
    message = send(replay, "POST", "/v1/messages", question(max_tokens=5))[1]
    assert message["content"][0]["text"] == ANSWER[:20]
    assert message["stop_reason"] == "max_tokens"
    assert message["usage"]["output_tokens"] == 5


def test_the_bill_is_what_the_clients_were_told(fresh: ReplayProcess, prompt: Prompt) -> None:
    async def run() -> list[Answer]:
        settings = GatewayConfig(api_key="any", base_url=fresh.url, model="claude-sonnet-5-5")
        async with Gateway(settings) as gateway:
            sampling = await gateway.sampling(1)
            return await asyncio.gather(*(gateway.ask(prompt, sampling) for _ in range(30)))

    answers = asyncio.run(run())
    bill = send(fresh, "GET", "/bill")[1]
    assert bill["calls"] == bill["by_purpose"]["atom"] == len(answers)
    for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"):
        assert bill[name] == sum(getattr(answer, name) for answer in answers)
    assert bill["by_model"]["claude-sonnet-5-5"]["calls"] == 30
    assert len({answer.request_id for answer in answers}) == 30


def test_what_is_refused_is_not_billed(fresh: ReplayProcess) -> None:
    send(fresh, "POST", "/v1/messages", question("nobody"))
    send(fresh, "POST", "/v1/messages", question(temperature=0.7))
    assert send(fresh, "GET", "/bill")[1]["calls"] == 0


def test_two_hundred_connections_are_served_at_once(transcript: Path) -> None:
    with (
        ReplayProcess(transcript, latency=0.3, seed=1) as server,
        ThreadPoolExecutor(200) as pool,
    ):
        started = time.monotonic()
        asked = [pool.submit(send, server, "POST", "/v1/messages", question()) for _ in range(200)]
        statuses = {future.result()[0] for future in asked}
        seconds = time.monotonic() - started
    assert statuses == {200}
    assert seconds < 200 * 0.3 / 10


def test_a_connection_is_kept_after_an_answer_and_after_an_error(replay: ReplayProcess) -> None:
    connection = connect(replay)
    connection.connect()
    socket = connection.sock
    for body in (question("nobody"), question()):
        connection.request("POST", "/v1/messages", json.dumps(body), HEADERS)
        connection.getresponse().read()
        assert connection.sock is socket
    connection.close()


def test_latencies_vary_around_the_median_and_can_be_repeated(transcript: Path) -> None:
    def latencies() -> list[float]:
        with ReplayServer(0, Transcript.load(transcript), Options(2.0, seed=7)) as server:
            return [server.draw_latency() for _ in range(1000)]

    first = latencies()
    assert first == latencies()
    assert 1.9 < sorted(first)[500] < 2.1
    assert len(set(first)) == 1000


def test_an_answer_takes_its_latency(transcript: Path) -> None:
    with ReplayProcess(transcript, latency=0.3, seed=1) as server:
        started = time.monotonic()
        send(server, "POST", "/v1/messages", question())
    assert time.monotonic() - started > 0.1


# --- refusals


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (question(temperature=0.7), "`temperature` is deprecated for this model."),
        (question(top_k=3), "top_k: Extra inputs are not permitted"),
        (question(stream=True), "in one piece"),
        (question(model=None), "model: Field required"),
        (question(max_tokens=0), "max_tokens"),
        (question(max_tokens=True), "max_tokens"),
        (question(messages=[]), "at least one message"),
        (question(messages=[{"role": "assistant", "content": "x"}]), "must be the user's"),
        (question(messages=[{"role": "user", "content": ""}]), "must be non-empty"),
        (question(messages=[{"role": "user", "content": [{"type": "image"}]}]), "non-empty"),
        (question(messages=[{"role": "user", "content": 3}]), "text or a list"),
        (question(messages=[{"role": "user", "content": "Hello"}]), "must begin with <request"),
        (question(output_config=[]), "should be an object"),
        (question(output_config={"effort": "enormous"}), "'enormous'"),
        (question(output_config={"format": {"type": "text"}}), "a json_schema is required"),
        (
            question(
                output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}}
            ),
            "'additionalProperties' must be explicitly set to false",
        ),
        (b"{", "not valid JSON"),
        ([], "must be an object"),
    ],
)
def test_what_the_api_refuses_is_refused(replay: ReplayProcess, body: Any, why: str) -> None:
    status, error, request_id = send(replay, "POST", "/v1/messages", body)
    assert status == 400
    assert error["type"] == "error"
    assert error["error"]["type"] == "invalid_request_error"
    assert why in error["error"]["message"]
    assert error["request_id"] == request_id


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/models/claude-sonnet-5-5"])
@pytest.mark.parametrize(
    "headers",
    [
        {"anthropic-version": "2026-10-21"},
        {"anthropic-version": "2026-10-21", "x-api-key": ""},
        {"anthropic-version": "2026-10-21", "authorization": "Bearer "},
    ],
)
def test_a_request_without_key_is_refused(
    replay: ReplayProcess, path: str, headers: dict[str, str]
) -> None:
    body = question() if path.endswith("messages") else None
    status, error, _ = send(replay, "POST" if body else "GET", path, body, headers)
    assert (status, error["error"]["type"]) == (401, "authentication_error")


def test_a_request_without_version_is_refused(replay: ReplayProcess) -> None:
    status, error, _ = send(replay, "POST", "/v1/messages", question(), {"x-api-key": "any"})
    assert (status, error["error"]["type"]) == (400, "invalid_request_error")
    assert "anthropic-version" in error["error"]["message"]


def test_a_question_that_the_transcript_lacks_is_named(replay: ReplayProcess) -> None:
    status, error, _ = send(replay, "POST", "/v1/messages", question("a.py::new"))
    assert (status, error["error"]["type"]) == (404, "not_found_error")
    assert 'purpose "atom", subject "a.py::new"' in error["error"]["message"]
    assert "add an [[answer]]" in error["error"]["message"]


def test_a_question_that_lacks_the_feedback_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'note = "By hand."\n[[answer]]\npurpose = "atom"\nsubject = "x"\n'
        'requires = ["got 2"]\ncode = "x = 1"\n'
    )
    with ReplayProcess(tmp_path, latency=0.0) as server:
        error = send(server, "POST", "/v1/messages", question("x"))[1]
    assert "all require feedback that the request does not hold" in error["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/messages"), ("POST", "/v1/models/x"), ("GET", "/other")]
)
def test_other_addresses_are_not_found(replay: ReplayProcess, method: str, path: str) -> None:
    assert send(replay, method, path, {} if method == "POST" else None)[0] == 404


def test_a_body_without_end_is_refused(replay: ReplayProcess) -> None:
    headers = {**HEADERS, "content-length": "99999999999"}
    assert send(replay, "POST", "/v1/messages", None, headers)[0] == 413


# --- what it says about itself


def test_the_note_of_the_transcript_is_told(replay: ReplayProcess) -> None:
    about = send(replay, "GET", "/", headers={})[1]
    assert about["note"] == "Written by hand for these tests."
    assert about["answers"] == 3


def test_the_client_reads_the_capabilities(replay: ReplayProcess) -> None:
    client = anthropic.Anthropic(api_key="any", base_url=replay.url)
    with client:
        info = client.models.retrieve("claude-sonnet-5-5")
    assert info.id == "claude-sonnet-5-5"
    assert info.capabilities is not None
    assert info.capabilities.effort.supported
    assert info.capabilities.effort.medium.supported
    assert "replayed" in info.display_name


def test_a_model_that_takes_a_temperature_takes_no_effort(transcript: Path) -> None:
    with ReplayProcess(transcript, latency=0.0, takes_temperature=True) as server:
        info = send(server, "GET", "/v1/models/m")[1]
        warm = send(server, "POST", "/v1/messages", question(temperature=0.7))[0]
        effort = send(server, "POST", "/v1/messages", question(output_config={"effort": "low"}))[0]
    assert info["capabilities"]["effort"]["supported"] is False
    assert (warm, effort) == (200, 400)


# --- the process


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "devmatrix.llm.replay", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_good_transcript_passes_the_check(transcript: Path) -> None:
    result = run("--check", str(transcript))
    assert (result.returncode, result.stdout) == (0, "3 answers to 2 questions: fine.\n")


@pytest.mark.parametrize("option", [["--check"], []])
def test_a_bad_transcript_is_explained_and_not_served(tmp_path: Path, option: list[str]) -> None:
    (tmp_path / "a.toml").write_text('note = "x"\n[[answer]]\npurpose = "atoms"\n')
    result = run(*option, str(tmp_path))
    assert result.returncode == 1
    assert "a.toml, answer 1" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_that_is_taken_is_named(replay: ReplayProcess, transcript: Path) -> None:
    port = replay.url.rsplit(":", 1)[1]
    result = run(str(transcript), "--port", port)
    assert result.returncode == 1
    assert f"Port {port} cannot be used" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_even_with_a_call_in_flight(
    transcript: Path, tmp_path: Path, number: signal.Signals
) -> None:
    port_file = tmp_path / "port"
    arguments = command(str(transcript), "--port-file", str(port_file), "--latency", "30")
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert wait_until(port_file.exists)
            connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()))
            connection.request("POST", "/v1/messages", json.dumps(question()), HEADERS)
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=10)
            connection.close()
        finally:
            process.kill()
    assert (process.returncode, stderr) == (0, "")
    assert stdout.startswith("Replaying")
    assert stdout.endswith(f"http://127.0.0.1:{connection.port}\n")


def test_it_listens_on_loopback_only(replay: ReplayProcess) -> None:
    port = int(replay.url.rsplit(":", 1)[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and int(row[1][-4:], 16) == port]
    assert listening == [f"0100007F:{port:04X}"]


def test_it_dies_with_its_parent(transcript: Path, tmp_path: Path) -> None:
    starter = (
        "import os, pathlib, sys\n"
        "from devmatrix.llm.replay_process import ReplayProcess\n"
        "server = ReplayProcess(pathlib.Path(sys.argv[1]), latency=0.0)\n"
        "print(server.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", starter, str(transcript)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    pid = int(result.stdout)
    assert wait_until(lambda: not runs(pid))


def test_it_dies_with_a_process_that_did_not_start_it(transcript: Path, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        arguments = command(str(transcript), "--port-file", str(port_file))
        arguments += ["--parent", str(other.pid)]
        with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
            try:
                assert wait_until(port_file.exists)
                time.sleep(0.7)  # longer than it takes to look for the other process
                assert server.poll() is None
                other.kill()
                other.wait()
                assert server.wait(timeout=10) == 0
            finally:
                server.kill()


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(ReplayFailed, match=r"holds no \*\.toml file"):
        ReplayProcess(tmp_path)


def test_stopping_twice_is_fine(transcript: Path) -> None:
    server = ReplayProcess(transcript, latency=0.0)
    server.stop()
    server.stop()
    assert not runs(server.pid)
