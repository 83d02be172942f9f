"""bronze: what came, as it came. silver: one meaning per table, typed and keyed."""

from basketry.tables.contract import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    MONEY,
    OPTIONAL_STRINGS,
    STRING,
    STRINGS,
    TIMESTAMP,
    Column,
    Table,
)

RAW_LINES = Table(
    "bronze",
    "lines",
    key=("file", "record_number"),
    columns=(
        Column("file", STRING, "path of the source file below the raw folder"),
        Column(
            "record_number",
            BIGINT,
            "position of the record in its file, from 1; 0 is the file's own row: its column names in values, "
            "what was found about it in raw",
            check="record_number >= 0",
        ),
        Column("arrived_at", TIMESTAMP, "modification time of the file when it was read (UTC)"),
        Column(
            "values",
            OPTIONAL_STRINGS,
            "its values in the order of the file's columns; null where it could not be parsed",
            nullable=True,
        ),
        Column("raw", STRING, "its text as it came; null for a Parquet row, which has none", nullable=True),
        Column("fault", STRING, "why it could not be parsed, or blank; null where it could", nullable=True),
    ),
    note="Every physical record that came, as it came; source column names end here.",
    found_by=("file", "record_number"),
)

FILES = Table(
    "bronze",
    "files",
    key=("file",),
    columns=(
        Column("file", STRING, "path of the source file, or of a Delta table's folder, below the raw folder"),
        Column("source", STRING, "which source of the settings it belongs to: lines or items"),
        Column("format", STRING, "csv, jsonl, parquet or delta"),
        Column("encoding", STRING, "of a text file, as it was read; null for Parquet and Delta", nullable=True),
        Column("columns", STRINGS, "the source's column names, in the order of bronze.lines.values"),
        Column(
            "size_bytes", BIGINT, "size; of a Delta table that of its newest log entry (bytes)", check="size_bytes >= 0"
        ),
        Column("sha256", STRING, "checksum of those bytes (hexadecimal)"),
        Column("arrived_at", TIMESTAMP, "modification time of the file when it was read (UTC)"),
        Column("n_records", BIGINT, "records kept of it, blank ones too", check="n_records >= 0"),
        Column("n_blank", BIGINT, "records without any value", check="n_blank >= 0"),
        Column("n_faulty", BIGINT, "records that could not be parsed", check="n_faulty >= 0"),
        Column("n_forgotten", BIGINT, "records left out since their user is forgotten", check="n_forgotten >= 0"),
        Column(
            "key_id",
            STRING,
            "names the key of its users' pseudonyms; null: they have none",
            nullable=True,
        ),
    ),
    note="One row a file that was read; the lines of a file not listed here do not count yet.",
)

LINES = Table(
    "silver",
    "lines",
    key=("basket_id", "item_id", "line_number"),
    columns=(
        Column("basket_id", STRING, "the checkout"),
        Column("item_id", STRING, "the item, as the source names it"),
        Column(
            "line_number", INT, "position in the basket among lines of this item, from 1, where the source has none"
        ),
        Column("user_id", STRING, "who bought; null for an anonymous basket", nullable=True),
        Column("store_id", STRING, "where; null when the source has none", nullable=True),
        Column("quantity", INT, "pieces; below 0 for a return that is kept as a line", check="quantity <> 0"),
        Column("amount", MONEY, "paid for the line (currency of the source)", check="amount >= 0 OR quantity < 0"),
        Column("sold_at", TIMESTAMP, "time of the checkout (UTC)"),
        Column("sold_on", DATE, "date of the checkout (time zone of the settings)"),
        Column("filled", STRINGS, "columns that had no value and were filled by lake.clean.missing, sorted"),
        Column(
            "is_outlier",
            BOOLEAN,
            "price of a piece or quantity is more than lake.clean.outlier_z robust deviations from its item's median",
        ),
        Column("file", STRING, "source file of the kept record"),
        Column("record_number", BIGINT, "its position there"),
    ),
    note="Receipt lines, typed and de-duplicated.",
    dated_by="sold_on",
    changes=True,
)

