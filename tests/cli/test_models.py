from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from cli.main import run
from cli.models import hub_id_of
from retrieval.errors import ModelUnavailable
from retrieval.models import PULLED

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = "cross-encoder/ms-marco-MiniLM-L-6-v2"
SLM = "LiquidAI/LFM2-700M"
FILES = {
    "README.md": b"# a model",
    "config.json": b'{"model_type": "bert"}',
    "model.safetensors": b"weights " * 1000,
    "1_Pooling/config.json": b"{}",
    "pytorch_model.bin": b"pickled",
    "onnx/model.onnx": b"other weights",
    "onnx/config.json": b"{}",
}


class Hub(BaseHTTPRequestHandler):
    """The part of the hub's HTTP interface that fetching a model needs."""

    files: ClassVar[dict[str, bytes]] = FILES
    repo: ClassVar[str] = REPO
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        self.seen.append(f"{self.command} {self.path} {self.headers.get('authorization', '')}")
        path = self.path.split("?")[0]
        headers = {"X-Repo-Commit": COMMIT}
        if path.startswith(f"/api/models/{self.repo}/revision/"):
            siblings = [{"rfilename": name} for name in self.files]
            content = json.dumps({"id": self.repo, "sha": COMMIT, "siblings": siblings}).encode()
        elif path.startswith(f"/api/models/{self.repo}/tree/"):
            rows = [{"type": "file", "path": n, "size": len(c), "oid": _oid(c)} for n, c in self.files.items()]
            content = json.dumps(rows).encode()
        elif path.startswith(f"/{self.repo}/resolve/") and path.split("/", 5)[5] in self.files:
            content = self.files[path.split("/", 5)[5]]
            headers["ETag"] = f'"{_oid(content)}"'
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def _oid(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.seen = []
    Hub.files = FILES
    Hub.repo = REPO
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def pull(endpoint: str, folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "models", "pull", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), **env},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_pull_puts_safe_files_into_the_models_folder(hub: str, tmp_path: Path) -> None:
    done = pull(hub, tmp_path, "ms-marco-MiniLM-L-6-v2", HF_TOKEN="hf_secret")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "models/ms-marco-MiniLM-L-6-v2"
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == {"README.md", "config.json", "model.safetensors", "1_Pooling/config.json"}
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert names(tmp_path / "models") == [folder.name]
    assert f"RERANKER={REPO} in .env" in done.stdout
    assert any("Bearer hf_secret" in line for line in Hub.seen)
    assert "hf_secret" not in done.stdout + done.stderr


def test_pull_asks_for_nothing_that_is_there_unless_forced(hub: str, tmp_path: Path) -> None:
    folder = tmp_path / "models/ms-marco-MiniLM-L-6-v2"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("mine")
    done = pull(hub, tmp_path, REPO)
    assert done.returncode == 0
    assert "already" in done.stdout
    assert Hub.seen == []
    assert (folder / "config.json").read_text() == "mine"
    assert pull(hub, tmp_path, REPO, "--force").returncode == 0
    assert (folder / "config.json").read_bytes() == FILES["config.json"]
    assert names(tmp_path / "models") == [folder.name]


def test_pull_refuses_a_model_without_safe_weights(hub: str, tmp_path: Path) -> None:
    Hub.files = {name: content for name, content in FILES.items() if not name.endswith(".safetensors")}
    done = pull(hub, tmp_path, REPO)
    assert done.returncode == 2
    assert "no safetensors weights" in done.stderr
    assert names(tmp_path / "models") == []


def test_pull_of_what_the_hub_does_not_have_is_one_line(hub: str, tmp_path: Path) -> None:
    done = pull(hub, tmp_path, "nobody/nothing")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nobody/nothing was refused by the hub" in done.stderr


