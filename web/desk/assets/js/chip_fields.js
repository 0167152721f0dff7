// Text fields that hold members' fields show them as words. The field of the form
// stays, unseen, and holds the source, which is what is saved; a box in its place
// shows it and takes what is typed. Fields without any stay as they are.
import { behind, chipOf, fieldsIn } from "./chips.js";

const boxes = new WeakMap(); // by field
const fields = new WeakMap(); // by box
const carets = new WeakMap(); // by box: where one was in it last

// dress shows the fields of a page as words.
export function dress(names) {
  for (const field of document.querySelectorAll("[data-tags]:not([data-source])")) look(field, names);
}

// fieldOf is the form's field that an element is, or shows.
export const fieldOf = (el) => fields.get(el.closest?.("keur-words")) ?? (el.matches?.("[data-tags]") ? el : undefined);

// look draws what stands in a field, after anything but typing changed it.
export function look(field, names) {
  const box = boxes.get(field);
  if (!fieldsIn(field.value, names).length) return box?.isConnected && undress(field, box);
  if (!box?.isConnected) return open(field, names);
  if (said(box) !== field.value) draw(box, field.value, names);
  return box;
}

function undress(field, box) {
  box.remove();
  field.classList.remove("unseen");
  field.removeAttribute("aria-hidden");
  field.tabIndex = 0;
}

function open(field, names) {
  const box = document.createElement("keur-words");
  const [label] = field.labels;
  const lines = field.tagName === "TEXTAREA";
  boxes.set(field, box);
  fields.set(box, field);
  box.id = `${field.id}-words`;
  box.role = "textbox";
  box.ariaMultiLine = lines;
  box.ariaDisabled = field.matches(":disabled");
  box.contentEditable = !field.matches(":disabled");
  if (label) box.setAttribute("aria-labelledby", label.id ||= `${field.id}-label`);
  if (field.hasAttribute("aria-describedby")) box.setAttribute("aria-describedby", field.getAttribute("aria-describedby"));
  draw(box, field.value, names);
  field.before(box);
  if (document.activeElement === field) box.focus();
  field.classList.add("unseen");
  field.ariaHidden = "true";
  field.tabIndex = -1;
  field.addEventListener("focus", () => box.isConnected && box.focus());
  box.addEventListener("input", () => {
    field.value = said(box);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  box.addEventListener("beforeinput", (event) => typing(event, field, lines, names));
  for (const kind of ["copy", "cut", "dragstart"]) box.addEventListener(kind, taken);
  return box;
}

// typing lets in text alone.
function typing(event, field, lines, names) {
  const { inputType, dataTransfer } = event;
  if (inputType.startsWith("format")) event.preventDefault();
  if (inputType === "insertParagraph") {
    event.preventDefault();
    if (lines) document.execCommand("insertLineBreak");
    else field.form.requestSubmit();
  }
  if (!dataTransfer) return;
  event.preventDefault();
  write(dataTransfer.getData("text/plain").replace(/\r?\n/g, lines ? "\n" : " "), names);
}

// taken is what goes elsewhere: the source of what is chosen.
function taken(event) {
  const chosen = getSelection();
  const held = document.createElement("div");
  if (!chosen.rangeCount) return;
  held.append(chosen.getRangeAt(0).cloneContents());
  (event.clipboardData ?? event.dataTransfer).setData("text/plain", said(held));
  if (event.type === "dragstart") return;
  event.preventDefault();
  if (event.type === "cut") document.execCommand("delete");
}

// write puts a text where one is, with its fields as words.
function write(text, names) {
  const held = document.createElement("div");
  draw(held, text, names);
  document.execCommand("insertHTML", false, held.innerHTML);
  behind(getSelection());
}

// put inserts a text into a field, in the place of what is chosen there: by places
// in the text where it is a plain field, and where one was last in a box.
export function put(field, text, [from, to], names) {
  let box = boxes.get(field);
  if (!box?.isConnected) {
    if (!fieldsIn(text, names).length || field.matches("[data-source]")) return false;
    box = open(field, names);
    carets.set(box, range(box.firstChild ?? box, from, to));
  }
  const caret = carets.get(box) ?? range(box, box.childNodes.length, box.childNodes.length);
  box.focus();
  getSelection().removeAllRanges();
  getSelection().addRange(caret);
  write(text, names);
  return true;
}

function range(node, from, to) {
  const made = document.createRange();
  made.setStart(node, from);
  made.setEnd(node, to);
  return made;
}

document.addEventListener("selectionchange", () => {
  const chosen = getSelection();
  const box = chosen.anchorNode?.parentElement?.closest("keur-words") ?? chosen.anchorNode?.closest?.("keur-words");
  if (box && chosen.rangeCount && box.contains(chosen.focusNode)) carets.set(box, chosen.getRangeAt(0).cloneRange());
});

// draw shows a text. A line that ends it needs another to be seen.
function draw(box, text, names) {
  box.replaceChildren();
  let from = 0;
  for (const [at, tag] of fieldsIn(text, names)) {
    if (at > from) box.append(text.slice(from, at));
    box.insertAdjacentHTML("beforeend", chipOf(tag, names));
    from = at + tag.length;
  }
  if (from < text.length) box.append(text.slice(from) + (text.endsWith("\n") ? "\n" : ""));
}

// said is the text that a box shows.
function said(box) {
  const text = saying(box);
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function saying(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.tagName === "BR") return "\n";
  if (node.tagName === "KEUR-FIELD") return decodeURIComponent(node.dataset.field);
  return [...node.childNodes].map(saying).join("");
}
