"""A real server: every route against schemathesis, and two workers beside a writing ingest."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from offtrail.api import pipeline, server, tokens
from offtrail.api.main import main

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance," + (
    "response_schema_conformance"
)


def ask(url: str, headers: dict[str, str] | None = None) -> Any:
    asked = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - loopback
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read())


def test_serve_says_an_address_that_a_browser_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(server, "serve", lambda *_, **__: None)
    monkeypatch.setattr(server, "free", lambda *_: None)
    for words, told in (
        (("--host", "::1"), "http://[::1]:8000/docs"),
        (("--port", "0"), "/docs"),
        (("--host", "localhost", "--port", "9"), "http://localhost:9/docs"),
    ):
        with pytest.raises(SystemExit) as end:
            main(["serve", *words])
        assert end.value.code == 0
        assert capsys.readouterr().err.startswith(f"{told} lists the routes")


@pytest.mark.slow
def test_schemathesis_finds_no_500_and_no_undocumented_answer(
    own: str, served: Any, tmp_path: Path
):
    with served(own, "--no-auth", "--workers", "2", "--quarantine", str(tmp_path)) as base:
        ran = subprocess.run(  # noqa: S603 - our own command
            [
                str(Path(sys.executable).with_name("schemathesis")),
                *("run", f"{base}/openapi.json", "--checks", CHECKS),
                *("--max-examples", "12", "--seed", "1", "--generation-deterministic"),
                *("--request-timeout", "60", "--suppress-health-check", "all"),
                *("--phases", "examples,coverage,fuzzing"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_each_figure_of_the_store_is_said_once_whichever_worker_is_asked(own: str, served: Any):
    with pipeline.opened(own) as store:
        span = store.span()
    assert span is not None
    with served(own, "--no-auth", "--workers", "2") as base:
        for _ in range(6):
            with urllib.request.urlopen(f"{base}/metrics", timeout=60) as answer:  # noqa: S310 - loopback
                lines = answer.read().decode().splitlines()
    for name in ('records{outcome="kept"', 'findings{status="open"', "model{"):
        assert sum(line.startswith(f"offtrail_{name}") for line in lines) == 1, name
    latest = next(line for line in lines if line.startswith("offtrail_latest_call"))
    assert float(latest.split()[1]) == span.end - 1


def test_a_server_that_ended_leaves_no_folder_of_counts(
    own: str, served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with served(own, "--no-auth") as base:
        urllib.request.urlopen(f"{base}/metrics", timeout=60).close()  # noqa: S310 - loopback
        assert list(tmp_path.glob("offtrail-metrics-*/*.db"))
    assert not list(tmp_path.glob("offtrail-*"))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_past_the_limit_is_refused_where_it_is_sent_in_one_go(
    own: str, served: Any, tmp_path: Path, chunked: bool
):
    line = json.dumps(_record(1, 1)).encode() + b"\n"
    body = line * ((11 << 20) // len(line))
    headers = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
    with served(own, "--no-auth", "--quarantine", str(tmp_path)) as base:
        asked = http.client.HTTPConnection(base.removeprefix("http://"), timeout=60)
        with closing(asked):
            parts = iter([body]) if chunked else body
            asked.request("POST", "/v1/events", parts, headers, encode_chunked=chunked)
            answer = asked.getresponse()
            assert (answer.status, json.loads(answer.read())["status"]) == (413, 413)


def test_a_body_that_was_cut_on_its_way_is_not_read(own: str, served: Any, tmp_path: Path):
    line = json.dumps(_record(1, 1)).encode() + b"\n"
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * len(line)}\r\n\r\n"
    with served(own, "--no-auth", "--quarantine", str(tmp_path)) as base:
        host, _, port = base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as asked:
            asked.sendall(head.encode() + line)
            asked.shutdown(socket.SHUT_WR)
            assert asked.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.slow
def test_two_workers_answer_with_tokens_while_an_ingest_writes(
    own: str, trail: Path, served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pipeline.opened(own) as store:
        secret = tokens.create(store, "read", 1, 1_900_000_000).token
    headers = {"Authorization": f"Bearer {secret}"}
    copy = tmp_path / "again.json"
    done = threading.Event()

    def write() -> None:
        try:
            with pipeline.opened(own) as store:
                for turn in range(10):
                    copy.write_text(json.dumps({"Records": [_record(turn, i) for i in range(300)]}))
                    pipeline.ingest(store, [str(copy)], quarantine=tmp_path)
        finally:
            done.set()

    with served(own, "--workers", "2", "--quarantine", str(tmp_path)) as base:
        writer = threading.Thread(target=write)
        writer.start()
        asked = 0
        while not done.is_set() or asked < 20:
            page = ask(f"{base}/v1/findings?limit=3", headers)
            assert len(page["items"]) == 3
            asked += 1
        writer.join()
        found = ask(f"{base}/v1/entities?q=writer-7", headers)
        assert found["items"][0]["label"] == "writer-7"
        assert not list(tmp_path.glob("*.ctl")), "nobody but the server's signals may control it"


def _record(turn: int, number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::111122223333:user/writer-{turn}",
            "accountId": "111122223333",
            "userName": f"writer-{turn}",
        },
        "eventTime": f"2026-01-12T{turn:02d}:{number % 60:02d}:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.9",
        "userAgent": "aws-cli/2.15.0",
        "eventID": f"0000000{turn}-0000-4000-8000-{number:012d}",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    }
