// The segment builder by keys and by drag. Both press the buttons that are in
// the page anyway: the server moves the part and answers with the rule.

// Alt and Shift with an arrow moves the part that the cursor is in.
const moves = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "nest", ArrowLeft: "out", Backspace: "remove" };

document.addEventListener("keydown", (event) => {
  const part = event.target.closest?.("[data-part]");
  if (event.key === "Escape") event.target.closest?.(".rule-menu[open]")?.removeAttribute("open");
  if (!part || !event.altKey || !event.shiftKey || !moves[event.key]) return;
  const button = [...part.querySelectorAll(`[data-do="${moves[event.key]}"]`)].find((b) => b.closest("[data-part]") === part);
  event.preventDefault();
  button?.click();
});

// Menus close when something else is pressed; what takes long can be stopped.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".rule-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const stop = event.target.closest("[data-stop]");
  if (stop) window.htmx.trigger(document.getElementById(stop.dataset.stop), "htmx:abort");
});

// Dragging a part by its handle shows where it would land.
let dragged, landing;

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-drag]");
  if (!handle || event.button !== 0) return;
  event.preventDefault();
  dragged = handle.closest("[data-part]");
  dragged.classList.add("dragged");
  handle.setPointerCapture(event.pointerId);
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-part]");
  mark(over && !dragged.contains(over) ? place(over, event.clientY) : undefined);
});

document.addEventListener("pointerup", () => {
  if (dragged && landing) press(`move ${dragged.dataset.part} ${landing.group} ${landing.index}`);
  rest();
});
document.addEventListener("pointercancel", rest);

function rest() {
  dragged?.classList.remove("dragged");
  mark();
  dragged = undefined;
}

// Over a condition a part lands before or behind it, by its half; over what is
// left of a group it lands at its end.
function place(over, y) {
  if ("group" in over.dataset) {
    return { on: over, how: "into", group: over.dataset.part, index: over.querySelectorAll(":scope > ol > li > [data-part]").length };
  }
  const box = over.getBoundingClientRect();
  const behind = y > box.top + box.height / 2;
  const around = over.parentElement.closest("[data-part]");
  return { on: over, how: behind ? "behind" : "before", group: around.dataset.part, index: Number(over.dataset.part.split(".").at(-1)) + (behind ? 1 : 0) };
}

function mark(next) {
  landing?.on.classList.remove("into", "behind", "before");
  next?.on.classList.add(next.how);
  landing = next;
}

// Presses the button that takes what was typed, and has it say something else.
function press(what) {
  const look = document.querySelector('#builder > [name="do"]');
  look.value = what;
  look.click();
}

// A choice counts at once when it was made with the mouse. By keys one goes
// through the choices, so it counts when one rests or goes on to the next field,
// which may come only with the answer.
let byKey = false;
let choice;

document.addEventListener("pointerdown", () => (byKey = false), true);
document.addEventListener("keydown", (event) => {
  byKey = true;
  if (event.key !== "Tab" || event.shiftKey || !choice) return;
  event.preventDefault();
  choice.goOn = true;
  count();
}, true);

document.addEventListener("change", (event) => {
  if (!event.target.matches('.builder select[hx-trigger="chosen"]')) return;
  clearTimeout(choice?.timer);
  choice = { select: event.target, timer: setTimeout(count, byKey ? 700 : 0) };
});

function count() {
  clearTimeout(choice.timer);
  if (!choice.sent) window.htmx.trigger(choice.select, "chosen");
  choice.sent = true;
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "builder" || !choice?.sent) return;
  const { select, goOn } = choice;
  choice = undefined;
  if (!goOn) return;
  const fields = [...(document.getElementById(select.id)?.closest(".rule-line").querySelectorAll("select, input:not([type=hidden]), summary") ?? [])];
  fields[fields.findIndex((field) => field.id === select.id) + 1]?.focus();
});
document.addEventListener("htmx:responseError", () => (choice = undefined));
document.addEventListener("htmx:sendError", () => (choice = undefined));
