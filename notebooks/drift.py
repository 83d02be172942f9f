# Databricks notebook source
# MAGIC %md
# MAGIC # What changed of late
# MAGIC From gold.drift: receipts beside the weeks before and what is usual, rules beside the holdout, models beside
# MAGIC what was last published.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.drift import drift_sheet

book = open_book()

# COMMAND ----------

show(drift_sheet(book.now, book.settings.report))
