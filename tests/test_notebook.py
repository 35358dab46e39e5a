"""The notebook: committed without outputs, and what it says when it is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from retrieval.trained import FOLDERS
from tests import tiny_models

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "evaluation_hybrid.ipynb"
CELL_SECONDS = 300


def read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the notebook with its outputs, run by this interpreter, whatever kernels are installed elsewhere.

    What finds by meaning is an encoder that reads in milliseconds, as good as chance.
    """
    book = read()
    folder = tmp_path_factory.mktemp("jupyter")
    tiny_models.encoder(folder / "models" / FOLDERS["embedder"], seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("IPYTHONDIR", str(folder))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("INDEX_DIR", str(folder / "index"))
        patch.setenv("DATA_DIR", str(folder / "data"))
        patch.setenv("MODELS_DIR", str(folder / "models"))
        patch.delenv("DISPLAY", raising=False)
        manager = AsyncKernelManager(
            kernel_name="python3",
            transport="ipc",  # no port that others could listen at
            ip=str(folder / "kernel"),
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        )
        client = NotebookClient(
            book, km=manager, timeout=CELL_SECONDS, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
        )
        client.execute(cleanup_kc=True)  # a kernel that was handed in would live on, with the models in memory
    return book


def shown(book: Any) -> str:
    """Return all that the cells printed or displayed, as text."""
    texts = []
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            texts.append(output.get("text") or data.get("text/markdown") or data.get("text/plain") or "")
    return "\n".join(texts)


def test_it_is_committed_without_outputs() -> None:
    book = read()
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_it_runs_to_its_end_and_says_what_won(executed: Any) -> None:
    said = shown(executed)
    assert "609 products" in said
    for label in ("bm25", "dense", "hybrid"):
        assert len(re.findall(rf"^\| {label} \|", said, re.MULTILINE)) == 2, label
    assert len(re.findall(r"^\*\*.*nDCG@10.* queries.*\.\*\*$", said, re.MULTILINE)) == 2
    assert "of a query's words stand in the title" in said
    for name in ("keyword", "constraint", "misspelled", "semantic", "exact"):
        assert f"| {name} |" in said


def test_it_draws_a_picture(executed: Any) -> None:
    pictures = [
        output["data"]["image/png"]
        for cell in executed.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 1
    assert pictures[0].startswith("iVBORw0KGgo")  # PNG in base64
