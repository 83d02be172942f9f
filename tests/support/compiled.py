"""How the tests' queries run, and how they run as shipped."""

from contextlib import contextmanager

# Tables of a few rows take a third less time when Spark interprets their queries and plans each of them once.
INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@contextmanager
def as_shipped(spark):
    """Every query inside is compiled and planned adaptively, as users have it."""
    before = {name: spark.conf.get(name) for name in INTERPRETED}
    for name in INTERPRETED:
        spark.conf.unset(name)
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
