"""A shop whose receipts come by the hour: sales, corrections, returns, cancellations, and what is wrong with them."""

from datetime import UTC, datetime, timedelta

from basketry import tables
from tests.support.bad_inputs import HEAD, row
from tests.support.lake import LENIENT, put
from tests.support.tables import rows

ARRIVED = 1_706_800_000
LIVE = (*LENIENT, "--set=lake.allow_empty=true", "--set=stream.pair_min_count=5")
SILVER = (
    tables.RAW_LINES,
    tables.FILES,
    tables.LINES,
    tables.REJECTS,
    tables.USERS,
    tables.BASKETS,
    tables.OVERSIZE_BASKETS,
    tables.INTERACTIONS,
    tables.ITEMS,
)
# Given in the order in which items and users come.
BY_ARRIVAL = {"item_index", "user_index"}


def sold(day, hour=10, minute=0):
    """A time of sale some days from an hour before the first file's arrival, as text."""
    start = datetime.fromtimestamp(ARRIVED, UTC).replace(hour=0, minute=0, second=0)
    return f"{start + timedelta(days=day, hours=hour, minutes=minute):%Y-%m-%d %H:%M:%S}"


def shop_day(lake, day):
    """Two files of the day: sales with a fault and a product table on the first; later, what corrects them."""
    at, head = ARRIVED + 86_400 * day, HEAD + ",ref_basket_id,ref_line_no,status"
    sales = [
        row(
            f"d{day}b{n}",
            line_no=str(k),
            user_id=f"u{(n + day) % 5}",
            item_id=f"i{(n + k) % 6}",
            timestamp=sold(day, n % 9),
        )
        for n in range(12)
        for k in (1, 2)
    ]
    wrong = [row(f"d{day}b1", line_no="9", price="free", timestamp=sold(day)), row("", timestamp=sold(day)), ",,,,,,"]
    put(lake, f"day{day}a.csv", *(f"{line},,," for line in [*sales, *wrong]), "no more", head=head, at=at + 60)
    changed = [
        f"{row(f'd{day}b2', user_id='u8', item_id='i5', quantity='4', timestamp=sold(day, 2))},,,",
        f"{row(f'd{day}b3', user_id='u3', item_id='i3', timestamp=sold(day, 3))},,,void",
        f"{row(f'd{day}r', quantity='-1', user_id='u0', item_id='i5', timestamp=sold(day, 9))},d{day}b4,1,",
        f"{row(f'd{day - 1}b5', user_id='u7', item_id='new', line_no='3', timestamp=sold(day - 1, 5))},,,",
        f"{twice(day)[1]},,,",
    ]
    put(lake, f"day{day}b.csv", *changed, head=head, at=at + 7200)
    put(lake, f"day{day}c.csv", f"{twice(day - 1)[0]},,,", head=head, at=at + 7300)
    if day == 1:
        put(lake, "products.csv", "i1,apple tea,Food", "i9,soap,Home", head="item_id,name,department", at=at + 100)


def twice(day):
    """A basket and, five minutes on, a near duplicate of it, which comes a day before what it repeats."""
    return [row(f"d{day}t{n}", user_id="u9", item_id="i1", timestamp=sold(day, 8, 5 * n)) for n in (0, 1)]


def places(table):
    return [column for column in table.column_names if column not in BY_ARRIVAL]


def same_tables(one, other):
    """Every row and column of silver, but the indexes that go by arrival."""
    for table in SILVER:
        assert rows(one.read(table), *places(table)) == rows(other.read(table), *places(table)), str(table)
