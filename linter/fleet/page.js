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
search.hidden = false;
document.getElementById("filter").addEventListener("input", event => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of document.querySelectorAll("table.filtered tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word));
    count += !row.hidden;
  }
  document.getElementById("shown").textContent = words.length ? count + " rows shown" : "";
});
