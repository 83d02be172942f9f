"""Settings of the report."""

from pydantic import Field

from basketry.section import Section


class ReportSettings(Section):
    """How much one page holds, whatever the size of the lake, and what it may show of users."""

    show_user_ids: bool = Field(False, description="name the sample users; off: they are numbered")
    n_users: int = Field(3, ge=0, le=100, description="sample users whose lists are shown, drawn by the seed (count)")
    n_rules: int = Field(300, ge=1, le=5000, description="rules shown of each level, best first (count)")
    n_edges: int = Field(40, ge=1, le=500, description="complements, and substitutes, in the network (count)")
    n_items: int = Field(60, ge=0, le=2000, description="items with a page of their own, most bought first (count)")
    n_segment_items: int = Field(
        5, ge=0, le=1000, description="items of each segment and level, most beyond chance first (count)"
    )
    n_fans: int = Field(6, ge=1, le=60, description="types, or items, whose forecast is drawn (count)")
    n_sellers: int = Field(10, ge=1, le=1000, description="best sellers, and risers, of each level (count)")
    n_stock_items: int = Field(20, ge=1, le=5000, description="items of the stock plan, most money first (count)")
    n_zones: int = Field(24, ge=1, le=200, description="zones in the zone map, most picked first (count)")
    n_neighbours: int = Field(8, ge=1, le=50, description="neighbours of each kind on an item's page (count)")
    n_map_items: int = Field(600, ge=0, le=5000, description="items in the embedding map, most bought first (count)")
    n_drifted: int = Field(20, ge=0, le=1000, description="rules that drifted listed, most changed first (count)")
    n_files: int = Field(40, ge=1, le=1000, description="files listed under data quality, latest by name (count)")
