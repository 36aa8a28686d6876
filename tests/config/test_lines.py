"""Finding the line of a key."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from calmirror.config.lines import key_lines, paths


def test_tables_elements_dotted_keys_and_values_of_many_lines() -> None:
    toml = '''# [not] = "a table"
top = 1
dotted.key = 2
long = """
[[mirror]]
name = 'no'
"""
words = [
  "[x]",
  ["y"], # y = 1
]

[ a . "b" ] # here
c = {d = 1, e = [{f = 2}]}
[[mirror]]
name = 'first'
[[mirror]]\t
  name = 'second'
[mirror.inner]
deep = 1
[[mirror.list]]
x = 1
[[mirror]]
'''.replace("\n", "\r\n")
    assert key_lines(toml) == {
        ("top",): 2,
        ("dotted",): 3,
        ("dotted", "key"): 3,
        ("long",): 4,
        ("words",): 8,
        ("words", 0): 8,
        ("words", 1): 8,
        ("words", 1, 0): 8,
        ("a",): 13,
        ("a", "b"): 13,
        ("a", "b", "c"): 14,
        ("a", "b", "c", "d"): 14,
        ("a", "b", "c", "e"): 14,
        ("a", "b", "c", "e", 0): 14,
        ("a", "b", "c", "e", 0, "f"): 14,
        ("mirror",): 15,
        ("mirror", 0): 15,
        ("mirror", 0, "name"): 16,
        ("mirror", 1): 17,
        ("mirror", 1, "name"): 18,
        ("mirror", 1, "inner"): 19,
        ("mirror", 1, "inner", "deep"): 20,
        ("mirror", 1, "list"): 21,
        ("mirror", 1, "list", 0): 21,
        ("mirror", 1, "list", 0, "x"): 22,
        ("mirror", 2): 23,
    }


KEYS = st.sampled_from(["name", "source", '"quoted key"', "a.b"])
VALUES = st.sampled_from(["1", '"[x]"', "'''\n[y]\nz = 1\n'''", '[\n"a",\n["b"],\n]', "{q = 1}", "1979-05-27"])
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)


@given(st.lists(BODIES, max_size=4))
def test_each_key_of_any_file_is_found_where_it_is_written(bodies: list[dict[str, str]]) -> None:
    toml = "".join(
        "[[mirror]]\n\n" + "".join(f"{key} = {value} # x = 1\n" for key, value in body.items()) for body in bodies
    )
    lines = key_lines(toml)
    written = toml.split("\n")
    assert set(lines) == set(paths(tomllib.loads(toml)))
    for path, line in lines.items():
        if len(path) == 3:
            assert written[line - 1].lstrip('"').startswith(str(path[2]))


def test_keys_that_are_nested_without_end_are_no_bug() -> None:
    assert key_lines("a" + ".a" * 5000 + " = 1")[("a",)] == 1


def test_a_statement_that_never_ends_is_given_up() -> None:
    assert key_lines("a = 1\n" + "b = [\n" + "1,\n" * 20_000) == {("a",): 1}
