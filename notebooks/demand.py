# Databricks notebook source
# MAGIC %md
# MAGIC # What will sell
# MAGIC From gold.demand, gold.demand_models and gold.hot_sellers.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.demand import demand_models, forecasts_sheet, read_fans, read_sellers, sellers_sheet
from basketry.report.pictures import pictures

book = open_book()
fans = read_fans(book.now, book.labels, book.settings.report)
sellers = read_sellers(book.now, book.labels, book.settings.report)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Forecasts of what sells most

# COMMAND ----------

show(pictures({"fans": fans})["fans"], forecasts_sheet(fans))

# COMMAND ----------

# MAGIC %md
# MAGIC ## How far such forecasts were off on earlier weeks

# COMMAND ----------

show(demand_models(book.now)[1])

# COMMAND ----------

# MAGIC %md
# MAGIC ## Who sells most, and who rises
# MAGIC Most of what seems to rise is noise: gold.hot_seller_checks says how often such a list was right.

# COMMAND ----------

show(sellers_sheet("top_sellers", sellers["top_sellers"]), sellers_sheet("risers", sellers["risers"]))
