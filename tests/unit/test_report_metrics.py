"""Which model the page calls best."""

import pandas as pd

from basketry.report.metrics import best_models


def test_what_only_says_what_a_part_adds_is_no_rival():
    values = {"blend": 0.2, "ease": 0.1, "wide": 0.3, "wide_without_rules": 0.31, "embeddings_without_next": 0.4}
    rows = [{"task": "cart", "metric": "ndcg", "k": 10, "model": model, "value": values[model]} for model in values]
    found = best_models(pd.DataFrame(rows).sort_values("value", ascending=False))
    assert found["model"].tolist() == ["blend"]
