"""What the summary says of what mining left out."""

from basketry.commands.summary import left_out_of


def row(what, n, left):
    return {"what": what, "n": n, "n_left_out": left, "min_users": 5}


def test_what_was_left_out_of_all_levels_is_one_line():
    rows = [row("rules", 1000, 30), row("pairs", 9, 8), row("rules", 1000, 4), row("sequences", 0, 0)]
    assert list(left_out_of(rows)) == ["left out, of fewer than 5 users: 8 of 9 pairs, 34 of 2,000 rules"]
    assert list(left_out_of([row("rules", 0, 0)])) == ["left out, of fewer than 5 users: nothing was found"]
    assert list(left_out_of([])) == []