REJECTS = Table(
    "silver",
    "rejects",
    key=("file", "record_number"),
    columns=(
        Column("file", STRING, "source file"),
        Column("record_number", BIGINT, "position of the record there, from 1"),
        Column("reasons", STRINGS, "every reason that holds, sorted", check="size(reasons) > 0"),
        Column("raw", STRING, "the record as it came"),
    ),
    note="Every refused record, with all its reasons.",
)

ITEMS = Table(
    "silver",
    "items",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item, as the source names it"),
        Column("item_index", INT, "stable integer, given once and never again", check="item_index >= 0"),
        Column("name", STRING, "readable name"),
        Column("type", STRING, "product type", nullable=True),
        Column("category", STRING, "product category", nullable=True),
        Column("department", STRING, "department", nullable=True),
        Column("brand", STRING, "brand", nullable=True),
        Column("size", STRING, "package size, as text", nullable=True),
        Column(
            "price",
            MONEY,
            "price of one piece in the product table",
            nullable=True,
            check="price IS NULL OR price >= 0",
        ),
        Column("is_stub", BOOLEAN, "true when no product table knows the item"),
    ),
    note="Every item ever sold or listed.",
)

USERS = Table(
    "silver",
    "users",
    key=("user_id",),
    columns=(
        Column("user_id", STRING, "the user, as the source names them"),
        Column("user_index", INT, "stable integer, given once and never again", check="user_index >= 0"),
        Column("first_bought_on", DATE, "date of the first kept line"),
        Column("last_bought_on", DATE, "date of the last kept line"),
        Column("n_baskets", BIGINT, "baskets", check="n_baskets >= 0"),
    ),
    note="Every user with a kept line.",
)

CHECKS = Table(
    "silver",
    "checks",
    key=("check",),
    columns=(
        Column("check", STRING, "what was counted, as rejected or reason:bad_quantity"),
        Column("n", BIGINT, "records", check="n >= 0"),
        Column("share", DOUBLE, "n / records read (0 to 1)", check="share BETWEEN 0 AND 1"),
        Column("limit", DOUBLE, "largest share allowed; null when the check only informs", nullable=True),
        Column("passed", BOOLEAN, "whether the share is within its limit"),
    ),
    note="Data quality of the last cleaning.",
)

BASKETS = Table(
    "silver",
    "baskets",
    key=("basket_id",),
    columns=(
        Column("basket_id", STRING, "the checkout"),
        Column("user_id", STRING, "who bought; null for an anonymous basket", nullable=True),
        Column("store_id", STRING, "where; null when the source has none", nullable=True),
        Column("sold_at", TIMESTAMP, "earliest time of its lines (UTC)"),
        Column("sold_on", DATE, "date of sold_at (time zone of the settings)"),
        Column("items", STRINGS, "distinct items, sorted", check="size(items) > 0"),
        Column("n_items", INT, "number of distinct items", check="n_items > 0"),
        Column(
            "is_near_duplicate",
            BOOLEAN,
            "the same user had the same items in the same store lake.baskets.near_duplicate_minutes before, or less",
        ),
    ),
    note="The set of distinct items of one checkout; oversize baskets are set aside.",
    dated_by="sold_on",
    changes=True,
)

OVERSIZE_BASKETS = Table(
    "silver",
    "oversize_baskets",
    key=("basket_id",),
    columns=(
        Column("basket_id", STRING, "the checkout"),
        Column("user_id", STRING, "who bought; null for an anonymous basket", nullable=True),
        Column("store_id", STRING, "where; null when the source has none", nullable=True),
        Column("sold_on", DATE, "date of the checkout (time zone of the settings)"),
        Column("n_items", INT, "number of distinct items", check="n_items > 0"),
    ),
    note="Baskets set aside since they hold more than lake.baskets.max_items items; their lines are in silver.lines.",
    dated_by="sold_on",
)

INTERACTIONS = Table(
    "silver",
    "interactions",
    key=("user_id", "item_id", "sold_on"),
    columns=(
        Column("user_id", STRING, "who bought"),
        Column("item_id", STRING, "what"),
        Column("sold_on", DATE, "when"),
        Column("n_baskets", INT, "baskets of that day with the item", check="n_baskets > 0"),
        Column("quantity", BIGINT, "pieces", check="quantity > 0"),
    ),
    note="Who bought what on which day; weights are made from it by the recommender's own half-life.",
    dated_by="sold_on",
)
