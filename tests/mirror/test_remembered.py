"""The small file that leads back to the calendars we made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calmirror.mirror.remembered import Remembered


def test_a_calendar_is_remembered_by_mirror_and_name(tmp_path: Path) -> None:
    path = tmp_path / "calendars.json"
    Remembered(path).keep("work", "Outlook", "c_1")
    Remembered(path).keep("home", "Outlook", "c_2")
    Remembered(path).keep("work", "Büro", "c_3")
    Remembered(path).keep("work", "Outlook", "c_4")
    again = Remembered(path)
    assert [again.find(*one) for one in (("work", "Outlook"), ("home", "Outlook"), ("work", "Büro"))] == [
        *("c_4", "c_2", "c_3")
    ]
    assert again.find("home", "Werk") == ""
    assert json.loads(path.read_text("ascii"))["work -> Outlook"] == "c_4"


def test_mirrors_with_the_same_destination_name_share_the_calendar(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "calendars.json")
    remembered.keep("work", "Outlook", "c_1")
    assert remembered.find("home", "Outlook") == "c_1"
    remembered.keep("home", "Outlook", "c_2")
    assert list(remembered.known("home", "Outlook")) == ["c_2", "c_1"]


def test_a_name_that_holds_the_arrow_is_not_taken_apart_wrongly(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "calendars.json")
    remembered.keep("a -> b", "Outlook", "c_1")
    remembered.keep("a", "b -> Office", "c_2")
    assert [remembered.find("home", name) for name in ("b -> Outlook", "Office", "b -> Office")] == ["", "", ""]
    assert remembered.find("a", "b -> Office") == "c_2"


def test_without_a_path_this_process_alone_knows() -> None:
    nowhere = Remembered(None)
    nowhere.keep("work", "Outlook", "c_1")
    assert nowhere.find("work", "Outlook") == nowhere.find("home", "Outlook") == "c_1"
    assert Remembered(None).find("work", "Outlook") == ""


def test_the_file_is_for_this_users_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "calendars.json"
    Remembered(path).keep("work", "Outlook", "c_1")
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_replaced_as_a_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Who reads the old file at that moment reads all of it."""
    path = tmp_path / "calendars.json"
    Remembered(path).keep("work", "Outlook", "c_1")
    with path.open() as before:
        Remembered(path).keep("work", "Outlook", "c_2")
        assert json.load(before) == {"work -> Outlook": "c_1"}
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_known_already_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "calendars.json"
    Remembered(path).keep("work", "Outlook", "c_1")
    before = path.stat().st_ino
    Remembered(path).keep("work", "Outlook", "c_1")
    assert path.stat().st_ino == before


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'"x"', b"\xff\xfe", b'{"home -> Outlook": 5}'])
def test_a_file_with_something_else_in_it_only_costs_the_memory(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calendars.json"
    path.write_bytes(content)
    assert Remembered(path).find("work", "Outlook") == ""
    Remembered(path).keep("work", "Outlook", "c_1")
    assert Remembered(path).find("work", "Outlook") == "c_1"


def test_a_folder_that_cannot_be_written_only_costs_the_memory(tmp_path: Path) -> None:
    """The calendar is made by then: an error would have the next run make another one."""
    absent = Remembered(tmp_path / "absent" / "calendars.json")
    absent.keep("work", "Outlook", "c_1")
    assert absent.find("work", "Outlook") == ""
    folder = tmp_path / "calendars.json"
    folder.mkdir()
    Remembered(folder).keep("work", "Outlook", "c_1")
    assert list(tmp_path.iterdir()) == [folder]
