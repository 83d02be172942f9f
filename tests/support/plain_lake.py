"""A lake written without Spark, as a run leaves it: receipts with known structure, and gold counted from them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyspark.sql.pandas.types import to_arrow_schema

from basketry import tables
from basketry.config import Settings
from basketry.tables import Table
from tests.support.receipts import receipts

HOLDOUT_DAYS = 20
MIN_FREQ = 12
DEPARTMENTS = ("GROCERY", "PRODUCE", "DELI & CO")
MODELS = {"cart": ("blend", "ease"), "explore": ("explore", "als"), "next_period": ("habit", "users")}
_DEFAULTS: dict[str, Any] = {"string": "", "int": 1, "bigint": 1, "double": 0.5, "boolean": False,
                             "timestamp": datetime(2024, 6, 1, tzinfo=UTC), "date": date(2024, 1, 1),
                             "decimal(12,2)": Decimal(1)}  # fmt: skip


def write_table(root: Path, table: Table, rows: list[dict[str, Any]], shuffle: int | None = None) -> int:
    """Replace a table by `rows`; columns left out get a plain default, nullable ones null. Gives the version."""
    whole = [{c.name: row.get(c.name, _default(c)) for c in table.columns} for row in rows]
    if shuffle is not None:
        np.random.default_rng(shuffle).shuffle(whole)  # type: ignore[arg-type]
    place = root / table.layer / table.name
    data = pa.Table.from_pylist(whole, to_arrow_schema(table.schema, timezone="UTC"))
    # Baskets lie in several files, as a run leaves them: whoever reads them meets more than one batch.
    step = max(1, -(-len(whole) // (3 if table == tables.BASKETS else 1)))
    write_deltalake(str(place), data.slice(0, step), mode="overwrite", schema_mode="overwrite")
    for start in range(step, len(whole), step):
        write_deltalake(str(place), data.slice(start, step), mode="append")
    return DeltaTable(str(place)).version()


def _default(column: Any) -> Any:
    if column.nullable:
        return None
    kind = column.type.simpleString()
    return [] if kind.startswith(("array", "map")) else _DEFAULTS[kind]


def plain_lake(root: Path, names: dict[str, str] | None = None, *, seed: int = 5, shuffle: int | None = None) -> Path:
    """Every table that the report and the service read, below `root`. `names`: by item id, else the id in capitals."""
    rows = content(seed, names or {})
    versions = {str(table): write_table(root, table, made, shuffle) for table, made in rows.items()}
    record_run(root, "first", versions, datetime(2024, 6, 1, tzinfo=UTC))
    return root


def record_run(root: Path, run_id: str, versions: dict[str, int], at: datetime, **over: Any) -> None:
    """ops.runs with one more run that wrote these versions, as one step; `over` are columns of its row."""
    place = root / "ops" / "runs"
    known = DeltaTable(str(place)).to_pyarrow_table().to_pylist() if place.exists() else []
    row = {"run_id": run_id, "step": "train_als", "outcome": "done", "settings": Settings().to_json(),
           "output_versions": list(versions.items()), "started_at": at, "ended_at": at}  # fmt: skip
    write_table(root, tables.RUNS, [*known, row | over])


def content(seed: int, names: dict[str, str]) -> dict[Table, list[dict[str, Any]]]:
    baskets = [
        {"basket_id": basket, "user_id": user, "sold_on": day, "items": items, "n_items": len(items)}
        for basket, user, day, items in receipts(seed)
    ]
    items = sorted({item for basket in baskets for item in basket["items"]})
    rejects = [{"file": f"r{n % 3}.csv", "record_number": n, "reasons": ["bad_quantity"]} for n in range(1, 8)]
    return {
        tables.BASKETS: baskets,
        tables.ITEMS: [_item(n, item, names.get(item, item.upper())) for n, item in enumerate(items)],
        tables.CHECKS: _checks(len(baskets), len(rejects)),
        tables.REJECTS: rejects,
        tables.FILES: [{"file": f"r{n}.csv", "n_records": 200, "n_blank": n} for n in range(3)],
        **_mined(baskets),
        **_recommended(items, sorted({b["user_id"] for b in baskets if b["user_id"]}), names),
        **_embedded(items, seed),
        **_segmented(items, names),
        **_forecast(items),
        **_stock(items),
        **_placed(items),
        tables.LEFT_OUT: [
            {"level": level, "segment": segment, "what": what, "n": 1234, "n_left_out": left, "min_users": 7}
            for level, segment, what, left in (
                ("type", "all", "rules", 3),
                ("item", "all", "rules", 45),
                ("item", "store 1", "rules", 678),
                ("item", "all", "pairs", 90),
            )
        ],
        tables.METRICS: _metrics(),
        tables.DRIFT: _drift(items, names),
        tables.VALIDATION_LOG: [
            {"step": n, "loss": 5 / n, "validation_loss": 5 / n + n / 20, "learning_rate": 0.2 / n} for n in range(1, 9)
        ],
    }


def _drift(items: list[str], names: dict[str, str]) -> list[dict[str, Any]]:
    """The mix of two levels; of 25 rules the odd ones drifted, each less than the one before."""
    said = [names.get(item, item.upper()) for item in items]
    mix = [{"measure": "item_mix", "subject": level, "value": 0.2 + n, "usual": 0.1, "limit": 0.3 - n, "is_drifted": n,
            "n_usual": 6, "action": "note", "why": f"most moved: {said[n]} 1.00% -> 2.00%"}
           for n, level in enumerate(("department", "item"))]  # fmt: skip
    rules = [{"measure": "rule", "subject": f"item all: {n} -> 0", "value": (n - 30) / 60, "is_drifted": n % 2 == 1,
              "action": "note" if n % 2 else "none", "why": f"{said[n]} -> {said[0]}: confidence"}
             for n in range(25)]  # fmt: skip
    whole = {"measure": "rule", "subject": "all", "action": "none", "why": "12 of 25"}
    return [row | {"is_drifted": bool(row.get("is_drifted"))} for row in (*mix, *rules, whole)]


def _item(n: int, item: str, name: str) -> dict[str, Any]:
    return {"item_id": item, "item_index": n, "name": name, "type": f"type {n % 7}", "category": f"category {n % 4}",
            "department": DEPARTMENTS[n % 3]}  # fmt: skip


def _checks(read: int, rejected: int) -> list[dict[str, Any]]:
    counted = {"read": read, "kept": read - rejected, "rejected": rejected, "reason:bad_quantity": rejected}
    return [{"check": name, "n": n, "share": n / read, "passed": True} for name, n in counted.items()]


def _mined(baskets: list[dict[str, Any]]) -> dict[Table, list[dict[str, Any]]]:
    last = max(basket["sold_on"] for basket in baskets) - timedelta(days=HOLDOUT_DAYS)
    mined = [basket["items"] for basket in baskets if basket["sold_on"] <= last]
    later = Counter(pair for b in baskets if b["sold_on"] > last for pair in permutations(b["items"], 2))
    single, both = Counter(i for items in mined for i in items), Counter(p for i in mined for p in permutations(i, 2))
    frequent = {pair: n for pair, n in sorted(both.items()) if n >= MIN_FREQ}
    strata = Counter(len(items) for items in mined)
    by_size = Counter((len(items), item) for items in mined for item in items)
    counts = (single, len(mined), later)
    return {
        tables.RULES: [_rule(pair, n, *counts) for pair, n in frequent.items()],
        tables.RULE_TRENDS: [
            {
                "level": "item",
                "segment": segment,
                "antecedent": [one],
                "consequent": [other],
                "half_life_weeks": 8.0,
                "recent_confidence": 0.123,
                "ratio": 1.5,
                "q": 0.01,
                "trend": trend,
            }
            for (one, other) in frequent
            for segment, trend in (("all", "rises" if one < other else None), ("store 1", "falls"))
        ],
        tables.PAIRS: [_pair(pair, n, *counts) for pair, n in frequent.items() if pair[0] < pair[1]],
        tables.STRATA: [{"level": "item", "stratum": size, "n_baskets": n} for size, n in sorted(strata.items())],
        tables.ITEM_COUNTS: [
            {"level": "item", "stratum": size, "item": item, "n": n} for (size, item), n in sorted(by_size.items())
        ],
    }


def _rule(pair: tuple[str, str], freq: int, single: Counter[str], n: int, later: Counter[Any]) -> dict[str, Any]:
    one, other = pair
    lift = freq * n / (single[one] * single[other])
    significant = lift > 1.5
    return {
        "level": "item", "segment": "all", "antecedent": [one], "consequent": [other], "freq": freq,
        "support": freq / n,
        "confidence": freq / single[one], "lift": lift, "adjusted_lift": lift ** 0.5, "expected": freq / lift**0.5,
        "p": 0.001 if significant else 0.4, "q": 0.01 if significant else 0.9, "is_significant": significant,
        "holdout_freq": later[pair], "holdout_adjusted_lift": 1.2, "replicated": later[pair] > 2, "top_user_share": 0.1,
    }  # fmt: skip


def _pair(pair: tuple[str, str], freq: int, single: Counter[str], n: int, later: Counter[Any]) -> dict[str, Any]:
    expected = single[pair[0]] * single[pair[1]] / n
    return {
        "level": "item", "item_a": pair[0], "item_b": pair[1], "n_ab": freq, "n_a": single[pair[0]],
        "n_b": single[pair[1]], "n": n, "lift": freq / expected, "expected": expected, "adjusted_lift": freq / expected,
        "q": 0.01, "direction": "complement" if freq > expected else "substitute", "is_significant": True,
        "holdout_freq": later[pair], "replicated": later[pair] > 2,
    }  # fmt: skip


def _recommended(items: list[str], users: list[str], names: dict[str, str]) -> dict[Table, list[dict[str, Any]]]:
    listed = [_listed("", "explore", position, item, names) for position, item in enumerate(items[:10], 1)]
    for n, user in enumerate(users):
        mine = [items[(n + step) % len(items)] for step in range(10)]
        listed += [_listed(user, kind, p, item, names) for kind, part in (("repeat", mine[:5]), ("explore", mine[5:]))
                   for p, item in enumerate(part, 1)]  # fmt: skip
    random = np.random.default_rng(3)
    said = [(item, other) for item in items for other in random.choice(items, 12, replace=False) if other != item]
    return {
        tables.RECOMMENDATIONS: listed,
        tables.SIMILAR_ITEMS: _near(items, "similar_item_id"),
        tables.ITEM_AFFINITIES: [
            {"kind": "ease", "item_id": item, "position": n, "other_item_id": str(other), "weight": random.normal()}
            for n, (item, other) in enumerate(said, 1)
        ],
        tables.EXCLUDED_ITEMS: [{"item_id": item, "rule": "out_of_stock"} for item in items[38:]],
    }  # fmt: skip


def _listed(user: str, kind: str, position: int, item: str, names: dict[str, str]) -> dict[str, Any]:
    first = "personal_frequency" if kind == "repeat" else "als"
    parts = {first: 0.0 if user == "" else 0.5 / position, "popularity": 0.01 / position}
    source = "popularity" if user == "" else first
    # Every item stands beside the one it names: each hostile name is in a text.
    return {"user_id": user, "list": kind, "position": position, "item_id": item, "score": sum(parts.values()),
            "source": source, "contributions": list(parts.items()),
            "reasons": [{"source": source, "kind": "taste", "other_item_id": item, "value": 0.5,
                         "text": f"by taste, 50% of it from buying {names.get(item, item.upper())}"}]}  # fmt: skip


def _near(items: list[str], column: str) -> list[dict[str, Any]]:
    return [
        {"item_id": item, "position": step, column: items[(n + step) % len(items)], "similarity": 1 - step / 10}
        for n, item in enumerate(items)
        for step in range(1, 5)
    ]


def _embedded(items: list[str], seed: int) -> dict[Table, list[dict[str, Any]]]:
    vectors = np.random.default_rng(seed).normal(size=(len(items), 8))
    return {
        tables.ITEM_EMBEDDINGS: [
            {"item_id": item, "vector_in": vector.tolist(), "vector_out": vector.tolist()}
            for item, vector in zip(items, vectors, strict=True)
        ],
        tables.ITEM_NEIGHBOURS: _near(items, "neighbour_item_id"),
        tables.TRAINING_LOG: [{"step": n, "loss": 5 / n, "learning_rate": 0.2 / n} for n in range(1, 9)],
    }


def _segmented(items: list[str], names: dict[str, str]) -> dict[Table, list[dict[str, Any]]]:
    shares, activity = (0.2, 0.5, 0.3), ("recency", "frequency", "money")
    return {
        tables.SEGMENTS: [
            {"segment": n, "name": f"much {names.get(items[n], items[n])}", "n_users": int(100 * share), "share": share}
            for n, share in enumerate(shares, 1)
        ],
        tables.SEGMENT_PROFILES: [
            {"segment": n, "kind": kind, "feature": feature, "mean": n + place / 10}
            for n in range(1, 4)
            for place, (kind, feature) in enumerate([*(("activity", a) for a in activity), ("share", DEPARTMENTS[0])])
        ],
        tables.SEGMENT_ITEMS: [
            {"segment": n, "level": level, "item": item, "n_users": 50 - place, "share": 0.5, "share_rest": 0.2,
             "expected": 20.0 + n, "adjusted_lift": (50 - place) / (20 + n), "p": 0.001, "q": 0.01}
            for n in range(1, 4)
            for level, among in (("item", items[:12]), ("department", DEPARTMENTS))
            for place, item in enumerate(among)
        ],
        tables.SEGMENT_GENERALISATION: [
            {"measure": measure, "segment": segment, "found": found, "published": published, "min_users": 20}
            for measure, segment, found, published in (
                ("segments", "all", 12.0, 3.0), ("users", "all", 90.0, None), ("squares", "all", 10.25, 11.5),
                ("parts", "10", 2.0, 1.0), ("parts", "2", 9.0, 1.0), ("items", "all", 1000.0, 400.0))
        ],
    }  # fmt: skip


def _forecast(items: list[str]) -> dict[Table, list[dict[str, Any]]]:
    """Items sell 100, 99, ... a week, the eighth being out of stock in the last week and the ninth new; types 7 up."""
    mondays = [date(2024, 5, 6) + timedelta(weeks=n) for n in range(8)]
    known = [("item", item, 100 - n) for n, item in enumerate(items)] + [("type", f"type {n}", 7 + n) for n in range(3)]
    whole = [
        {"level": level, "unit_id": unit, "store_id": "all", "week_on": week, "quantity": sold,
         "is_out_of_stock": unit == items[7] and week == mondays[5]}
        for level, unit, sold in known for week in mondays[:6]
        # A week without a sale is not listed.
        if unit != items[8] or week == mondays[4]
    ]  # fmt: skip
    ahead = [
        {"level": level, "unit_id": unit, "store_id": "all", "week_on": week, "ahead": n, "mean": sold + n / 4,
         "p10": sold / 2, "p50": float(sold), "p90": 2.0 * sold, "model": "ses_0.3"}
        for level, unit, sold in known for n, week in enumerate(mondays[6:], 1)
    ]  # fmt: skip
    hot = [
        {"level": "item", "unit_id": item, "store_id": "all", "expected": 200.0 - n, "past": 150.0, "position": n + 1,
         "is_top": n < 20, "is_riser": n > 30, "score": n / 40, "riser_position": len(items) - n}
        for n, item in enumerate(items)
    ]  # fmt: skip
    models = [
        {"level": "item", "series_class": "slow", "model": "ma_4", "wape": 0.4},
        {"level": "item", "series_class": "slow", "model": "ses_0.2", "wape": 0.3, "is_chosen": True},
        {"level": "type", "series_class": "fast", "model": "tsb_0.2", "wape": 0.1, "bias": 0.04, "is_chosen": True},
    ]
    return {tables.WEEKLY_SALES: whole, tables.DEMAND: ahead, tables.DEMAND_MODELS: models, tables.HOT_SELLERS: hot}


def _stock(items: list[str]) -> dict[Table, list[dict[str, Any]]]:
    plan = [
        {"level": "item", "unit_id": item, "store_id": "all", "policy": "periodic" if n % 3 else "newsvendor",
         "weekly_demand": 10.0 + n, "order_up_to": 30 + n, "reorder_point": 29 + n if n % 3 else None,
         "protection_days": 10.0, "expected_service": 0.9, "price": None if n == 39 else 1 + n / 10,
         "why": f"because {n}"}
        for n, item in enumerate(items)
    ]  # fmt: skip
    curve = [
        {"is_plan": n == 2, "service": 0.9 + n / 100, "expected_service": 0.88 + n / 100, "order_up_to": 100 * n,
         "stock_value": 50.5 * n, "holding_weekly": 0.5 * n, "lost_weekly": 9.5 - n}
        for n in range(4)
    ]  # fmt: skip
    return {tables.STOCK_PLAN: plan, tables.STOCK_CURVE: curve}


def _placed(items: list[str]) -> dict[Table, list[dict[str, Any]]]:
    lying = [{"item_id": item, "position": n + 1, "n_baskets": 90 - n, "space": 1.5} for n, item in enumerate(items)]
    return {
        tables.SLOTTING: [{"zone": f"z{n % 4}", **row} for n, row in enumerate(lying)],
        tables.ALLOCATION: [{"site": f"s{n % 2}", **row} for n, row in enumerate(lying)],
        tables.ALLOCATION_QUALITY: [
            {"plan": plan, "method": method, "value": 3.5 - n, "gain": 0.1 * n, "gain_low": 0.05 * n,
             "gain_high": 0.2 * n, "verdict": "gain" if n else ""}
            for plan in ("sites", "zones") for n, method in enumerate(("plan", "random", "velocity"))
        ],
    }  # fmt: skip


def _metrics() -> list[dict[str, Any]]:
    return [
        {"task": task, "model": model, "slice": "all", "metric": metric, "k": k, "value": value, "ci_low": value - 0.01,
         "ci_high": value + 0.01, "baseline": 0.1, "delta": value - 0.1, "n": 50}
        for task, models in MODELS.items() for metric in ("ndcg", "hit_rate", "recall") for k in (10, 20)
        for model, value in ((models[0], 0.4 + k / 1000), (models[1], 0.3), ("popularity", 0.1))
    ] + [
        {"task": task, "model": "popularity", "slice": "all", "metric": metric, "k": k, "value": 0.6, "baseline": 0.6,
         "delta": 0.0, "n": 50, "last": 0.5, "delta_last": 0.1, "ci_low": low, "ci_high": low}
        for task, metric, k, low in (("pair", "auc", 0, 0.6), ("cart", "coverage", 10, None))
    ]  # fmt: skip
