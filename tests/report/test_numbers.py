"""Each number on the page equals its table."""

import csv
import math
from collections import Counter

import pytest
from deltalake import DeltaTable

from basketry import tables
from basketry.report import rules as report_rules
from basketry.report.demand import forecasts_sheet, read_fans
from basketry.report.labels import printable, read_labels
from basketry.report.settings import ReportSettings
from basketry.tables.snapshot import snapshot
from tests.report.conftest import NAMES
from tests.support.dom import sheets, text, tile
from tests.support.plain_lake import content, write_table


@pytest.fixture(scope="module")
def read(hostile_lake):
    """The rows of a table, read past the code under test."""
    return lambda table: DeltaTable(str(hostile_lake / table.layer / table.name)).to_pyarrow_table().to_pylist()


def test_what_changed_and_the_rules_that_drifted_most_changed_first(page, read):
    (found,) = sheets(page, "drift")
    rows = [row for row in read(tables.DRIFT) if row["measure"] != "rule" or row["subject"] == "all"]
    drifted = [row for row in read(tables.DRIFT) if row["measure"] == "rule" and row["is_drifted"]]
    rows = sorted(rows, key=lambda row: (row["measure"], row["subject"])) + sorted(drifted, key=lambda r: r["value"])
    assert [cells[1] for cells in found] == [printable(row["subject"]) for row in rows]
    assert [cells[2:5] for cells in found] == [numbers(row, ("value", "usual", "limit")) for row in rows]
    assert [cells[5] for cells in found] == ["yes" if row["is_drifted"] else "no" for row in rows]


def numbers(row, columns):
    return [str(row[name]) if row[name] is not None else "" for name in columns]


def test_the_first_screen(page, read):
    baskets, rules = read(tables.BASKETS), read(tables.RULES)
    assert tile(page, "baskets") == str(len(baskets))
    assert tile(page, "items") == str(len({item for basket in baskets for item in basket["items"]}))
    assert tile(page, "users") == str(len({basket["user_id"] for basket in baskets} - {None}))
    assert tile(page, "first_on") == str(min(basket["sold_on"] for basket in baskets))
    assert tile(page, "last_on") == str(max(basket["sold_on"] for basket in baskets))
    usual = [rule for rule in rules if rule["lift"] > 1]
    assert tile(page, "usual_rules") == str(len(usual))
    assert tile(page, "surviving_rules") == str(sum(rule["is_significant"] for rule in usual))
    assert tile(page, "lasting_rules") == str(sum(rule["is_significant"] and rule["replicated"] for rule in usual))
    (rejected,) = [row["share"] for row in read(tables.CHECKS) if row["check"] == "rejected"]
    assert tile(page, "rejected") == str(rejected)
    (hits,) = [
        row["value"]
        for row in read(tables.METRICS)
        if (row["task"], row["model"], row["metric"], row["k"]) == ("cart", "blend", "hit_rate", 10)
    ]
    assert tile(page, "hit_rate_cart") == str(hits)


def test_the_list_that_chance_and_basket_size_make(page, read):
    """Chance alone, counted from the items' own counts: expected baskets reach both thresholds of the list."""
    usual = [rule for rule in read(tables.RULES) if rule["lift"] > 1]
    artefacts = [rule for rule in usual if not rule["is_significant"] and rule["p"] > 0.05]
    assert tile(page, "artefacts") == str(len(artefacts)) != "0"
    n, single = sum(row["n_baskets"] for row in read(tables.STRATA)), Counter()
    for row in read(tables.ITEM_COUNTS):
        single[row["item"]] += row["n"]
    least = min(rule["freq"] / n for rule in usual), min(rule["confidence"] for rule in usual)
    by_chance = [(rule["expected"] / n, rule["expected"] / single[rule["antecedent"][0]]) for rule in usual]
    listed = sum(support >= least[0] and confidence >= least[1] for support, confidence in by_chance)
    assert tile(page, "noise_rules") == str(listed)
    assert 0 < listed < len(usual)


def test_advice_rests_on_rules_that_are_sound_and_warns_of_those_that_are_not(page):
    cards = {text(card.find("h3")): card for card in page.iter("div") if card.get("class") == "card"}
    for title, verdict in (("Show or offer together", "beyond chance"), ("Leave alone", "explained by basket size")):
        links = [link.get("href").removeprefix("#") for link in cards[title].iter("a")]
        passports = [article for article in page.iter("article") if article.get("id") in links]
        assert len(passports) == len(links) == 5, title
        assert {text(p) for a in passports for p in a.iter("p") if p.get("class") == "verdict"} == {verdict}
    assert all("it held again" in text(a) for a in page.iter("article") if f"#{a.get('id')}" in _links(cards))


