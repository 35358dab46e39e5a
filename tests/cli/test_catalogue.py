from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import run


def test_check_prints_every_problem_with_its_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "shop.md"]) == 0
    problem, summary = capsys.readouterr().out.splitlines()
    assert problem.startswith("shop.md:24: bad-price: lamp-1 ")
    assert summary == "3 products from 3 blocks, 1 problem"


def test_check_as_json_has_just_the_agreed_keys(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "shop.md", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["products", "blocks", "problems"]
    assert (report["products"], report["blocks"]) == (3, 3)
    (problem,) = report["problems"]
    assert list(problem) == ["line", "code", "product_id", "message"]
    assert (problem["line"], problem["code"], problem["product_id"]) == (24, "bad-price", "lamp-1")


@pytest.mark.parametrize("content", [b"", b"# no product here\n", b"\x00\x01\x02" * 400])
def test_check_of_a_file_without_products_is_2_and_one_line(
    place: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (place / "none.md").write_bytes(content)
    for arguments in (["check", "none.md"], ["check", "none.md", "--json"]):
        assert run(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1


def test_parse_writes_a_product_a_line_in_file_order(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["parse", "shop.md", "--output", "products.jsonl"]) == 0
    rows = [json.loads(line) for line in (place / "products.jsonl").read_text("utf-8").splitlines()]
    assert [row["product_id"] for row in rows] == ["kettle-1", "kettle-2", "lamp-1"]
    assert rows[0]["title"] == "Blue enamel kettle [bold]1.5 L[/bold]"
    assert (rows[0]["price"], rows[0]["currency"], rows[0]["attributes"]) == (1250.0, "BDT", {"Material": "enamel"})
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("3 products from 3 blocks, 1 problem; see: product-search check shop.md")


def test_what_parse_writes_is_read_as_the_same_products(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["parse", "shop.md", "-o", "one.jsonl"])
    run(["parse", "one.jsonl", "-o", "two.jsonl"])
    one, two = (
        [json.loads(line) for line in (place / f).read_text("utf-8").splitlines()] for f in ("one.jsonl", "two.jsonl")
    )
    assert [{**row, "line": 0} for row in one] == [{**row, "line": 0} for row in two]


def test_parse_of_a_bad_file_leaves_the_old_output(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "products.jsonl").write_text("earlier work")
    (place / "none.md").write_text("nothing")
    assert run(["parse", "none.md", "-o", "products.jsonl"]) == 2
    assert (place / "products.jsonl").read_text() == "earlier work"
