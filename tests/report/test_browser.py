"""The page in a real Chromium, from disk: no name runs, nothing is fetched, and what a person does works."""

import csv

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from basketry.report.labels import printable
from tests.support.browser import chromium, requested
from tests.support.hostile import HOSTILE

pytestmark = pytest.mark.full

# checkVisibility says yes to a <g> of an SVG that is not displayed.
SHOWN = "e => e.checkVisibility() && getComputedStyle(e).display !== 'none'"
VISIBLE = f"return [...document.querySelectorAll(arguments[0])].filter({SHOWN}).length"


@pytest.fixture(scope="module")
def address(hostile_report):
    return (hostile_report / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def opened(browser, address):
    browser.get("about:blank")
    requested(browser), browser.get_log("browser")
    browser.get(address)
    return browser


def visible(driver, selector):
    return driver.execute_script(VISIBLE, selector)


def test_it_opens_without_an_error_or_a_request_and_no_name_runs(opened, address):
    assert opened.get_log("browser") == []
    assert requested(opened) == [address]
    assert opened.execute_script("return window.pwned") is None
    assert opened.execute_script("return document.querySelectorAll('script').length") == 1


def test_what_a_person_sees_holds_every_hostile_name_as_text(opened):
    shown = opened.execute_script("return document.body.textContent.replace(/\\s+/g, ' ')")
    assert [name for name in HOSTILE if printable(name) not in shown] == []


def test_the_numbers_in_the_dom_are_those_of_the_csv(opened, hostile_report):
    script = """return [...document.querySelectorAll('table[data-sheet="rules"] tbody tr')].map(
        (row) => [...row.querySelectorAll('data')].map((data) => data.value))"""
    with (hostile_report / "tables" / "rules.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = ("freq", "support", "confidence", "lift", "adjusted_lift", "q", "n_users")
    assert opened.execute_script(script) == [[row[name] for name in names] for row in rows]


def test_the_search_finds_an_item_by_part_of_its_name(opened):
    box = opened.find_element(By.CSS_SELECTOR, "form[data-filters=rules] input")
    rows = 'table[data-sheet="rules"] tbody tr'
    before = visible(opened, rows)
    box.send_keys("hYPerlink")
    found = [row.text for row in opened.find_elements(By.CSS_SELECTOR, rows) if row.is_displayed()]
    assert 0 < len(found) < before
    assert all("HYPERLINK" in text for text in found)
    assert opened.find_element(By.CSS_SELECTOR, "form[data-filters=rules] output").text == f"{len(found)} of {before}"


def test_a_heading_sorts_both_ways(opened):
    script = """return [...document.querySelectorAll('table[data-sheet="rules"] tbody tr')].map(
        (row) => Number(row.querySelectorAll('data')[3].value))"""
    heading = opened.find_element(By.XPATH, "//table[@data-sheet='rules']//button[text()='plain lift']")
    for down in (True, False):
        opened.execute_script("arguments[0].click()", heading)
        lifts = opened.execute_script(script)
        assert lifts == sorted(lifts, reverse=down)


def test_a_filter_changes_the_network_and_its_table(opened):
    lines = 'figure[data-picture="network"] [data-direction]'
    items = 'figure[data-picture="network"] [data-item]'
    before = visible(opened, lines), visible(opened, items)
    Select(
        opened.find_element(By.CSS_SELECTOR, "form[data-filters=pairs] select[name=department]")
    ).select_by_visible_text("DELI & CO")
    after = visible(opened, lines), visible(opened, items)
    ends = opened.execute_script(
        f"return [...document.querySelectorAll('{lines}')].filter({SHOWN}).map(e => [e.dataset.a, e.dataset.b])"
    )
    assert 0 < after[0] < before[0] and 0 < after[1] < before[1]
    assert all("DELI & CO" in pair for pair in ends)
    opened.execute_script("document.querySelector('#pairs details').open = true")
    assert visible(opened, 'table[data-sheet="pairs"] tbody tr') == after[0]


def test_a_passport_opens_by_its_link_and_only_that_one(opened):
    assert visible(opened, ".passport") == 0
    link = opened.find_element(By.CSS_SELECTOR, 'table[data-sheet="rules"] a[href="#rule-7"]')
    link.click()
    assert visible(opened, ".passport") == 1
    assert opened.find_element(By.ID, "rule-7").is_displayed()
    assert opened.switch_to.active_element.get_attribute("id") == "rule-7"


def test_a_point_of_the_scatter_leads_to_its_passport(opened):
    opened.execute_script("document.querySelector('figure[data-picture=plain_adjusted] a[href=\"#rule-3\"]')"
                          ".dispatchEvent(new MouseEvent('click', {bubbles: true}))")  # fmt: skip
    assert opened.find_element(By.ID, "rule-3").is_displayed()


def test_keys_reach_the_content_and_the_headings(opened):
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert opened.switch_to.active_element.get_attribute("class") == "skip"
    headings = opened.find_elements(By.CSS_SELECTOR, 'table[data-sheet="rules"] th button')
    opened.execute_script("arguments[0].focus()", headings[2])
    headings[2].send_keys(Keys.ENTER)
    assert headings[2].find_element(By.XPATH, "..").get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_off_its_ground_in_both_themes(opened, theme):
    """WCAG AA: 4.5 to 1."""
    features = [{"name": "prefers-color-scheme", "value": theme}]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    script = """const root = getComputedStyle(document.documentElement);
        return ['ground', 'card', 'ink', 'faint', 'link', 'good', 'bad'].map(
            (name) => root.getPropertyValue('--' + name).trim())"""
    ground, card, *texts = opened.execute_script(script)
    assert min(contrast(text, back) for text in texts for back in (ground, card)) >= 4.5
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """Relative luminance of #rgb or #rrggbb (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_nothing_but_tables_is_wider_than_a_phone(opened):
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})  # fmt: skip
    assert opened.execute_script("return document.documentElement.scrollWidth") <= 390
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
