"""One miner of other hands on one file of baskets: python peers.py ENGINE FILE MIN_COUNT. Prints a line of JSON.

FILE is Parquet with the column `items` (list of text). Every engine is given what its own documentation asks for, and
reads the file itself: the time of the whole process is its time.
"""

import json
import sys

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq


def pyfim(items, min_count):
    import fim

    return len(fim.fpgrowth(items.to_pylist(), supp=-min_count))


def mlxtend(items, min_count):
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    encoder = TransactionEncoder()
    table = encoder.fit(items.to_pylist()).transform(items.to_pylist(), sparse=True)
    frame = pd.DataFrame.sparse.from_spmatrix(table, columns=encoder.columns_)
    return len(fpgrowth(frame, min_support=min_count / len(frame)))


def rusket(items, min_count):
    import scipy.sparse
    from rusket import fpgrowth

    flat = items.combine_chunks()
    codes = pc.list_flatten(flat).dictionary_encode()
    shape = len(flat), len(codes.dictionary)
    starts = np.r_[0, np.cumsum(pc.list_value_length(flat).to_numpy())]
    parts = np.ones(len(codes), np.uint8), codes.indices.to_numpy().copy(), starts
    table = scipy.sparse.csr_matrix(parts, shape=shape)
    return len(fpgrowth(table, min_support=min_count / len(flat), use_colnames=False))


ENGINES = {engine.__name__: engine for engine in (pyfim, mlxtend, rusket)}

if __name__ == "__main__":
    name, path, count = sys.argv[1:]
    print(json.dumps({"itemsets": ENGINES[name](pq.read_table(path)["items"], int(count))}))
