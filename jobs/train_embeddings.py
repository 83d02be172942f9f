"""Train item embeddings on Horovod workers, list each item's nearest, and place the users among them.

reads silver.baskets, silver.items, gold.metrics, gold.drift; writes gold.item_embeddings, gold.item_embeddings_half,
gold.item_embeddings_int8, gold.item_neighbours, gold.user_embeddings, gold.vector_moves, gold.pair_vectors,
gold.pair_head, gold.training_log
"""

from basketry import tables
from basketry.embeddings.checkpoints import checkpoint_folder, forget
from basketry.embeddings.embeddings import train_embeddings
from basketry.embeddings.export import pair_frames
from basketry.embeddings.pairs.training import train_pair_head
from basketry.gates import pass_drift, pass_gate
from basketry.job import job


def main(argv=None):
    with job("train_embeddings", argv) as run:
        pass_gate(run, run.read(tables.METRICS, is_optional=True))
        pass_drift(run, run.read(tables.DRIFT, is_optional=True))
        settings, keep, published = run.settings, _checkpoints(run), _published(run)
        bought, items = run.read(tables.BASKETS), run.read(tables.ITEMS, is_optional=True)
        how = {"keep": keep, "published": published}
        trained = train_embeddings(bought, items, settings.embeddings, settings.seed, run.progress, **how)
        head = train_pair_head(bought, settings.embeddings, settings.seed, run.progress, keep)
        pair_vectors, pair_network = pair_frames(run.store.spark, head)
        run.write(tables.ITEM_EMBEDDINGS_HALF, trained.half)
        run.write(tables.ITEM_EMBEDDINGS_INT8, trained.int8)
        run.write(tables.ITEM_NEIGHBOURS, trained.neighbours)
        run.write(tables.USER_EMBEDDINGS, trained.users)
        run.write(tables.VECTOR_MOVES, trained.moves)
        run.write(tables.PAIR_VECTORS, pair_vectors)
        run.write(tables.PAIR_HEAD, pair_network)
        run.write(tables.TRAINING_LOG, trained.log)
        # Last: a run that was killed before starts again from the same vectors, and so from its checkpoint.
        run.write(tables.ITEM_EMBEDDINGS, trained.embeddings)
        forget(keep)


def _published(run):
    """The vectors to start from, as they stand; None when the settings start from nothing."""
    return None if run.settings.embeddings.start_from == "nothing" else run.current(tables.ITEM_EMBEDDINGS)


def _checkpoints(run):
    """Of what is published; a replay does all of it again, and a dry run leaves nothing behind."""
    if run.scratch or run.arguments.dry_run:
        return None
    return checkpoint_folder(run.settings.embeddings, run.store, "published")


if __name__ == "__main__":
    main()
