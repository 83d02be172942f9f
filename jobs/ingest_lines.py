"""Read the raw files that are new or changed: every physical record, as it came.

reads the folder lake.raw; writes bronze.lines, bronze.files
"""

from basketry import tables
from basketry.job import job
from basketry.lake.files import list_files
from basketry.lake.ingest import files_read, new_files, of_files, read_records


def main(argv=None):
    with job("ingest_lines", argv) as run:
        settings = run.settings.lake
        listed = list_files(settings)
        files = new_files(listed, run.current(tables.FILES), settings)
        run.progress("listed the raw folder", files=len(listed), new=len(files))
        if files:
            # bronze.files is written last: until then the lines of these files do not count.
            records = read_records(run.store.spark, files, run.store.open_raw, settings)
            lines = run.write(tables.RAW_LINES, records, where=of_files(files))
            run.merge(tables.FILES, files_read(lines.where(of_files(files))))


if __name__ == "__main__":
    main()
