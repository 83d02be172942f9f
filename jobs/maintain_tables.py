"""Join small files and delete those that only old versions need, in every table; no row changes.

Not part of a run: by hand or once a week, beside readers if need be.
"""

from basketry import tables
from basketry.job import job


def main(argv=None):
    with job("maintain_tables", argv) as run:
        for table in tables.ALL:
            run.maintain(table)


if __name__ == "__main__":
    main()
