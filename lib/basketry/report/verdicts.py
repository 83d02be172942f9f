"""What is to be thought of a rule, in three words or fewer."""

import numpy as np
import numpy.typing as npt
import pandas as pd

SURVIVES = "beyond chance"
ARTEFACT = "explained by basket size"
DOUBTFUL = "may be chance"
# A rule above 1 by plain lift whose own p is above this has nothing left once baskets of like size are compared.
ARTEFACT_P = 0.05


def verdicts(rules: pd.DataFrame) -> npt.NDArray[np.str_]:
    """One for each rule, by is_significant, lift and p of gold.rules."""
    artefact = (rules["lift"] > 1) & (rules["p"] > ARTEFACT_P)
    return np.select([rules["is_significant"], artefact], [SURVIVES, ARTEFACT], DOUBTFUL)
