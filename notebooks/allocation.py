# Databricks notebook source
# MAGIC %md
# MAGIC # Which items lie where
# MAGIC From gold.allocation, gold.slotting and gold.allocation_quality, which `basketry run allocate_items slot_items`
# MAGIC fills: no run does so by itself.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.allocation import quality_sheet, sites_sheet, zones_sheet

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the plans are worth on orders they never saw

# COMMAND ----------

show(quality_sheet(book.now))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Items by site

# COMMAND ----------

show(sites_sheet(book.now, book.labels))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Items by zone

# COMMAND ----------

show(zones_sheet(book.now, book.labels))
