# Databricks notebook source
# MAGIC %md
# MAGIC # Recommendations, and where each comes from
# MAGIC From gold.recommendations, gold.similar_items and gold.item_neighbours. Users are numbered unless
# MAGIC report.show_user_ids is on.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.items import item_pages, pages_sheet
from basketry.report.people import people, people_sheet

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## The lists of a user never seen, and of sample users

# COMMAND ----------

show(people_sheet(people(book.now, book.labels, book.settings.report, seed=book.settings.seed)))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Three views of what is near an item

# COMMAND ----------

show(pages_sheet(item_pages(book.now, book.labels, book.settings.report)))
