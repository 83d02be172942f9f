# Databricks notebook source
# MAGIC %md
# MAGIC # The lake: where every record went
# MAGIC From silver.checks, bronze.files, silver.rejects and silver.baskets.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.pictures import pictures
from basketry.report.quality import checks_sheet, files_sheet, months_sheet
from basketry.report.receipts import read_receipts

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Every record that came, kept or not

# COMMAND ----------

show(checks_sheet(book.now))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Rejected records by file

# COMMAND ----------

files = files_sheet(book.now, book.settings.report)
show(files, *pictures({"files": files.frame}).values())

# COMMAND ----------

# MAGIC %md
# MAGIC ## Month by month

# COMMAND ----------

months = months_sheet(read_receipts(book.now, [], book.labels))
show(months, *pictures({"months": months.frame}).values())
