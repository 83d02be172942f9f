"""Take receipts as they come: into bronze, and silver of the baskets they name; then what is bought together now.

reads the folder lake.raw, a Delta table or a Kafka topic (stream.source), ops.forgotten; writes bronze.lines,
bronze.files, silver.items, silver.users, silver.rejects, ops.corrections, silver.lines, silver.interactions,
silver.oversize_baskets, silver.baskets, gold.pairs_now
"""

from basketry import tables
from basketry.job import job
from basketry.lake.files import list_files
from basketry.lake.increment import Bronze, Standing, clean_new
from basketry.lake.ingest import files_read, new_files, of_files, read_records
from basketry.lake.people import people_of
from basketry.lake.regathered import regather
from basketry.mining.now import pairs_now
from basketry.stream.follow import follow


def main(argv=None):
    with job("stream_lines", argv) as run:
        follow(run, take_in)


def take_in(run, names):
    """One batch: the files of these names below the raw folder. Done again, it gives the same tables."""
    bronze = into_bronze(run, names)
    if bronze.names:
        found, items = into_silver(run, bronze)
        mine_now(run, into_baskets(run, found, items), items)


def into_bronze(run, names):
    settings = run.settings.lake
    forgotten = run.read(tables.FORGOTTEN, is_optional=True).select("fingerprint").collect()
    people = people_of(settings, run.arguments.pseudonym_key, frozenset(row[0] for row in forgotten))
    listed, lines, known = list_files(settings), run.current(tables.RAW_LINES), run.current(tables.FILES)
    here = {raw.file for raw in listed} & set(names)
    files = [raw for raw in new_files(listed, known, settings, people) if raw.file in here]
    if files:
        # As in ingest_lines, bronze.files is written last: until then the lines of these files do not count.
        records = read_records(run.store.spark, files, run.store.open_raw, settings, people)
        lines = run.write(tables.RAW_LINES, records, where=of_files(files))
        known = run.merge(tables.FILES, files_read(lines.where(of_files(files))))
    return Bronze(lines, known, sorted(here))


def into_silver(run, bronze):
    """Users and items before lines, since whose lines they were shows in silver.lines as it stands."""
    before = Standing(run.current(tables.LINES), run.current(tables.ITEMS), run.current(tables.USERS))
    found = clean_new(bronze, before, run.settings.lake, run.settings.stream.late_days)
    run.rows_in, run.rows_rejected = found.counted.n_read, found.counted.n("rejected")
    items = run.sync(tables.ITEMS, found.items)
    run.merge(tables.USERS, found.users)
    run.sync(tables.REJECTS, found.rejects, among=found.records)
    run.merge(tables.CORRECTIONS, found.corrections)
    run.sync(tables.LINES, found.lines, among=found.touched)
    return found, items


def into_baskets(run, found, items):
    """Baskets last, since whose they were shows in silver.baskets as it stands. Gives what then stands there."""
    lines, baskets = run.current(tables.LINES), run.current(tables.BASKETS)
    again = regather(found.lines, found.touched, lines, baskets, items, run.settings.lake)
    run.sync(tables.INTERACTIONS, again.built.interactions, among=again.days)
    run.sync(tables.OVERSIZE_BASKETS, again.built.oversize, among=again.baskets)
    return run.sync(tables.BASKETS, again.built.baskets, among=again.baskets)


def mine_now(run, baskets, items):
    stream = run.settings.stream
    least = {"pair_min_count": stream.pair_min_count, "pair_min_freq": stream.pair_min_freq}
    mining = run.settings.mining.model_copy(update=least)
    run.write(tables.PAIRS_NOW, pairs_now(baskets, items, mining, stream.window_hours, stream.slide_minutes))


if __name__ == "__main__":
    main()
