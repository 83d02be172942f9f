"""Settings of the lake: where it is, what the raw files look like, what is refused."""

from datetime import UTC, datetime
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from basketry.section import Section

Names = tuple[str, ...]
# The environment variable of a secret, which is no setting: settings are kept in ops.runs.
PSEUDONYM_KEY = "BASKETRY_PSEUDONYM_KEY"
_SPELLING = "accepted source names; case, spaces and signs do not count (names, best first)"


class LineColumns(Section):
    """Which source column is which of ours, for receipts. A file's header decides, never a position."""

    basket_id: Names = Field(
        ("basket_id", "transaction_id", "transaction", "invoice_no", "invoice", "order_id", "receipt_id"),
        description=f"the checkout: {_SPELLING}",
    )
    line_number: Names = Field(("line_no", "line_number", "line"), description=f"line of the receipt: {_SPELLING}")
    user_id: Names = Field(
        ("user_id", "household_id", "household_key", "customer_id", "member_number"),
        description=f"who bought: {_SPELLING}",
    )
    store_id: Names = Field(("store_id", "store", "shop_id"), description=f"where: {_SPELLING}")
    item_id: Names = Field(
        ("item_id", "product_id", "stock_code", "sku", "upc", "article_id"), description=f"what: {_SPELLING}"
    )
    item_name: Names = Field(
        ("item_name", "product_name", "description", "item_description"), description=f"its name: {_SPELLING}"
    )
    quantity: Names = Field(("quantity", "qty", "units"), description=f"pieces: {_SPELLING}")
    amount: Names = Field(
        ("amount", "sales_value", "line_total", "line_amount"), description=f"paid for the line: {_SPELLING}"
    )
    price: Names = Field(("price", "unit_price"), description=f"price of one piece, without an amount: {_SPELLING}")
    sold_at: Names = Field(
        ("sold_at", "timestamp", "transaction_timestamp", "invoice_date", "date_time", "ts"),
        description=f"time of the checkout: {_SPELLING}",
    )
    status: Names = Field(("status", "order_status"), description=f"says that a basket was cancelled: {_SPELLING}")
    returned_basket_id: Names = Field(
        ("ref_basket_id", "returned_basket_id", "original_basket_id"),
        description=f"the basket that a return refers to: {_SPELLING}",
    )
    returned_line_number: Names = Field(
        ("ref_line_no", "returned_line_number", "original_line_no"),
        description=f"the line that a return refers to: {_SPELLING}",
    )
    changed_at: Names = Field(
        ("ingested_at", "changed_at", "updated_at", "exported_at"),
        description=f"when the source wrote the record; the latest of a line wins: {_SPELLING}",
    )


class ItemColumns(Section):
    """Which source column is which of ours, for the product table."""

    item_id: Names = Field(
        ("item_id", "product_id", "stock_code", "sku", "upc", "article_id"), description=f"the item: {_SPELLING}"
    )
    name: Names = Field(("name", "item_name", "product_name", "description"), description=f"its name: {_SPELLING}")
    type: Names = Field(("type", "product_type", "sub_commodity_desc"), description=f"product type: {_SPELLING}")
    category: Names = Field(("category", "product_category", "commodity_desc"), description=f"category: {_SPELLING}")
    department: Names = Field(("department", "dept"), description=f"department: {_SPELLING}")
    brand: Names = Field(("brand",), description=f"brand: {_SPELLING}")
    size: Names = Field(("size", "package_size", "curr_size_of_product"), description=f"package size: {_SPELLING}")
    price: Names = Field(("price", "unit_price", "list_price"), description=f"price of one piece: {_SPELLING}")


class FileSettings(Section):
    """How a source's text files are written."""

    delimiter: str = Field(",", min_length=1, max_length=1, description="between CSV fields (one character)")
    quote: str = Field('"', min_length=1, max_length=1, description="around CSV fields (one character)")
    encoding: str = Field(
        "auto",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="auto: a byte order mark or valid UTF-8 decides, else latin-1 (encoding name)",
    )


class LineSource(FileSettings):
    """The receipts."""

    files: Names = Field(("*",), description="which files hold receipts, after the items' (patterns below raw)")
    columns: LineColumns = Field(LineColumns(), description="their columns")


class ItemSource(FileSettings):
    """The product table."""

    files: Names = Field(("*items*", "*products*"), description="which files hold products (patterns below raw)")
    columns: ItemColumns = Field(ItemColumns(), description="their columns")


