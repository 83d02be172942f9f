"""Read the raw files that are new or changed: every physical record, as it came.

reads the folder lake.raw, ops.forgotten; writes bronze.lines, bronze.files
"""

from basketry import tables
from basketry.job import job
from basketry.lake.files import list_files
from basketry.lake.ingest import files_read, new_files, of_files, read_records
from basketry.lake.people import people_of


def main(argv=None):
    with job("ingest_lines", argv) as run:
        settings = run.settings.lake
        listed = list_files(settings)
        forgotten = run.read(tables.FORGOTTEN, is_optional=True).select("fingerprint").collect()
        people = people_of(settings, run.arguments.pseudonym_key, frozenset(row[0] for row in forgotten))
        files = new_files(listed, run.current(tables.FILES), settings, people)
        run.progress("listed the raw folder", files=len(listed), new=len(files))
        if files:
            # bronze.files is written last: until then the lines of these files do not count.
            records = read_records(run.store.spark, files, run.store.open_raw, settings, people)
            lines = run.write(tables.RAW_LINES, records, where=of_files(files))
            run.merge(tables.FILES, files_read(lines.where(of_files(files))))


if __name__ == "__main__":
    main()
