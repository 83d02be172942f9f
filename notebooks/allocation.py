# Databricks notebook source
# MAGIC %md
# MAGIC # Which items lie where
# MAGIC From gold.allocation, gold.slotting and gold.allocation_quality, which `basketry run allocate_items slot_items`
# MAGIC fills: no run does so by itself.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.layout import blocks_of, layout_quality, places_sheet, read_layout
from basketry.report.pictures import pictures
from basketry.tables import ALLOCATION, SLOTTING

book = open_book()
zones = read_layout(book.now, SLOTTING, book.labels)

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the plans are worth on orders they never saw

# COMMAND ----------

show(layout_quality(book.now)[1])

# COMMAND ----------

# MAGIC %md
# MAGIC ## Zones

# COMMAND ----------

show(pictures({"zones": blocks_of(zones, book.settings.report)})["zones"], places_sheet("zones", "Zones", zones))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Sites

# COMMAND ----------

show(places_sheet("sites", "Sites", read_layout(book.now, ALLOCATION, book.labels)))
