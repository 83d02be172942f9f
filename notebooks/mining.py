# Databricks notebook source
# MAGIC %md
# MAGIC # Mining: what is bought together, and what of it chance explains
# MAGIC From gold.rules and gold.pairs. How many rules shuffled receipts give: `basketry audit-null`.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.pairs import edges_sheet, read_edges
from basketry.report.pictures import pictures
from basketry.report.rules import best_rules, read_rules, rules_sheet

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Rules, best first

# COMMAND ----------

rules = read_rules(book.now, book.labels)
best = best_rules(rules, book.settings.report)
show(rules_sheet(best, len(rules)), *pictures({"rules": best}).values())

# COMMAND ----------

# MAGIC %md
# MAGIC ## The strongest complements and substitutes

# COMMAND ----------

edges = read_edges(book.now, book.labels, book.settings.report)
show(edges_sheet(edges), *pictures({"edges": edges}).values())
