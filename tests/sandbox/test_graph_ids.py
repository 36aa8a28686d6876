"""The anatomy of ids, as it was decoded from real ones."""

import base64
from datetime import date

from graph_bench import JANUARY, Bench, daily, times

from calmirror.sandbox.graph.ids import decode, encode, occurrence_id, split_occurrence_id

# Two ids of one real series, published in a public issue thread in 2017: the master and its 19 September.
REAL_MASTER = (
    "AAMkADBlZTUwNTkxLWVmODgtNDVhNC1iZjhlLTdjNjA1ODZlMDI5MgBGAAAAAACUbnk-iwQZRbXMgkfKtmYhBwCpTc-InBsuTYwTUBb"
    "_VIb4AAAAAAENAACpTc-InBsuTYwTUBb_VIb4AAAUHFHiAAA="
)
REAL_OCCURRENCE = (
    "AAMkADBlZTUwNTkxLWVmODgtNDVhNC1iZjhlLTdjNjA1ODZlMDI5MgFRAAgI1P7xXviAAEYAAAAAlG55P4sEGUW1zIJHyrZmIQcAqU3PyJwb"
    "Lk2ME1AW-lSG_AAAAAABDQAAqU3PyJwbLk2ME1AW-lSG_AAAFBxR4gAAEA=="
)


def test_an_occurrences_id_is_made_as_the_service_makes_it():
    made = occurrence_id(REAL_MASTER, date(2017, 9, 19))
    assert decode(made)[:56] == decode(REAL_OCCURRENCE)[:56]
    assert len(decode(made)) == len(decode(REAL_OCCURRENCE)) == 124
    assert split_occurrence_id(REAL_OCCURRENCE)[1] == date(2017, 9, 19)
    assert split_occurrence_id(made) == (REAL_MASTER, date(2017, 9, 19))
    assert split_occurrence_id(REAL_MASTER) is None


def test_new_ids_have_the_length_and_the_letters_of_real_ones():
    bench = Bench()
    ids = [bench.mailbox.create(times("2026-01-05T09:00")) for _ in range(200)]
    assert len(set(ids)) == 200
    assert {len(decode(one)) for one in ids} == {113}
    assert all(one.startswith("AAMk") for one in ids)
    assert not set("".join(ids)) & set("/+")


def test_a_personal_accounts_ids_are_run_length_coded():
    bench = Bench(consumer_ids=True)
    series = bench.mailbox.create(daily("2026-01-05T09:00", 2))
    assert series.startswith("AQMkADAwATM3ZmYAZS0")
    assert decode(series).startswith(b"\x00\x03\x24\x0000037ffe-")
    assert encode(decode(series), consumer=True) == series
    for entry in bench.round()[0][1:]:
        assert bench.read(f"/me/events/{entry['id']}")["seriesMasterId"] == series
    assert "outlook.live.com" in bench.read(f"/me/events/{series}")["webLink"]


def test_twin_ids_differ_in_case_or_in_one_mark_only():
    bench = Bench(twin_ids=True)
    ids = [bench.mailbox.create(daily("2026-01-05T09:00", 2, subject=str(n))) for n in range(8)]
    assert len(set(ids)) == 8
    first, second, third, fourth = ids[:4]
    assert first.lower() == second.lower()
    assert third.replace("_", "-") == fourth.replace("_", "-") or third.lower() == fourth.lower()
    rows = bench.read(f"/me/calendarView?{JANUARY}&$top=50")["value"]
    assert len({row["id"] for row in rows}) == 16
    assert {bench.read(f"/me/events/{row['id']}")["subject"] for row in rows} == set("01234567")


def test_the_ical_id_has_the_original_date_of_an_occurrence_and_zeros_else():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 2))
    whole = bench.read(f"/me/events/{series}")
    rows = bench.read(f"/me/calendarView?{JANUARY}")["value"]
    assert [row["iCalUId"][32:40] for row in (whole, *rows)] == ["00000000", "07EA0105", "07EA0106"]
    assert {row["uid"] for row in (whole, *rows)} == {whole["iCalUId"]}


def test_change_keys_use_the_standard_alphabet():
    bench = Bench()
    single = bench.mailbox.create(times("2026-01-05T09:00"))
    event = bench.read(f"/me/events/{single}")
    assert event["@odata.etag"] == f'W/"{event["changeKey"]}"'
    assert len(base64.b64decode(event["changeKey"], validate=True)) == 22
