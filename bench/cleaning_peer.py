"""The sample lake's receipts cleaned by duckdb, as one would write it there: python cleaning_peer.py RAW.

Prints a line of JSON. RAW is the sample's own format: no line numbers, no returns that name a line. The latest file
that has an item of a basket says all about it, exact repeats go, faults are kept with their reasons, items and users
are listed, outliers flagged; lines, rejects, items and users become Parquet files.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

READ = """
CREATE TABLE raw AS
WITH arrived AS (SELECT filename AS file, last_modified AS arrived_at FROM read_blob('{raw}/receipts*/*')),
every AS (
  SELECT * FROM read_csv('{raw}/receipts*/*.csv*', all_varchar = true, filename = true, header = true,
                         delim = ',', quote = '"', ignore_errors = true, store_rejects = true)
  UNION ALL BY NAME
  SELECT * FROM read_json('{raw}/receipts*/*.jsonl', format = 'newline_delimited', filename = true,
                          ignore_errors = true, columns = {{basket_id: 'VARCHAR', household_id: 'VARCHAR',
                          store_id: 'VARCHAR', product_id: 'VARCHAR', quantity: 'VARCHAR', sales_value: 'VARCHAR',
                          transaction_timestamp: 'VARCHAR'}})
  UNION ALL BY NAME
  SELECT basket_id::VARCHAR AS basket_id, household_id::VARCHAR AS household_id, store_id::VARCHAR AS store_id,
         product_id::VARCHAR AS product_id, quantity::VARCHAR AS quantity, sales_value::VARCHAR AS sales_value,
         transaction_timestamp::VARCHAR AS transaction_timestamp, filename
  FROM read_parquet('{raw}/receipts*/*.parquet', filename = true)
)
SELECT every.filename AS file, arrived_at, trim(basket_id) AS basket_id, trim(household_id) AS user_id,
       trim(store_id) AS store_id, trim(product_id) AS item_id, quantity AS raw_quantity, sales_value AS raw_amount,
       transaction_timestamp AS raw_sold_at, TRY_CAST(quantity AS INTEGER) AS quantity,
       TRY_CAST(TRY_CAST(sales_value AS DECIMAL(18, 6)) AS DECIMAL(12, 2)) AS amount,
       TRY_CAST(transaction_timestamp AS TIMESTAMP) AS sold_at
FROM every JOIN arrived ON every.filename = arrived.file
"""
JUDGE = """
CREATE TABLE judged AS
SELECT *, list_filter([
  CASE WHEN basket_id IS NULL OR basket_id = '' THEN 'missing_basket_id' END,
  CASE WHEN item_id IS NULL OR item_id = '' THEN 'missing_item_id' END,
  CASE WHEN raw_quantity IS NULL THEN 'missing_quantity' WHEN quantity IS NULL THEN 'bad_type_quantity'
       WHEN quantity <= 0 THEN 'bad_quantity' END,
  CASE WHEN raw_amount IS NULL THEN 'missing_amount' WHEN amount IS NULL THEN 'bad_type_amount'
       WHEN amount < 0 THEN 'bad_amount' END,
  CASE WHEN raw_sold_at IS NULL THEN 'missing_sold_at' WHEN sold_at IS NULL THEN 'bad_type_sold_at'
       WHEN sold_at < TIMESTAMP '1980-01-01' THEN 'too_early'
       WHEN sold_at > arrived_at + INTERVAL 1 DAY THEN 'too_late' END
], lambda reason: reason IS NOT NULL) AS reasons
FROM raw
"""
DEDUPLICATE = """
CREATE TABLE kept AS
WITH latest AS (
  SELECT *, rank() OVER (PARTITION BY basket_id, item_id ORDER BY arrived_at DESC, file DESC) AS version
  FROM judged WHERE len(reasons) = 0
),
once AS (
  SELECT DISTINCT basket_id, item_id, user_id, store_id, quantity, amount, sold_at, file FROM latest WHERE version = 1
)
SELECT *, row_number() OVER (PARTITION BY basket_id, item_id ORDER BY quantity, amount, sold_at, user_id, store_id)
          AS line_number, sold_at::DATE AS sold_on FROM once
"""
FLAG = """
CREATE TABLE lines AS
WITH usual AS (
  SELECT item_id, count(*) AS n, quantile_cont((amount / quantity)::DOUBLE, [.25, .5, .75]) AS price,
         quantile_cont(quantity, [.25, .5, .75]) AS pieces
  FROM kept GROUP BY item_id HAVING count(*) >= 10
)
SELECT kept.*, coalesce(
         abs(amount / quantity - price[2]) > 10 * greatest((price[3] - price[1]) / 1.349, price[2] * .1)
         OR abs(quantity - pieces[2]) > 10 * greatest((pieces[3] - pieces[1]) / 1.349, 1), false) AS is_outlier
FROM kept LEFT JOIN usual USING (item_id)
"""
WRITE = """
COPY (SELECT * FROM lines) TO '{out}/lines.parquet';
COPY (SELECT file, reasons, raw_quantity, raw_amount, raw_sold_at, basket_id, item_id
      FROM judged WHERE len(reasons) > 0) TO '{out}/rejects.parquet';
COPY (SELECT coalesce(p.product_id, l.item_id) AS item_id, p.* EXCLUDE product_id, p.product_id IS NULL AS is_stub
      FROM read_csv('{raw}/products.csv', all_varchar = true) p
      FULL JOIN (SELECT DISTINCT item_id FROM lines) l ON p.product_id = l.item_id) TO '{out}/items.parquet';
COPY (SELECT user_id, min(sold_on), max(sold_on), count(DISTINCT basket_id) FROM lines WHERE user_id IS NOT NULL
      GROUP BY user_id) TO '{out}/users.parquet'
"""
PARTS = {"read": READ, "judge": JUDGE, "deduplicate": DEDUPLICATE, "flag": FLAG, "write": WRITE}


def cleaned(raw):
    with tempfile.TemporaryDirectory(dir=Path(raw).parent) as out:
        lake = duckdb.connect(f"{out}/work.duckdb")
        parts = {name: timed(lake, sql.format(raw=raw, out=out)) for name, sql in PARTS.items()}
        n_raw, n_rejected, kept = (
            lake.execute(f"SELECT count(*) FROM {what}").fetchone()[0]  # noqa: S608
            for what in ("raw", "judged WHERE len(reasons) > 0", "lines")
        )
        products = lake.execute("SELECT count(*) FROM read_csv(?, all_varchar = true)", [f"{raw}/products.csv"])
        return parts, {"records": n_raw + products.fetchone()[0], "kept": kept, "rejected": n_rejected}


def timed(lake, sql):
    started = time.monotonic()
    lake.execute(sql)
    return round(time.monotonic() - started, 2)


if __name__ == "__main__":
    parts, found = cleaned(sys.argv[1])
    print(json.dumps({"wall_s": round(sum(parts.values()), 2), "result": {**found, "parts": parts}}))
