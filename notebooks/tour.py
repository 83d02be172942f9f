# Databricks notebook source
# MAGIC %md
# MAGIC # A tour of the lake
# MAGIC What the receipts say, whether to trust it and what to do about it: the page that `basketry report` writes, part
# MAGIC by part.
# MAGIC
# MAGIC On Databricks install the wheel of `make package` with its extra `report`, and set `BASKETRY_LAKE__ROOT` of the
# MAGIC cluster to the path of the tables: they are read without Spark, so that the name of a catalog does not lead to
# MAGIC them. Anywhere else: `python notebooks/tour.py`, which says where each picture lies.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.build import build_page
from basketry.report.monday import advice_sheet
from basketry.report.overview import tiles_sheet

book = open_book()
page = build_page(book.lake, book.settings.report, seed=book.settings.seed)

# COMMAND ----------

# MAGIC %md
# MAGIC ## At a glance, and what to do on Monday

# COMMAND ----------

show(tiles_sheet(page.tiles), advice_sheet(page.advice), page.sheets["changes"])

# COMMAND ----------

# MAGIC %md
# MAGIC ## Rules
# MAGIC Plain lift calls it an association when two popular items meet in large baskets; the adjusted lift compares
# MAGIC baskets of like size, and only what is left there is called beyond chance. The notebook `mining` has the rest.

# COMMAND ----------

show(page.sheets["rules"])

# COMMAND ----------

# MAGIC %md
# MAGIC ## Everything that is drawn
# MAGIC Each stage has a notebook of its own: `lake`, `mining`, `recommend`, `embeddings`, `evaluation`, `segments`,
# MAGIC `demand`, `stock`, `allocation`.

# COMMAND ----------

show(*page.pictures.values())
