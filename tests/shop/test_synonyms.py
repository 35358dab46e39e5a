from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import DataError
from retrieval.query.synonyms import phrase_key, shipped
from shop import synonyms


def test_looking_makes_no_file(tmp_path: Path) -> None:
    assert synonyms.text(tmp_path, "shop") == ""
    assert synonyms.load(tmp_path, "shop") is shipped()
    assert synonyms.declined(tmp_path, "shop") == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_is_read_again_on_top_of_the_shipped_rules(tmp_path: Path) -> None:
    saved = synonyms.save(tmp_path, "shop", "# mine\r\nzorb, globe\r\n")
    found = synonyms.load(tmp_path, "shop")
    assert found.digest == saved.digest
    assert synonyms.text(tmp_path, "shop") == "# mine\nzorb, globe\n"
    assert found.expand(["zorb", "sofa"])[0] == ("zorb", ("globe",))
    assert found.expand(["sofa"]) == shipped().expand(["sofa"])
    assert synonyms.load(tmp_path, "other") is shipped()


def test_a_faulty_text_changes_nothing(tmp_path: Path) -> None:
    synonyms.save(tmp_path, "shop", "zorb, globe")
    with pytest.raises(DataError, match="line 2"):
        synonyms.save(tmp_path, "shop", "a1, b1\nalone")
    assert synonyms.text(tmp_path, "shop") == "zorb, globe\n"


def test_an_empty_text_goes_back_to_the_shipped_rules(tmp_path: Path) -> None:
    synonyms.save(tmp_path, "shop", "zorb, globe")
    synonyms.save(tmp_path, "shop", " \n")
    assert not synonyms.path(tmp_path, "shop").exists()
    assert synonyms.load(tmp_path, "shop") is shipped()


def test_one_rule_is_added_at_the_end(tmp_path: Path) -> None:
    synonyms.add(tmp_path, "shop", "zorb, globe")
    synonyms.add(tmp_path, "shop", "bowl => dish")
    assert synonyms.text(tmp_path, "shop") == "zorb, globe\nbowl => dish\n"


def test_a_file_that_was_edited_badly_is_named_with_its_line(tmp_path: Path) -> None:
    file = synonyms.path(tmp_path, "shop")
    synonyms.save(tmp_path, "shop", "zorb, globe")
    file.write_text("zorb, globe\nalone\n", encoding="utf-8")
    with pytest.raises(DataError) as raised:
        synonyms.load(tmp_path, "shop")
    assert str(file) in str(raised.value)
    assert "line 2" in str(raised.value)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read"):
        synonyms.load(tmp_path, "shop")


def test_a_text_editor_mark_is_no_word(tmp_path: Path) -> None:
    synonyms.save(tmp_path, "shop", "zorb, globe")
    synonyms.path(tmp_path, "shop").write_text("zorb, globe\n", encoding="utf-8-sig")
    assert synonyms.load(tmp_path, "shop").expand(["zorb"]) == (("zorb", ("globe",)),)


def test_half_a_surrogate_pair_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        synonyms.save(tmp_path, "shop", "zorb, gl\ud800obe")
    assert synonyms.text(tmp_path, "shop") == ""


def test_declined_pairs_are_remembered_in_either_order(tmp_path: Path) -> None:
    synonyms.decline(tmp_path, "shop", "lamp", "light")
    synonyms.decline(tmp_path, "shop", "sofa bed", "divan")
    assert synonyms.declined(tmp_path, "shop") == {
        frozenset({phrase_key("lights"), phrase_key("lamp")}),
        frozenset({phrase_key("divan"), phrase_key("sofa bed")}),
    }


@pytest.mark.parametrize("name", ["../x", "", "a/b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="name"):
        synonyms.save(tmp_path, name, "zorb, globe")
