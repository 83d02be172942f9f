"""What the stream leaves beside bronze and silver: what is bought together now, and what came too late for it."""

from basketry.tables.contract import BIGINT, BOOLEAN, DATE, DOUBLE, STRING, TIMESTAMP, Column, Table
from basketry.tables.mining import SHARE

PAIRS_NOW = Table(
    "gold",
    "pairs_now",
    key=("item_a", "item_b"),
    columns=(
        Column("window_start", TIMESTAMP, "first moment of the window of sales, stream.window_hours before its end"),
        Column("window_end", TIMESTAMP, "first moment after it: the end of the slide with the latest sale (UTC)"),
        Column("item_a", STRING, "the item whose id sorts first"),
        Column("item_b", STRING, "the other", check="item_a < item_b"),
        Column("n_ab", BIGINT, "baskets of the window with both", check="n_ab >= 0"),
        Column("n", BIGINT, "baskets of the window", check="n > 0"),
        Column("expected", DOUBLE, "mean of n_ab by mining.null", check="expected >= 0"),
        Column("adjusted_lift", DOUBLE, "n_ab / expected; null when nothing is expected", nullable=True),
        Column("p", DOUBLE, "probability of n_ab or further from expected on its side", check=f"p {SHARE}"),
        Column("q", DOUBLE, "false discovery rate over all pairs of the window's items", check=f"q {SHARE}"),
        Column("direction", STRING, "complement: together more than expected; substitute: less"),
        Column("is_significant", BOOLEAN, "q at or below mining.max_q"),
    ),
    note="What is bought together now: pairs of the sliding window, by the same significance as gold.pairs.",
)

CORRECTIONS = Table(
    "ops",
    "corrections",
    key=("file", "record_number"),
    columns=(
        Column("file", STRING, "source file, as in bronze.lines"),
        Column("record_number", BIGINT, "position of the record there", check="record_number > 0"),
        Column("basket_id", STRING, "the checkout it names"),
        Column("sold_on", DATE, "date of the checkout (time zone of the settings)"),
        Column(
            "reason",
            STRING,
            "after_watermark: its basket came more than stream.late_days after a sale; earlier_records: its basket, or "
            "one tied to it by a return, has records in files that arrived before that",
            check="reason IN ('after_watermark', 'earlier_records')",
        ),
    ),
    note="Records that came too late for the stream: in bronze at once, in silver with the next clean_lines.",
)