def _links(cards):
    return {link.get("href") for link in cards["Show or offer together"].iter("a")}


def test_every_rule_shown(page, read):
    (shown,) = sheets(page, "rules")
    columns = [column.name for column in report_rules.COLUMNS if column.name != "level"]
    numeric = [column.name for column in report_rules.COLUMNS if column.is_number]
    by_sides = {(name(row["antecedent"][0]), name(row["consequent"][0])): row for row in read(tables.RULES)}
    assert len(shown) == min(len(by_sides), 300)
    for cells in shown:
        found = dict(zip(columns, cells, strict=True))
        row = by_sides[found["antecedent"], found["consequent"]]
        assert [found[name] for name in numeric] == numbers(row, numeric)


def name(item):
    return printable(NAMES.get(item, item.upper()))


def test_the_best_rule_stands_first(page, read):
    (shown,) = sheets(page, "rules")
    best = max(read(tables.RULES), key=lambda row: (row["is_significant"], row["freq"] - row["expected"]))
    assert {shown[0][0], shown[0][1]} == {name(best["antecedent"][0]), name(best["consequent"][0])}


def test_the_four_counts_of_each_passport(page, read):
    """From counts that the page does not read: baskets of each side by size."""
    n = sum(row["n_baskets"] for row in read(tables.STRATA))
    single = {}
    for row in read(tables.ITEM_COUNTS):
        single[row["item"]] = single.get(row["item"], 0) + row["n"]
    by_ids = {(row["antecedent"][0], row["consequent"][0]): row["freq"] for row in read(tables.RULES)}
    passports = [article for article in page.iter("article") if article.get("id").startswith("rule-")]
    assert len(passports) == 300
    for article in passports:
        one, other = text(article.findall("p")[1]).split(" → ")
        both = by_ids[one, other]
        (cells,) = sheets(article, "cells")
        expected = [
            [both, single[one] - both, single[one]],
            [single[other] - both, n - single[one] - single[other] + both, n - single[one]],
            [single[other], n - single[other], n],
        ]
        assert [row[1:] for row in cells] == [[str(count) for count in row] for row in expected]


def test_the_months_of_a_passport_add_up_to_what_was_mined_and_the_holdout(page, read):
    by_ids = {(row["antecedent"][0], row["consequent"][0]): row for row in read(tables.RULES)}
    for article in (a for a in page.iter("article") if a.get("id").startswith("rule-")):
        one, other = text(article.findall("p")[1]).split(" → ")
        (months,) = sheets(article, "months")
        rule = by_ids[one, other]
        assert sum(int(row[2]) for row in months) == rule["freq"] + rule["holdout_freq"]


def test_the_strata_of_a_passport(page, read):
    article = next(a for a in page.iter("article") if a.get("id") == "rule-1")
    one, other = text(article.findall("p")[1]).split(" → ")
    counts = {(row["stratum"], row["item"]): row["n"] for row in read(tables.ITEM_COUNTS)}
    sizes = {row["stratum"]: row["n_baskets"] for row in read(tables.STRATA)}
    (strata,) = sheets(article, "strata")
    for size, n, n_one, n_other, expected in strata:
        place = int(size)
        assert (int(n), int(n_one), int(n_other)) == (sizes[place], counts[place, one], counts[place, other])
        assert float(expected) == pytest.approx(int(n_one) * int(n_other) / int(n))


def test_pairs_metrics_checks_and_both_logs_of_training(page, read):
    for sheet, table, numeric, places in (
        ("pairs", tables.PAIRS, ("n_ab", "expected", "adjusted_lift", "lift", "q"), slice(4, 9)),
        (
            "metrics",
            tables.METRICS,
            ("k", "value", "ci_low", "ci_high", "baseline", "delta", "n", "delta_last"),
            slice(3, 11),
        ),
        ("checks", tables.CHECKS, ("n", "share", "limit"), slice(1, 4)),
        ("training", tables.TRAINING_LOG, ("step", "epoch", "loss", "learning_rate"), slice(0, 4)),
        (
            "validation",
            tables.VALIDATION_LOG,
            ("step", "epoch", "loss", "validation_loss", "learning_rate"),
            slice(0, 5),
        ),
    ):
        (shown,) = sheets(page, sheet)
        known, found = [numbers(row, numeric) for row in read(table)], [row[places] for row in shown]
        assert found, sheet
        assert all(row in known for row in found), sheet
        assert len(found) == len(known) or sheet == "pairs", sheet


