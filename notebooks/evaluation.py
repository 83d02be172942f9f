# Databricks notebook source
# MAGIC %md
# MAGIC # Evaluation: how good the models are, on days they never saw
# MAGIC From gold.metrics and gold.validation_log.

# COMMAND ----------

from basketry.notebook import open_book, show
from basketry.report.metrics import lead_metrics, metrics_sheet, read_metrics
from basketry.report.pictures import pictures
from basketry.report.training import read_training, training_sheet
from basketry.tables import VALIDATION_LOG

book = open_book()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Every model beside popularity
# MAGIC NDCG is 1 when all that was bought stands first in the list. Bars are 95 % intervals, the dashed line is
# MAGIC popularity alone.

# COMMAND ----------

metrics = read_metrics(book.now)
show(metrics_sheet(metrics), *pictures({"metrics": lead_metrics(metrics)}).values())

# COMMAND ----------

# MAGIC %md
# MAGIC ## The embeddings while they were trained
# MAGIC On the days before the holdout; the validation loss is that of baskets of the holdout.

# COMMAND ----------

log = read_training(book.now, VALIDATION_LOG)
show(training_sheet("validation", log), *pictures({"validation": log}).values())
