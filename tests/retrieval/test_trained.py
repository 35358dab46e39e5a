from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval import trained
from retrieval.errors import ModelUnavailable, SettingsError
from retrieval.models import PACKAGED, NoModel, ReadyModels, locate, resolve_encoder, resolve_reranker
from tests.support import settings_in

FOLDER = trained.FOLDERS["reranker"]


def model(folder: Path, **card: Any) -> Path:
    """Return a folder that looks like a model, with a card where anything is said of it."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    if card:
        (folder / trained.CARD).write_text(json.dumps({"format": 1, **card}))
    return folder


def version(home: Path, name: str, **card: Any) -> Path:
    return model(home / trained.VERSIONS / name, **card)


def serving(models: Path, catalogue: str | None = "shop") -> str | None:
    found = trained.serving_folder(models, "reranker", catalogue)
    return None if found is None else found.relative_to(models).as_posix()


def test_nothing_serves_until_a_version_is_promoted(tmp_path: Path) -> None:
    assert serving(tmp_path) is None
    assert trained.versions(tmp_path, "reranker", "shop") == []
    version(tmp_path / FOLDER, "v1", catalogue="shop")
    assert serving(tmp_path) is None
    trained.serve(tmp_path, "reranker", "shop", "v1")
    assert serving(tmp_path) == f"{FOLDER}/versions/v1"


def test_roll_back_goes_the_way_back_to_what_there_was_before_any_version(tmp_path: Path) -> None:
    model(tmp_path / FOLDER)  # put there by hand
    for name in ("v1", "v2", "v3"):
        version(tmp_path / FOLDER, name, catalogue="shop")
    for name in ("v2", "v1", "v1", "v3"):  # once again is no step
        trained.serve(tmp_path, "reranker", "shop", name)
    listed = trained.versions(tmp_path, "reranker", "shop")
    assert [(v.version, v.serving, v.card["catalogue"]) for v in listed] == [
        ("v3", True, "shop"),
        ("v2", False, "shop"),
        ("v1", False, "shop"),
    ]
    back = [trained.roll_back(tmp_path, "reranker", "shop") for _ in range(3)]
    assert [found.version if found else None for found in back] == ["v1", "v2", None]
    assert serving(tmp_path) == FOLDER
    with pytest.raises(ModelUnavailable, match="no trained reranker serves"):
        trained.roll_back(tmp_path, "reranker", "shop")
    trained.serve(tmp_path, "reranker", "shop", "v3")  # the way forward stays open
    assert serving(tmp_path) == f"{FOLDER}/versions/v3"


def test_a_version_that_was_removed_is_left_out_of_the_way_back(tmp_path: Path) -> None:
    for name in ("v1", "v2", "v3"):
        version(tmp_path / FOLDER, name)
        trained.serve(tmp_path, "reranker", "shop", name)
    (tmp_path / FOLDER / "versions/v2/config.json").unlink()
    found = trained.roll_back(tmp_path, "reranker", "shop")
    assert found is not None
    assert found.version == "v1"


def test_a_catalogues_own_folder_counts_before_the_general_one(tmp_path: Path) -> None:
    version(tmp_path / FOLDER, "g1")
    trained.serve(tmp_path, "reranker", None, "g1")
    version(tmp_path / "shop" / FOLDER, "s1", catalogue="shop")
    assert serving(tmp_path) == f"{FOLDER}/versions/g1"  # nothing of its own serves yet
    trained.serve(tmp_path, "reranker", "shop", "s1")
    assert serving(tmp_path) == f"shop/{FOLDER}/versions/s1"
    assert serving(tmp_path, "other") == serving(tmp_path, None) == f"{FOLDER}/versions/g1"
    assert trained.roll_back(tmp_path, "reranker", "shop") is None
    assert serving(tmp_path) == f"{FOLDER}/versions/g1"


def test_a_general_model_of_another_catalogue_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / FOLDER
    version(home, "v1", catalogue="shop")
    trained.serve(tmp_path, "reranker", "shop", "v1")
    assert serving(tmp_path, "other") is None
    assert trained.versions(tmp_path, "reranker", "other") == []
    with pytest.raises(ModelUnavailable, match="was trained on 'shop', and does not serve 'other'"):
        trained.serve(tmp_path, "reranker", "other", "v1")
    model(home / "plain").rename(tmp_path / "plain")
    (tmp_path / "plain/config.json").rename(home / "config.json")
    assert serving(tmp_path, "other") == FOLDER  # what was put there by hand is for all
    assert serving(tmp_path, "shop") == f"{FOLDER}/versions/v1"


def test_versions_go_where_no_other_catalogues_are(tmp_path: Path) -> None:
    def home(catalogue: str, *, alone: bool) -> str:
        return trained.home(tmp_path, "reranker", catalogue, alone=alone).relative_to(tmp_path).as_posix()

    assert home("shop", alone=True) == FOLDER
    assert home("shop", alone=False) == f"shop/{FOLDER}"
    version(tmp_path / FOLDER, "v1", catalogue="shop")
    assert home("shop", alone=False) == FOLDER  # it belongs to the shop already
    assert home("other", alone=True) == f"other/{FOLDER}"
    version(tmp_path / "other" / FOLDER, "o1", catalogue="other")
    assert home("other", alone=True) == f"other/{FOLDER}"
    with pytest.raises(SettingsError, match="catalogue's name"):
        home("../elsewhere", alone=False)


def test_a_version_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    made = model(tmp_path / "made", catalogue="shop")
    (made / "1_Pooling").mkdir()
    (made / "1_Pooling/config.json").write_text("{}")
    place = trained.keep(made, tmp_path / FOLDER, "v1")
    assert place == tmp_path / FOLDER / "versions/v1"
    assert {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()} == {
        "config.json",
        "card.json",
        "1_Pooling/config.json",
    }
    (made / "more.json").write_text("{}")
    assert trained.keep(made, tmp_path / FOLDER, "v1") == place
    assert not (place / "more.json").exists()  # a version never changes
    (made / "gone.json").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match=r"gone\.json"):
        trained.keep(made, tmp_path / FOLDER, "v2")
    assert [entry.name for entry in (tmp_path / FOLDER / "versions").iterdir()] == ["v1"]


@pytest.mark.parametrize("name", ["../evil", "", ".hidden", "a/b", "v9"])
def test_only_a_version_that_is_there_can_serve(tmp_path: Path, name: str) -> None:
    version(tmp_path / FOLDER, "v1")
    with pytest.raises(ModelUnavailable, match=r"no version's name|there are: v1"):
        trained.serve(tmp_path, "reranker", "shop", name)
    assert not (tmp_path / FOLDER / trained.SERVING).exists()


DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[1]",
    b"null",
    b'{"version": "v1"}',
    b'{"version": "../../v1", "previous": []}',
    b'{"version": null, "previous": []}',
    b'{"version": "v1", "previous": "v0"}',
    b'{"version": "v1", "previous": [7]}',
    b'{"format": 2, "version": "v1", "previous": []}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_record_of_what_serves_is_named_and_mended_by_serving(tmp_path: Path, content: bytes) -> None:
    home = tmp_path / FOLDER
    version(home, "v1", catalogue="shop")
    (home / trained.SERVING).write_bytes(content)
    for ask in (trained.serving_folder, trained.versions, trained.roll_back):
        with pytest.raises(ModelUnavailable, match=r"reranker-ft-miniLM/serving.json cannot be read") as raised:
            ask(tmp_path, "reranker", "shop")
        assert "let a version serve again" in str(raised.value)
    trained.serve(tmp_path, "reranker", "shop", "v1")
    assert serving(tmp_path) == f"{FOLDER}/versions/v1"


def test_a_record_that_names_a_model_that_is_gone_says_so(tmp_path: Path) -> None:
    home = tmp_path / FOLDER
    version(home, "v1")
    trained.serve(tmp_path, "reranker", "shop", "v1")
    (home / "versions/v1/config.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"names v1, but .*versions/v1 holds no model"):
        serving(tmp_path)


def test_a_card_says_how_a_reranker_reads(tmp_path: Path) -> None:
    assert trained.reading_of(model(tmp_path / "bare")) == (1.0, None)
    assert trained.reading_of(model(tmp_path / "said", blend={"weight": 0.6}, max_length=256)) == (0.6, 256)
    assert trained.reading_of(model(tmp_path / "embedder", blend=None, max_length=None)) == (1.0, None)


@pytest.mark.parametrize(
    "card",
    [
        {"blend": {"weight": 1.2}},
        {"blend": {"weight": "0.5"}},
        {"blend": {"weight": True}},
        {"blend": {"weight": float("nan")}},
        {"blend": [0.5]},
        {"max_length": 0},
        {"max_length": "320"},
        {"format": 9},
    ],
)
def test_a_card_that_cannot_be_used_is_named(tmp_path: Path, card: dict[str, Any]) -> None:
    folder = model(tmp_path / "model", catalogue="shop")
    (folder / trained.CARD).write_text(json.dumps({"format": 1, **card}))
    with pytest.raises(ModelUnavailable, match=r"card\.json"):
        trained.reading_of(folder)


def test_a_promoted_encoder_is_named_by_its_version(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for catalogue, name in (("shop", "s1"), ("other", "o1")):
        home = trained.home(settings.models_dir, "embedder", catalogue, alone=catalogue == "shop")
        version(home, name, catalogue=catalogue)
        trained.serve(settings.models_dir, "embedder", catalogue, name)
    found = {name: resolve_encoder(settings, catalogue=name) for name in ("shop", "other", "third")}
    assert found["shop"].source == "models:embedder-ft/versions/s1"
    assert found["other"].source == "models:other/embedder-ft/versions/o1"
    assert (found["shop"].name, found["other"].name) == ("embedder-ft-s1", "embedder-ft-o1")
    assert found["third"].source == PACKAGED
    version(settings.models_dir / "embedder-ft", "s2", catalogue="shop")
    trained.serve(settings.models_dir, "embedder", "shop", "s2")
    # What an index was made with stays where its manifest says.
    assert locate(found["shop"].source or "", settings) == settings.models_dir / "embedder-ft/versions/s1"
    (settings.models_dir / "embedder-ft" / trained.SERVING).write_text("{")
    fallen = resolve_encoder(settings, catalogue="shop")
    assert fallen.source == PACKAGED
    assert "the fine-tuned encoder cannot be used" in fallen.why
    assert "serving.json" in fallen.why


def test_each_catalogue_is_reranked_by_its_own(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    version(settings.models_dir / FOLDER, "v1", catalogue="shop")
    trained.serve(settings.models_dir, "reranker", "shop", "v1")
    assert resolve_reranker(settings, "shop").source == f"models:{FOLDER}/versions/v1"
    assert resolve_reranker(settings, "shop").name == f"{FOLDER}-v1"
    assert resolve_reranker(settings, "other").source is None
    off = settings.model_copy(update={"reranker": "none"})
    assert resolve_reranker(off, "shop").source is None
    with pytest.raises(NoModel):
        ReadyModels(None, None).scorer("shop")