def test_segments_stand_by_size_with_what_they_do(page, read):
    (shown,) = sheets(page, "segments")
    means = {(row["segment"], row["feature"]): row["mean"] for row in read(tables.SEGMENT_PROFILES)}
    rows = sorted(read(tables.SEGMENTS), key=lambda row: -row["n_users"])
    counted = [[str(row[name]) for name in ("segment", "n_users", "share")] for row in rows]
    assert [[row[0], *row[2:4]] for row in shown] == counted
    activity = ("recency", "frequency", "money")
    assert [row[4:] for row in shown] == [[str(means[row["segment"], name]) for name in activity] for row in rows]


def test_only_a_rule_that_rises_or_falls_says_so(page):
    sentence = "Of late it rises: with weights that halve every 8 weeks back, 12.3 % also buy it, 1.5 times the share"
    articles = [article for article in page.iter("article") if article.get("id").startswith("rule-")]
    sides = [text(article.findall("p")[1]).split(" → ") for article in articles]
    rises = [one < other for one, other in sides]
    assert [sentence in text(article) for article in articles] == rises and {True, False} == set(rises)
    assert not any("Of late it falls" in text(article) for article in articles)


def test_what_few_users_bought_is_counted_and_not_shown(page):
    (shown,) = sheets(page, "left_out")
    # Of all baskets alone: what a store's few users bought stands for itself.
    assert shown == [
        ["pairs", "item", "1234", "90"],
        ["rules", "item", "1234", "45"],
        ["rules", "type", "1234", "3"],
    ]
    assert "Left out, of fewer than 7 users" in text(page)


def test_what_segments_of_enough_users_cost_is_told_of_all_and_then_of_each(page):
    (shown,) = sheets(page, "segment_generalisation")
    assert shown == [
        ["segments", "all", "12.0", "3.0"],
        ["segments found that became this one", "2", "9.0", "1.0"],
        ["segments found that became this one", "10", "2.0", "1.0"],
        ["users in the segment they were found in", "all", "90.0", ""],
        ["sum of squared distances to the middles", "all", "10.25", "11.5"],
        ["items told of a segment", "all", "1000.0", "400.0"],
    ]
    assert "nothing is told of fewer than 20 users" in text(page)


def test_of_each_segment_and_level_the_items_furthest_beyond_chance(page, read):
    (shown,) = sheets(page, "segment_items")
    numeric = ("n_users", "share", "share_rest", "expected", "adjusted_lift", "q")
    rows = [row for row in read(tables.SEGMENT_ITEMS) if row["segment"] == 2]
    most = sorted((row for row in rows if row["level"] == "item"), key=lambda row: row["expected"] - row["n_users"])
    of_two = [row for row in shown if row[0] == "2"]
    assert [row[1] for row in of_two] == ["department"] * 3 + ["item"] * 5
    assert [row[2:] for row in of_two[3:]] == [[name(row["item"]), *numbers(row, numeric)] for row in most[:5]]