class MissingSettings(Section):
    """What becomes of a receipt line without a value. Without a basket, an item or a time it is always refused."""

    quantity: Literal["reject"] | int = Field("reject", description="reject, or the pieces it counts for (count)")
    amount: Literal["reject", "items"] = Field(
        "reject", description="items: the product table's price times the quantity"
    )
    user_id: str = Field("keep", min_length=1, description="keep: an anonymous basket; reject; else the user it gets")
    store_id: str = Field("keep", min_length=1, description="keep: no store; reject; else the store it gets")


class CleanSettings(Section):
    """What is refused, filled, netted, flagged and gated."""

    item_key: Literal["id", "name"] = Field("id", description="name: an item is known by its canonical name")
    latest: datetime | None = Field(
        None, description="latest time of a sale; null: the arrival of its file (time, UTC when it names no zone)"
    )
    # Spreadsheets and clocks that lost their date say 1899, 1900 or 1970.
    earliest: datetime | None = Field(
        datetime(1980, 1, 1, tzinfo=UTC),
        description="earliest time of a sale; null: any (time, UTC when it names no zone)",
    )
    missing: MissingSettings = Field(MissingSettings(), description="what becomes of a line without a value")
    free_lines: Literal["keep", "reject"] = Field("keep", description="lines that cost nothing")
    cancelled: Names = Field(
        ("cancelled", "canceled", "void", "voided"),
        description="statuses of which one on any line cancels the whole basket (words, any case)",
    )
    returns: Literal["net", "drop", "keep"] = Field(
        "net", description="net: taken off the line they name; drop: refused; keep: the line stays as it was sold"
    )
    max_lines: int = Field(1000, ge=1, le=1_000_000, description="lines above which a basket is refused (count)")
    outlier_z: float | None = Field(
        10.0, gt=0, description="robust z within its item above which a line is flagged; null: none is (number)"
    )
    max_outliers: float = Field(1.0, ge=0, le=1, description="most lines flagged as outliers (share of lines)")
    max_rejected: float = Field(0.1, ge=0, le=1, description="most records refused as faulty (share of records)")
    max_unread_files: float = Field(
        0.0, ge=0, le=1, description="most files of which no record could be read (share of files)"
    )
    max_duplicates: float = Field(1.0, ge=0, le=1, description="most records that repeat another (share of records)")
    max_unknown_items: float = Field(1.0, ge=0, le=1, description="most lines of items no product table knows (share)")

    @model_validator(mode="after")
    def _prices_need_ids(self) -> Self:
        if self.item_key == "name" and self.missing.amount == "items":
            raise ValueError("missing.amount=items needs item_key=id: the product table is known by ids")
        return self


class BasketSettings(Section):
    """What makes a basket."""

    excluded_departments: Names = Field((), description="departments that are no merchandise (names, any case)")
    max_items: int = Field(
        200, ge=1, le=100_000, description="distinct items above which a basket is set aside (count)"
    )
    near_duplicate_minutes: int = Field(
        10,
        ge=0,
        le=1440,
        description="a user's basket of the same items and store so soon after another is flagged; 0: none (minutes)",
    )


class LakeSettings(Section):
    """Where tables and raw files live, and how receipts are cleaned."""

    root: str = Field("data/lake", description="folder or address of the Delta tables (path)")
    catalog: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_]+$", description="Unity Catalog to use instead of root (name)"
    )
    raw: str = Field("data/raw", description="folder or address of the raw files (path)")
    pseudonyms: bool = Field(
        False,
        description="call users by keyed pseudonyms from bronze on; the key is BASKETRY_PSEUDONYM_KEY",
    )
    time_zone: str = Field("UTC", description="time zone of the shops, gives a line its date (IANA name)")
    allow_empty: bool = Field(False, description="accept input tables without rows")
    # Delta itself refuses less: a reader may still be at a version a week old.
    retain_days: int = Field(
        30, ge=7, le=3650, description="age from which maintain_tables deletes files no version needs since (days)"
    )
    max_columns: int = Field(2000, ge=1, le=100_000, description="columns above which a raw file is refused (count)")
    max_record_chars: int = Field(
        1_000_000, ge=1000, le=100_000_000, description="length from which a raw line is refused (characters)"
    )
    lines: LineSource = Field(LineSource(), description="the receipts")
    items: ItemSource = Field(ItemSource(), description="the product table")
    clean: CleanSettings = Field(CleanSettings(), description="what is refused, filled, netted, flagged and gated")
    baskets: BasketSettings = Field(BasketSettings(), description="what makes a basket")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone; write its IANA name, as Europe/Berlin") from error
        return name
