"""gensim's Word2Vec on a file of baskets: python embeddings_peer.py FILE DIM EPOCHS OUT [--skip-gram].

FILE is Parquet with `items` (list of numbers). CBOW or skip-gram; the window is the whole basket, 5 negatives, one
thread. OUT gets vectors in and out, [items, DIM] each. Prints a line of JSON; its work is that of training alone.
"""

import json
import sys
import time

import numpy as np
import pyarrow.parquet as pq
from gensim.models import Word2Vec

path, dim, epochs, out, *more = sys.argv[1:]
baskets = [[str(item) for item in basket] for basket in pq.read_table(path)["items"].to_pylist()]
model = Word2Vec(
    vector_size=int(dim), window=10_000, min_count=1, sg=len(more), negative=5, workers=1, seed=7, sample=0
)
model.build_vocab(baskets)
started, used = time.monotonic(), time.process_time()
model.train(baskets, total_examples=len(baskets), epochs=int(epochs))
took = {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(time.process_time() - used, 2)}
rows = [model.wv.key_to_index[str(n)] for n in range(len(model.wv))]
np.savez(out, vectors_in=model.wv.vectors[rows], vectors_out=model.syn1neg[rows])
print(json.dumps({**took, "result": {}}))
