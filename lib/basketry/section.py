"""The base of every settings section: closed, frozen, finite."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One typed section of the settings; a stage declares its own in `<stage>/settings.py`.

    Every field has a default, a range and a description that ends with its unit:
    conf/base.yaml is generated from them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
