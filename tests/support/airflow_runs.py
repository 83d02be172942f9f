"""Run by Airflow's own Python: JSON on the last line.

`describe`: the DAGs; else the DAG `basketry` runs for that date, a second between tries, and how each task ended.
"""

import json
import sys
from datetime import timedelta

from airflow.sdk import timezone
from basketry_dag import daily, weekly

if sys.argv[1] == "describe":
    print(
        json.dumps(
            {
                dag.dag_id: {
                    task.task_id: {
                        "after": sorted(task.upstream_task_ids),
                        "assets": [asset.name for asset in task.outlets],
                        "pool": task.pool,
                        "conf": task.conf,
                        "retries": task.retries,
                        "hours": task.execution_timeout.total_seconds() / 3600,
                        "at_once": [dag.max_active_runs, task.max_active_tis_per_dag],
                        "catchup": dag.catchup,
                    }
                    for task in dag.tasks
                }
                for dag in (daily, weekly)
            }
        )
    )
else:
    for task in daily.tasks:
        task.retry_delay = timedelta(seconds=1)
        task.retry_exponential_backoff = 0
    run = daily.test(logical_date=timezone.parse(sys.argv[1]))
    ended = {each.task_id: [each.state, each.try_number] for each in run.get_task_instances()}
    print(json.dumps({"state": run.state, "tasks": ended}, default=str))
