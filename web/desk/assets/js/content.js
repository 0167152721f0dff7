// The Content step: placements are dragged into order, pictures dropped onto
// them, and members' fields put where one types. All of it can be done with
// buttons, too.
import { dress, fieldOf, look, put } from "./chip_fields.js";
import { nameFields } from "./chips.js";

const form = () => document.getElementById("content");
const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

// Order. The form is sent in the order in which it stands on the page.
let dragged;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".grip")?.closest(".placement");
  if (!dragged) return;
  event.dataTransfer.setData("text/plain", dragged.id);
  event.dataTransfer.setDragImage(dragged, 16, 16);
  dragged.classList.add("dragged");
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.(".placement");
  if (!over) return;
  event.preventDefault();
  if (!dragged) return over.classList.toggle("over", event.dataTransfer.types.includes("Files"));
  const { top, height } = over.getBoundingClientRect();
  if (over !== dragged) over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});
document.addEventListener("dragleave", (event) => event.target.closest?.(".placement")?.classList.remove("over"));
document.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("dragged");
  dragged = undefined;
  form().requestSubmit(document.getElementById("order"));
});

// Pictures.
document.addEventListener("drop", (event) => {
  const over = event.target.closest?.(".placement");
  if (!over || dragged || !event.dataTransfer.files.length) return;
  event.preventDefault();
  const file = over.querySelector("input[type=file]");
  file.files = event.dataTransfer.files;
  changed(file);
});
document.addEventListener("change", (event) => {
  if (event.target.matches(".picture input[type=radio]")) form().requestSubmit(document.getElementById("order"));
});

// Fields of members, as words, and put where one types. The page may have drawn the
// field anew since; in one that nobody typed in, a tag goes to the end.
const names = () => nameFields(document.querySelectorAll("[data-insert]:not(.sign)"), (button) => button.dataset.insert);
dress(names());
document.addEventListener("htmx:afterSettle", () => dress(names()));
document.addEventListener("restored", () => dress(names()));
document.addEventListener("input", ({ target, isTrusted }) => !isTrusted && target.matches("[data-tags]:not([data-source])") && look(target, names()));
let typed;
document.addEventListener("focusin", (event) => {
  typed = fieldOf(event.target) ?? typed;
});
document.addEventListener("click", (event) => {
  const tag = event.target.closest("[data-insert]");
  if (!tag) return;
  const field = document.getElementById(typed?.id) ?? form().querySelector("[data-tags]");
  const end = field.value.length;
  const [from, to] = field === typed ? besideTags(field) : [end, end];
  tag.closest("details").open = false;
  if (put(field, tag.dataset.insert, [from, to], names())) return;
  field.focus();
  field.setSelectionRange(from, to);
  document.execCommand("insertText", false, tag.dataset.insert); // which one can undo, and types on behind
});

// besideTags is what is chosen in a field, where a tag is one thing: what stands
// in one goes behind it, and a choice that begins or ends in one takes it whole.
function besideTags(field) {
  let { selectionStart: from, selectionEnd: to } = field;
  const caret = from === to;
  for (const tag of field.value.matchAll(/{{.*?}}/gs)) {
    const end = tag.index + tag[0].length;
    if (tag.index < to && to < end) to = end;
    if (tag.index < from && from < end) from = caret ? end : tag.index;
  }
  return [from, to];
}
