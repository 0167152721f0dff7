// A mailing is dragged to another day, or moved by m from where it stands. What
// that undoes is said first, in the same form that works without script.
const dialog = document.getElementById("move");
let held;

for (const entry of document.querySelectorAll("[data-move]")) {
  entry.addEventListener("dragstart", (event) => {
    held = entry;
    event.dataTransfer?.setData("text/plain", entry.dataset.move);
    entry.classList.add("dragged");
  });
  entry.addEventListener("dragend", () => {
    entry.classList.remove("dragged");
    held = undefined;
    lit();
  });
}

for (const day of document.querySelectorAll("[data-day]")) {
  day.addEventListener("dragover", (event) => {
    if (!held) return;
    event.preventDefault();
    lit(day);
  });
  day.addEventListener("drop", (event) => {
    if (!held) return;
    event.preventDefault();
    ask(`${held.dataset.move}?to=${day.dataset.day}`);
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-move-link]");
  if (link) {
    event.preventDefault();
    ask(link.getAttribute("href"));
  }
  if (event.target.closest("[data-shut]") && dialog.open) {
    event.preventDefault();
    dialog.close();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const entry = event.target.closest("[data-move]");
  if (entry) ask(entry.dataset.move);
});

// On a phone the month is a list of days, which opens at today.
if (window.matchMedia("(max-width: 760px)").matches && !location.hash && !new URLSearchParams(location.search).has("from")) {
  document.querySelector(".day.today")?.scrollIntoView({ block: "start" });
}

function lit(day) {
  for (const other of document.querySelectorAll("[data-day].over")) other.classList.toggle("over", other === day);
  day?.classList.add("over");
}

async function ask(path) {
  await window.htmx.ajax("GET", path, { target: dialog, swap: "innerHTML" });
  dialog.showModal();
}