def test_fans_are_of_the_types_that_sell_most(page, read):
    (shown,) = sheets(page, "forecasts")
    rows = [row for row in read(tables.DEMAND) if row["level"] == "type"]
    rows = sorted(rows, key=lambda row: (-row["mean"] // 2, row["week_on"]))
    assert [row[0] for row in shown] == [f"type {n}" for n in (2, 2, 1, 1, 0, 0)]
    by_week = {(row["unit_id"], str(row["week_on"])): numbers(row, ("mean", "p10", "p50", "p90")) for row in rows}
    assert [row[2:6] for row in shown] == [by_week[row[0], row[1]] for row in shown]


def test_of_past_weeks_those_not_listed_had_no_sale_and_those_out_of_stock_are_gaps(tmp_path):
    made = content(5, {})
    for table in (tables.ITEMS, tables.WEEKLY_SALES, tables.DEMAND):
        write_table(tmp_path, table, [row for row in made[table] if row.get("level") != "type"])
    lake = snapshot(str(tmp_path))
    fans = read_fans(lake, read_labels(lake), ReportSettings(n_fans=9))
    assert {row["name_id"] for row in forecasts_sheet(fans).rows} == {row["item_id"] for row in made[tables.ITEMS][:9]}
    past = fans[fans["mean"].isna()].groupby("unit")["sold"].apply(list)
    assert past[0] == [100] * 6
    assert past[7][:5] == [93] * 5 and math.isnan(past[7][5])
    assert past[8] == [92, 0]


def test_who_sells_most_and_who_rises(page, read):
    rows = read(tables.HOT_SELLERS)
    for sheet, flag, by in (("top_sellers", "is_top", "position"), ("risers", "is_riser", "riser_position")):
        (shown,) = sheets(page, sheet)
        first = sorted((row for row in rows if row[flag]), key=lambda row: row[by])[:10]
        expected = [[str(row[by]), name(row["unit_id"]), *numbers(row, ("expected", "past"))] for row in first]
        assert [row[1:5] for row in shown] == expected, sheet
        assert [float(row[5]) for row in shown] == pytest.approx([math.exp(row["score"]) for row in first])


def test_the_method_of_each_class(page, read):
    (shown,) = sheets(page, "demand_models")
    rows = [row for row in read(tables.DEMAND_MODELS) if row["is_chosen"]]
    numeric = ("wape", "bias", "coverage")
    assert [[*row[:2], row[3], *row[4:]] for row in shown] == [
        [row["level"], row["series_class"], row["model"], *numbers(row, numeric)] for row in rows
    ]


def test_the_stock_plan_by_money_and_its_curve(page, read):
    (shown,) = sheets(page, "stock_plan")
    rows = sorted(read(tables.STOCK_PLAN), key=lambda row: -row["weekly_demand"] * (row["price"] or 0))[:20]
    numeric = ("weekly_demand", "order_up_to", "reorder_point", "protection_days", "expected_service")
    assert [row[:6] for row in shown] == [[name(row["unit_id"]), *numbers(row, numeric)] for row in rows]
    (curve,) = sheets(page, "stock_curve")
    numeric = ("service", "expected_service", "order_up_to", "stock_value", "holding_weekly", "lost_weekly")
    asked = sorted(read(tables.STOCK_CURVE), key=lambda row: (row["is_plan"], row["service"]))
    assert [row[1:] for row in curve] == [numbers(row, numeric) for row in asked]


def test_zones_and_sites_with_what_lies_there(page, read):
    for sheet, table, column in (("zones", tables.SLOTTING, "zone"), ("sites", tables.ALLOCATION, "site")):
        (shown,) = sheets(page, sheet)
        rows = read(table)
        for place, n_items, n_baskets, space, most in shown:
            own = [row for row in rows if row[column] == place]
            counted = len(own), sum(row["n_baskets"] for row in own), sum(row["space"] for row in own)
            assert (n_items, n_baskets, space) == tuple(map(str, counted)), sheet
            assert most.startswith(name(max(own, key=lambda row: row["n_baskets"])["item_id"])), sheet
        assert len(shown) == len({row[column] for row in rows})


def test_months_and_files(page, read):
    baskets, rejects = read(tables.BASKETS), read(tables.REJECTS)
    (months,) = sheets(page, "months")[-1:]
    january = [basket for basket in baskets if basket["sold_on"].month == 1]
    assert months[0][:3] == ["2024-01", str(len(january)), str(sum(b["n_items"] for b in january))]
    (files,) = sheets(page, "files")
    assert [row[2] for row in files] == [str(sum(r["file"] == f"r{n}.csv" for r in rejects)) for n in range(3)]


def test_the_neighbours_on_an_items_page(page, read):
    article = next(a for a in page.iter("article") if a.get("id") == "item-1")
    item = text(article.findall("p")[1]).split(",")[0]
    (near,) = sheets(article, "item-factors")
    rows = sorted((r for r in read(tables.SIMILAR_ITEMS) if r["item_id"] == item), key=lambda row: row["position"])
    assert near == [[name(row["similar_item_id"]), str(row["similarity"])] for row in rows]


def test_recommendations_of_the_cold_list(page, read):
    (cold,) = sheets(page, "list-explore")[:1]
    rows = sorted((r for r in read(tables.RECOMMENDATIONS) if r["user_id"] == ""), key=lambda row: row["position"])
    assert [row[:3] for row in cold] == [[str(r["position"]), name(r["item_id"]), str(r["score"])] for r in rows]
    assert [row[3] for row in cold] == [f"by taste, 50% of it from buying {name(r['item_id'])} (100%)" for r in rows]


def test_each_csv_holds_what_its_table_on_the_page_holds(page, hostile_report):
    for sheet in ("rules", "pairs", "metrics", "checks", "training", "validation", "files", "embedding_map",
                  "left_out", "segments", "segment_items", "segment_generalisation", "forecasts", "demand_models",
                  "top_sellers", "risers", "stock_plan", "stock_curve", "zones", "sites",
                  "layout_quality"):  # fmt: skip
        with (hostile_report / "tables" / f"{sheet}.csv").open(newline="", encoding="utf-8") as file:
            _, *rows = csv.reader(file)
        (shown,) = sheets(page, sheet)
        assert [list(filter(is_number, row)) for row in rows] == [list(filter(is_number, row)) for row in shown], sheet


def is_number(cell):
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
