"use strict";
// All data is in the page's own elements: nothing is parsed from text, nothing is written as HTML.
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

function filter(form) {
  const name = form.dataset.filters;
  const rows = all(`table[data-sheet="${name}"] tbody tr, ul[data-list="${name}"] li`);
  const wanted = Object.fromEntries(new FormData(form));
  const text = (wanted.text || "").trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits = (key) => !wanted[key] || valuesOf(row, key).includes(wanted[key]);
    row.hidden = !(row.textContent.toLowerCase().includes(text) && Object.keys(wanted).every((k) => k === "text" || fits(k)));
    shown += !row.hidden;
  }
  form.querySelector("output").textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  if (form.dataset.network) filterNetwork(form.dataset.network, wanted);
}

const valuesOf = (element, key) =>
  [key, `${key}_a`, `${key}_b`].map((name) => element.getAttribute(`data-${name}`)).filter((value) => value !== null);

function filterNetwork(name, wanted) {
  const chart = document.querySelector(`figure[data-picture="${name}"]`);
  if (!chart) return;
  const items = new Set();
  for (const line of all("[data-direction]", chart)) {
    const ends = [line.dataset.a, line.dataset.b];
    const fits = (!wanted.department || ends.includes(wanted.department)) && (!wanted.direction || line.dataset.direction === wanted.direction);
    line.classList.toggle("off", !fits);
    if (fits) line.dataset.items.split("\n").forEach((item) => items.add(item));
  }
  for (const node of all("[data-item]", chart)) node.classList.toggle("off", !items.has(node.dataset.item));
}

function filterPoints(form) {
  const wanted = new FormData(form).get("department");
  const points = all(`figure[data-picture="${form.dataset.points}"] [data-department]`);
  for (const point of points) point.classList.toggle("off", Boolean(wanted) && point.dataset.department !== wanted);
}

function sortBy(table, column, heading) {
  const down = heading.getAttribute("aria-sort") !== "descending";
  all("th", table).forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyOf = (row) => {
    const data = row.cells[column].querySelector("data");
    return data ? (data.value === "" ? -Infinity : Number(data.value)) : row.cells[column].textContent.trim();
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en"));
  const keyed = all("tbody tr", table).map((row) => [keyOf(row), row]);
  keyed.sort((one, other) => (down ? -1 : 1) * order(one[0], other[0]));
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

function makeSortable(table) {
  all("thead th", table).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sortBy(table, column, heading));
    heading.replaceChildren(button);
  });
}

for (const table of all("table")) if (!table.closest(".passport")) makeSortable(table);
for (const form of all("form")) {
  const act = form.dataset.points ? filterPoints : filter;
  // A choice may be announced by either.
  for (const event of ["input", "change"]) form.addEventListener(event, () => act(form));
  form.addEventListener("submit", (event) => event.preventDefault());
  if (form.dataset.filters) filter(form);
}
window.addEventListener("hashchange", () => document.querySelector(".passport:target")?.focus({ preventScroll: true }));
