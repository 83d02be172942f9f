"""`basketry similar` and `basketry score`: one screen of what the vectors and the counts say of items, with names."""

import pytest
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.errors import MissingInputError, SettingsError


@pytest.fixture
def shop(lake):
    lake.put(
        tables.ITEMS,
        """
        item_id  name       type   category  department
        1        Ale        beer   drink     food
        2        Stout[b]   beer   drink     food
        3        Bun        -      bread     food
        4        Bun-large  -      bread     food
        """,
    )
    lake.put(
        tables.ITEM_EMBEDDINGS,
        """
        item_id  vector_in  vector_out  bias  is_cold
        1        {1 0}      {5 5}       9     false
        2        {0 1}      {2 0}       4     false
        3        {1 1}      {3 0}       2     true
        """,
    )
    lake.put(
        tables.ITEM_NEIGHBOURS,
        """
        item_id  position  neighbour_item_id  similarity
        1        1         2                  0.75
        1        2         3                  0.25
        """,
    )
    lake.put(
        tables.PAIRS,
        """
        level  item_a  item_b  n_ab  expected  adjusted_lift  q      is_significant  direction
        item   1       2       1200  400       3              0.001  true            complement
        """,
    )
    return lake


def basketry(lake, *words):
    """What the command prints; raises what it raises."""
    given = [*words, "--set", f"lake.root={lake.root}"]
    result = CliRunner().invoke(app, given, env={"COLUMNS": "160"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_one_screen_says_what_lies_near_and_what_the_vectors_and_counts_say_of_two_items(shop):
    said = [" ".join(line.split()) for line in basketry(shop, "similar", "ale").splitlines()]
    assert said[0] == "Ale (1)"
    assert "1 Stout[b] (2) 0.750 type 1,200 400.0" in said
    assert "2 Bun (3) 0.250 department - -" in said

    said = basketry(shop, "score", "Ale", "stout").splitlines()
    assert said[:2] == ["Ale (1)", "Stout[b] (2)"]
    assert (
        "in a cart of Ale, Stout[b] is number 1 of 2 (score 6.00), and number 2 beyond how popular each is (2.00)"
        in said
    )
    assert "cosine of their vectors: 0.000" in said
    assert said[-1] == "counted: 1,200 baskets with both, 400.0 expected, 3.00 times as many: beyond chance (q 0.001)"

    said = basketry(shop, "score", "1", "bun").splitlines()
    assert said[1] == "Bun (3): too seldom sold to be learnt, by its features"
    assert said[-1].startswith("counted: not in gold.pairs")


def test_the_pair_head_has_a_line_where_it_was_trained_and_knows_both(shop):
    assert "pair head" not in basketry(shop, "score", "Ale", "stout")
    shop.put(tables.PAIR_VECTORS, "item_id vector bias\n1 {2 1} 0.5\n2 {0.5 3} -1.5")
    shop.put(tables.PAIR_HEAD, "name shape numbers")
    assert "pair head" not in basketry(shop, "score", "Ale", "stout")
    # In go 1, 3, -0.75, 1.5, 2, 2 and -1: the hidden units have 1.5 - 1 and -2, the logit is 2 * 0.5.
    shop.put(
        tables.PAIR_HEAD,
        """
        name         shape  numbers
        weight_2     {2 1}  {2 9}
        weight_1     {7 2}  {0 0 0 0 0 0 1 0 0 0 0 -1 1 0}
        bias_2       {1}    {0}
        calibration  {2}    {2 -1}
        bias_1       {2}    {0 0}
        """,
    )
    said = "pair head: in one basket 2.72 times as often as by chance (met, not drawn apart: 0.731 at even odds)"
    assert all(said in basketry(shop, "score", *pair) for pair in (("Ale", "stout"), ("2", "1")))
    assert "pair head" not in basketry(shop, "score", "Ale", "bun")


def test_what_names_no_item_more_than_one_or_the_same_twice_is_refused(shop):
    for words, fault in (
        (("similar", "u"), "u: more than one item; give an id, most sold first: 2 Stout"),
        (("similar", "4"), "no such item: it needs embeddings.min_count baskets"),
        (("score", "1", "Ale"), "are one item, 1; give two"),
    ):
        with pytest.raises(SettingsError, match=fault):
            basketry(shop, *words)


def test_without_vectors_the_step_is_named(lake):
    with pytest.raises(MissingInputError, match="basketry run train_embeddings"):
        basketry(lake, "similar", "ale")
