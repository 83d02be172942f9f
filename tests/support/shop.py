"""A shop as raw files, small enough to run every step on: each user buys breakfast or supper, week after week."""

import os
from datetime import date, timedelta
from pathlib import Path

from basketry.yaml_files import to_yaml

PEOPLE, WEEKS = 12, 6
MEALS = (("bread", "butter", "jam"), ("rice", "beans", "oil"))
SETTINGS = {
    "evaluation": {"holdout_days": 7, "ks": [2, 4], "n_bootstrap": 50},
    "recommend": {"rank": 2, "min_item_baskets": 1},
    "mining": {"min_support": 0.05, "min_confidence": 0.3},
    "embeddings": {"min_count": 2, "embedding_dim": 4, "slots": 16, "negatives": 8},
    "segments": {"k_min": 2, "k_max": 2, "n_seeds": 2, "levels": ["item"]},
}


def write_shop(raw: Path) -> None:
    """products.csv and one receipts file a week; the last week sells a novelty, and repeats a line."""
    raw.mkdir(parents=True, exist_ok=True)
    names = sorted({*MEALS[0], *MEALS[1], "novelty"})
    products = "\n".join(f"{name},{name.title()} 1 LB,GROCERY" for name in names)
    (raw / "products.csv").write_text(f"product_id,product_name,department\n{products}\n")
    for week in range(WEEKS):
        day = date(2024, 1, 1) + timedelta(weeks=week)
        path = raw / f"receipts-{day}.csv"
        path.write_text("\n".join([_HEAD, *_receipts(day, week == WEEKS - 1)]) + "\n")
        os.utime(path, (1_709_000_000 + week,) * 2)


def settings_file(folder: Path, **over: dict[str, object]) -> Path:
    """The settings that suit the shop, and those of `over`, as a file."""
    path = folder / "shop.yaml"
    path.write_text(to_yaml({name: SETTINGS.get(name, {}) | over.get(name, {}) for name in {**SETTINGS, **over}}))
    return path


_HEAD = "basket_id,line_no,household_id,store_id,product_id,quantity,sales_value,transaction_timestamp"


def _receipts(day: date, is_last: bool) -> list[str]:
    lines = []
    for user in range(PEOPLE):
        items = (*MEALS[user % 2], *(["novelty"] if is_last else []))
        lines += [f"{user}-{day},{n},u{user},s1,{item},1,2.50,{day} 10:00:00" for n, item in enumerate(items, 1)]
    return [*lines, lines[-1]] if is_last else lines
