# Databricks notebook source
# MAGIC %md
# MAGIC # Embeddings: how they were trained, and what lies beside what
# MAGIC From gold.training_log and gold.item_embeddings.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.embedding_map import embedding_map, map_sheet
from basketry.report.pictures import pictures
from basketry.report.training import read_training, training_sheet
from basketry.tables import TRAINING_LOG

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Loss and learning rate
# MAGIC The published vectors learn from every basket. How the same training does on days it never saw: the notebook
# MAGIC `evaluation`.

# COMMAND ----------

log = read_training(book.now, TRAINING_LOG)
show(training_sheet("training", log), *pictures({"training": log}).values())

# COMMAND ----------

# MAGIC %md
# MAGIC ## The map
# MAGIC Near items stay near; distances across the map mean little.

# COMMAND ----------

points = embedding_map(book.now, book.labels, book.settings.report, seed=book.settings.seed)
show(map_sheet(points), *pictures({"embedding_map": points}).values())