def test_pull_without_a_connection_is_one_line(tmp_path: Path) -> None:
    done = pull("http://127.0.0.1:9", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no connection to the hub" in done.stderr
    assert names(tmp_path / "models") == []


@pytest.mark.parametrize("name", ["bge", "../evil", "a/b/c", "owner/..", "/absolute", "owner/"])
def test_pull_takes_only_known_names_and_hub_ids(name: str) -> None:
    with pytest.raises(ModelUnavailable, match="can be fetched"):
        hub_id_of(name, PULLED)


def test_short_names_and_hub_ids_mean_the_same() -> None:
    assert hub_id_of("bge-small-en-v1.5", PULLED) == hub_id_of("BAAI/bge-small-en-v1.5", PULLED)
    assert hub_id_of("owner/model", PULLED) == "owner/model"


def test_pull_slm_fetches_an_answer_model_with_its_chat_template(hub: str, tmp_path: Path) -> None:
    Hub.repo = SLM
    Hub.files = {**FILES, "chat_template.jinja": b"{{ messages }}"}
    done = pull(hub, tmp_path, "slm")
    assert done.returncode == 0, done.stderr
    assert f"{SLM} is in models/slm" in done.stdout
    assert (tmp_path / "models/slm/chat_template.jinja").read_bytes() == b"{{ messages }}"
    again = pull(hub, tmp_path, "slm")
    assert f"a model is in models/slm already (--force fetches {SLM})" in again.stdout
    assert names(tmp_path / "models") == ["slm"]


def test_pull_puts_a_model_where_it_is_asked_to(hub: str, tmp_path: Path) -> None:
    Hub.repo = SLM
    assert pull(hub, tmp_path, "LFM2-700M", "--as", "slm").returncode == 0
    by_name = pull(hub, tmp_path, "LFM2-700M")
    assert f"SLM={SLM} in .env" in by_name.stdout
    assert names(tmp_path / "models") == ["LFM2-700M", "slm"]


@pytest.mark.parametrize("arguments", [["--as", "slm"], ["a/b", "c/d", "--as", "slm"], ["a/b", "--as", "../evil"]])
def test_pull_as_takes_one_model_and_a_plain_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "pull", *arguments]) == 2
    assert "--as takes a folder's plain name" in capsys.readouterr().err


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    assert run(["models", "list", "--json"]) == 0
    return {row["role"]: row for row in json.loads(capsys.readouterr().out)["active"]}


def test_list_says_what_is_active_and_why(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = listed(capsys)
    assert (rows["encoder"]["active"], rows["encoder"]["id"]) == (True, "all-MiniLM-L6-v2")
    assert rows["reranker"]["active"] is False
    assert "models pull" in str(rows["reranker"]["why"])
    assert rows["slm"]["active"] is False
    (place / "models/embedder-ft").mkdir(parents=True)
    (place / "models/embedder-ft/config.json").write_text("{}")
    assert "fine-tuned" in str(listed(capsys)["encoder"]["why"])
    (place / "models/slm").mkdir()
    (place / "models/slm/config.json").write_text("{}")
    assert "no safetensors weights" in str(listed(capsys)["slm"]["why"])
    (place / "models/slm/model.safetensors").write_bytes(b"")
    assert (listed(capsys)["slm"]["active"], listed(capsys)["slm"]["id"]) == (True, "slm")
    assert run(["models", "list"]) == 0
    assert "embedder-ft" in capsys.readouterr().out


def keep(folder: Path, version: str, **card: str) -> None:
    (folder / "versions" / version).mkdir(parents=True)
    (folder / "versions" / version / "config.json").write_text("{}")
    if card:
        (folder / "versions" / version / "card.json").write_text(json.dumps({"format": 1, **card}))


def test_list_shows_the_versions_of_trained_models(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    general, own = place / "models/reranker-ft-miniLM", place / "models/toys/embedder-ft"
    keep(general, "v1", catalogue="shop", created="2026-01-02T03:04:05+00:00", base="MiniLM-[red]L6")
    keep(general, "v2", catalogue="shop")
    keep(own, "v3")
    (general / "serving.json").write_text('{"version": "v1", "previous": []}')
    assert run(["models", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = [(row["kind"], row["version"], row["serving"], row["catalogue"], row["folder"]) for row in told["trained"]]
    assert rows == [
        ("reranker", "v2", False, "shop", "reranker-ft-miniLM/versions/v2"),
        ("reranker", "v1", True, "shop", "reranker-ft-miniLM/versions/v1"),
        ("embedder", "v3", False, "", "toys/embedder-ft/versions/v3"),
    ]
    assert told["there"] == ["reranker-ft-miniLM", "toys/embedder-ft"]
    assert {row["role"]: row["id"] for row in told["active"]}["reranker"] == "reranker-ft-miniLM-v1"
    assert run(["models", "list"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "serves reranker v1 for shop 2026-01-02T03:04:05+00:00, from MiniLM-[red]L6" in said
    assert "kept embedder v3 without a card (models:toys/embedder-ft/versions/v3)" in said


def test_list_names_what_is_damaged(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = place / "models/reranker-ft-miniLM"
    keep(folder, "v1")
    (folder / "serving.json").write_text("{")
    assert "serving.json cannot be read" in str(listed(capsys)["reranker"]["why"])
    assert run(["models", "list"]) == 0
    assert "damaged" in capsys.readouterr().out


def test_pull_never_replaces_what_was_trained_here(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(place / "models/reranker-ft-miniLM", "v1")
    assert run(["models", "pull", REPO, "--as", "reranker-ft-miniLM", "--force"]) == 2
    assert "holds models trained here" in capsys.readouterr().err
    assert (place / "models/reranker-ft-miniLM/versions/v1/config.json").is_file()
