# Databricks notebook source
# MAGIC %md
# MAGIC # How much to hold
# MAGIC From gold.stock_plan; `basketry stock ITEM` says all of one item.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.holdings import stock_sheet

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## What sells most: the plan, and why

# COMMAND ----------

show(stock_sheet(book.now, book.labels))
