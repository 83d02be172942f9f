# Databricks notebook source
# MAGIC %md
# MAGIC # What will sell
# MAGIC From gold.hot_sellers and gold.demand_models.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.sellers import demand_models_sheet, hot_sellers_sheet, risers_sheet

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Who sells most in the weeks that are forecast

# COMMAND ----------

show(hot_sellers_sheet(book.now, book.labels))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Who rises
# MAGIC Most of what seems to rise is noise: gold.hot_seller_checks says how often such a list was right.

# COMMAND ----------

show(risers_sheet(book.now, book.labels))

# COMMAND ----------

# MAGIC %md
# MAGIC ## How far such forecasts were off on earlier weeks

# COMMAND ----------

show(demand_models_sheet(book.now))
