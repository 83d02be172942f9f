"""Train item embeddings on Horovod workers, list each item's nearest, and place the users among them.

reads silver.baskets, silver.items, gold.metrics, gold.drift; writes gold.item_embeddings, gold.item_embeddings_int8,
gold.item_neighbours, gold.user_embeddings, gold.training_log
"""

from basketry import tables
from basketry.embeddings.checkpoints import checkpoint_folder, forget
from basketry.embeddings.embeddings import train_embeddings
from basketry.gates import pass_drift, pass_gate
from basketry.job import job


def main(argv=None):
    with job("train_embeddings", argv) as run:
        pass_gate(run, run.read(tables.METRICS, is_optional=True))
        pass_drift(run, run.read(tables.DRIFT, is_optional=True))
        settings, keep = run.settings, _checkpoints(run)
        bought, items = run.read(tables.BASKETS), run.read(tables.ITEMS, is_optional=True)
        trained = train_embeddings(bought, items, settings.embeddings, settings.seed, run.progress, keep=keep)
        run.write(tables.ITEM_EMBEDDINGS, trained.embeddings)
        run.write(tables.ITEM_EMBEDDINGS_INT8, trained.int8)
        run.write(tables.ITEM_NEIGHBOURS, trained.neighbours)
        run.write(tables.USER_EMBEDDINGS, trained.users)
        run.write(tables.TRAINING_LOG, trained.log)
        forget(keep)


def _checkpoints(run):
    """Of what is published; a replay does all of it again, and a dry run leaves nothing behind."""
    if run.scratch or run.arguments.dry_run:
        return None
    return checkpoint_folder(run.settings.embeddings, run.store, "published")


if __name__ == "__main__":
    main()
