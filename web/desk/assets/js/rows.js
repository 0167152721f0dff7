// j and k walk through the rows of a list, Enter opens the one that is at hand.
const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
let at = -1;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step || rows.length === 0) return;
  event.preventDefault();
  at = Math.min(Math.max(at + step, 0), rows.length - 1);
  for (const row of rows) row.classList.toggle("at", row === rows[at]);
  rows[at].querySelector("a")?.focus();
});
