# Databricks notebook source
# MAGIC %md
# MAGIC # Segments of users
# MAGIC From gold.segments, gold.segment_profiles and gold.segment_items.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.segments import read_segment_items, read_segments, segment_items_sheet, segments_sheet

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Who they are

# COMMAND ----------

show(segments_sheet(read_segments(book.now)))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What more of them buy
# MAGIC Measured against users who buy as many different things.

# COMMAND ----------

show(segment_items_sheet(read_segment_items(book.now, book.settings.report), book.labels))
