// The picker of emoji and other signs: found by typing, walked by arrow keys. What
// is pressed is put where one types by content.js.
const every = (sheet) => [...sheet.querySelectorAll(".sign")];
const shown = (sheet) => every(sheet).filter((sign) => !sign.hidden);
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

// One sign is reached by Tab, the others from there.
function reach(sheet, sign) {
  for (const other of every(sheet)) other.tabIndex = other === sign ? 0 : -1;
}

function find(field) {
  const sheet = field.closest(".sheet");
  const asked = plain(field.value).split(/\s+/).filter(Boolean);
  for (const sign of every(sheet)) {
    const words = plain(sign.title);
    sign.hidden = !asked.every((word) => words.includes(word));
  }
  for (const kind of sheet.querySelectorAll("[role=group]")) kind.hidden = !kind.querySelector(".sign:not([hidden])");
  const found = shown(sheet);
  reach(sheet, found[0]);
  const status = sheet.querySelector("[role=status]");
  status.textContent = asked.length ? status.dataset.found.replace("#", found.length) : "";
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-signs]")) find(event.target);
});
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.(".signs[open]")) return;
    const field = event.target.querySelector("[data-signs]");
    field.value = "";
    find(field);
    field.focus();
  },
  true,
);

// beside is the sign that a key leads to from one, of those that are shown.
function beside(all, sign, key) {
  const at = all.indexOf(sign);
  const over = (signs) => signs.find((other) => other.offsetTop !== sign.offsetTop && Math.abs(other.offsetLeft - sign.offsetLeft) < 22);
  return {
    ArrowRight: all[at + 1],
    ArrowLeft: all[at - 1],
    ArrowDown: over(all.slice(at + 1)),
    ArrowUp: over(all.slice(0, at).reverse()),
    Home: all[0],
    End: all.at(-1),
  }[key];
}

document.addEventListener("keydown", (event) => {
  const sheet = event.target.closest?.(".signs .sheet");
  if (!sheet) return;
  const all = shown(sheet);
  const typing = event.target.matches("[data-signs]");
  if (event.key === "Escape") {
    sheet.parentElement.open = false;
    sheet.parentElement.querySelector("summary").focus();
  } else if (typing && event.key === "Enter") {
    all[0]?.click();
  } else {
    const next = typing ? event.key === "ArrowDown" && all[0] : beside(all, event.target, event.key);
    if (!next) return;
    reach(sheet, next);
    next.focus();
  }
  event.preventDefault();
});
