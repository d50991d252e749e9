"""Registries are mappings that suggest the nearest name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import ConfigError
from seq2seq.registry import Registry, registry_of, suggestion


def fruits() -> Registry[type]:
    registry: Registry[type] = Registry("fruit")
    for name in ("apple", "banana", "cherry"):
        registry.register(name)(type(name, (), {}))
    return registry


def test_it_is_a_mapping_of_names_in_the_order_of_registration() -> None:
    registry = fruits()
    assert list(registry) == ["apple", "banana", "cherry"]
    assert len(registry) == 3
    assert registry["apple"].__name__ == "apple"
    assert "apple" in registry
    assert "pear" not in registry


def test_register_returns_what_it_was_given() -> None:
    class Pear: ...

    assert fruits().register("pear")(Pear) is Pear


def test_a_name_that_is_taken_is_an_error_of_one_line() -> None:
    with pytest.raises(ConfigError, match=r"^two entries for fruit 'apple'; choose another name$"):
        fruits().register("apple")(int)


def test_a_near_miss_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"^unknown fruit 'bananna'; did you mean 'banana'\?$"):
        fruits()["bananna"]


def test_a_far_miss_is_answered_with_all_names() -> None:
    with pytest.raises(
        ConfigError, match=r"^unknown fruit 'xyz'; there are: apple, banana, cherry$"
    ):
        fruits()["xyz"]


def test_a_registry_is_found_by_its_kind() -> None:
    registry = fruits()
    assert registry_of("fruit") is registry
    assert dict(registry_of("a kind that nobody registered")) == {}


@given(name=st.text(), valid=st.lists(st.text()))
def test_any_name_gets_a_suggestion_in_one_clause(name: str, valid: list[str]) -> None:
    assert suggestion(name, valid).startswith(("; did you mean ", "; there are: "))
