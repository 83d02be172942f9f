#!/bin/bash
# Runs on each node as it starts. FILES: the volume with the wheels. The platform has its own Spark, Delta, numpy, pandas
# and pyarrow, so basketry is installed without what it asks for, and the rest by name.
set -euo pipefail
pip() { /databricks/python/bin/pip --disable-pip-version-check install --quiet "$@"; }

pip "scipy>=1.13" "faiss-cpu>=1.9" "pydantic>=2.11" "pydantic-settings>=2.10" "ruamel.yaml>=0.18" "typer>=0.15" \
  "rich>=13.9" "structlog>=25.1" "psutil>=6.1"
# The suite is tested on Python 3.11 alone, which its wheel says; newer runtimes have 3.12.
pip --no-deps --ignore-requires-python "$FILES"/basketry-*.whl
# Where the step trains: built once on a node of this runtime, see docs/operations.md.
[ "${HOROVOD:-}" != yes ] || pip --no-deps "$FILES"/horovod-*.whl
