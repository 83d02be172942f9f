# Databricks notebook source
# MAGIC %md
# MAGIC # How much to hold
# MAGIC From gold.stock_plan and gold.stock_curve; `basketry stock ITEM` says all of one item.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.pictures import pictures
from basketry.report.stock import curve_sheet, read_curve, stock_plan

book = open_book()
curve = read_curve(book.now)

# COMMAND ----------

# MAGIC %md
# MAGIC ## What more service would cost

# COMMAND ----------

show(pictures({"stock_curve": curve})["stock_curve"], curve_sheet(curve))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What most money is sold with: the plan, and why

# COMMAND ----------

show(stock_plan(book.now, book.labels, book.settings.report)[1])
