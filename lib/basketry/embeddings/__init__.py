"""Item embeddings: Horovod-distributed TensorFlow training. The only importer of either."""
