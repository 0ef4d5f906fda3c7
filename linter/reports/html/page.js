"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    let up = false;
    button.addEventListener("click", () => {
      up = !up;
      for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = row => {
        const cell = row.cells[column];
        return cell ? cell.dataset.value ?? cell.textContent.trim() : "";
      };
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const x = value(a), y = value(b), n = Number(x) - Number(y);
        return (x !== "" && y !== "" && !Number.isNaN(n) ? n : x.localeCompare(y)) * (up ? 1 : -1);
      });
      table.tBodies[0].replaceChildren(...rows);
    });
  });
}
const search = document.getElementById("search");
if (search) {
  const filter = document.getElementById("filter"), shown = document.getElementById("shown");
  search.hidden = false;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const group of document.querySelectorAll("#findings details.rule")) {
      const head = group.querySelector("summary").textContent.toLowerCase();
      let some = 0;
      for (const row of group.querySelectorAll("tbody tr")) {
        const text = head + " " + row.textContent.toLowerCase();
        row.hidden = !words.every(word => text.includes(word));
        some += !row.hidden;
      }
      group.hidden = !some;
      if (words.length && some) group.open = true;
      count += some;
    }
    shown.textContent = words.length ? count + " places shown" : "";
  });
}
// A sheet of paper cannot be unfolded.
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const item of folded) item.open = true;
});
window.addEventListener("afterprint", () => { for (const item of folded) item.open = false; });
const unfold = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const around = target && target.closest("details");
  if (around) around.open = true;
};
window.addEventListener("hashchange", unfold);
unfold();
