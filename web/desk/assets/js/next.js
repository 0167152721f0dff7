// A button that takes its own row out of a list goes with it. The keyboard goes on at
// the row that is in its place then, or, where none is left, at the heading.
let was;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const list = document.activeElement?.closest("[data-next]");
  if (!list || !detail.target.contains(list)) return;
  was = { target: detail.target, at: [...list.children].findIndex((row) => row.contains(document.activeElement)), heading: list.dataset.next };
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (was?.target !== detail.target) return;
  const rows = was.target.querySelector("[data-next]")?.children ?? [];
  const next = rows[Math.min(was.at, rows.length - 1)]?.querySelector("button") ?? document.getElementById(was.heading);
  was = undefined;
  next?.focus();
});
