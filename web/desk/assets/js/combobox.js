// Comboboxes: a field with a datalist, and a select[data-find], show below what
// they offer, narrowed to what one types in its value or its word, by the pattern
// of WAI-ARIA. Without script they are what browsers make of them.
const most = 50;
const selects = new WeakMap(); // of the fields that stand for one
const before = new Map(); // what a list offered last, by its id: a page that is drawn anew asks for it again
let field, list, shown, at, typed;

export function combobox() {
  adoptAll(document);
  document.addEventListener("htmx:load", (event) => adoptAll(event.detail.elt));
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[list]")) become(event.target);
    if (field !== event.target) shut();
    if (selects.has(event.target)) event.target.select(); // one types over what is chosen
  });
  document.addEventListener("input", (event) => {
    if (!event.isTrusted || !isOne(event.target)) return;
    typed = true;
    show(event.target);
  });
  document.addEventListener("click", (event) => isOne(event.target) && !list && show(event.target));
  document.addEventListener("keydown", press, true); // before Enter sends the form
  document.addEventListener("change", settle, true);
  document.addEventListener("focusout", (event) => event.target === field && shut());
  document.addEventListener("scroll", (event) => list && event.target !== list && place(), true);
  window.addEventListener("resize", () => list && place());
}

const isOne = (input) => input.matches?.('input[role="combobox"]') && !input.readOnly && !input.disabled;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

// become makes a field a combobox, and keeps the browser's own list away.
function become(input) {
  if (input.hasAttribute("list")) {
    input.dataset.list = input.getAttribute("list");
    input.removeAttribute("list");
    const options = document.getElementById(input.dataset.list);
    new MutationObserver(() => typed && field === input && show(input)).observe(options, { childList: true }); // what the server found
  }
  for (const [name, value] of Object.entries({
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox",
  })) input.setAttribute(name, value);
}

function adoptAll(part) {
  for (const select of part.querySelectorAll?.("select[data-find]:not([hidden])") ?? []) adopt(select);
}

// adopt puts a field before a select, which goes on holding what is chosen.
function adopt(select) {
  const input = document.createElement("input");
  input.id = `${select.id}-find`;
  input.value = chosenIn(select);
  input.placeholder = [...select.options].find((o) => o.value === "")?.text.trim() ?? "";
  input.disabled = select.matches(":disabled");
  for (const name of ["aria-label", "aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  for (const label of [...select.labels]) label.htmlFor = input.id;
  become(input);
  selects.set(input, select);
  select.addEventListener("change", () => (input.value = chosenIn(select)));
  select.before(input);
  select.hidden = true;
}

const chosenIn = (select) => (select.value === "" ? "" : select.selectedOptions[0].text.trim());

// offers are what a field offers: a value, the word for it, and what is said beside.
function offers(input) {
  const select = selects.get(input);
  if (select) return [...select.options].map((o) => ({ value: o.value, word: o.text.trim(), beside: "" }));
  const options = [...(document.getElementById(input.dataset.list)?.options ?? [])];
  if (options.length === 0) return before.get(input.dataset.list) ?? [];
  const found = options.map((o) => {
    const word = o.getAttribute("label");
    return { value: o.value, word: word ?? o.value, beside: word ? o.value : o.textContent.trim() };
  });
  before.set(input.dataset.list, found);
  return found;
}

function show(input) {
  const words = typed ? fold(input.value).split(/\s+/) : [];
  const fits = (o) => words.every((word) => fold(`${o.word} ${o.value} ${o.beside}`).includes(word));
  shut(true);
  field = input;
  shown = offers(input).filter(fits).slice(0, most);
  if (shown.length === 0) return;
  list = document.createElement("ul");
  list.id = `${input.id || "field"}-options`;
  list.className = "options";
  list.popover = "manual";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent.trim() ?? input.getAttribute("aria-label") ?? "");
  list.append(...shown.map((offer, i) => {
    const item = document.createElement("li");
    item.id = `${list.id}-${i}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.append(offer.word);
    if (offer.beside) item.append(Object.assign(document.createElement("span"), { className: "quiet", textContent: offer.beside }));
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the cursor
    item.addEventListener("click", () => choose(offer));
    return item;
  }));
  input.after(list);
  list.showPopover();
  place();
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-controls", list.id);
}

function place() {
  if (!field.isConnected) return shut();
  const { left, bottom, width, top } = field.getBoundingClientRect();
  const above = window.innerHeight - bottom < 160 && top > window.innerHeight - bottom;
  list.style.minWidth = `${width}px`;
  list.style.maxHeight = `${Math.min(320, (above ? top : window.innerHeight - bottom) - 16)}px`;
  list.style.left = `${Math.max(8, Math.min(left, window.innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = above ? `${top - list.offsetHeight - 4}px` : `${bottom + 4}px`;
}

function shut(goesOn) {
  list?.remove();
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
  list = undefined;
  at = -1;
  if (!goesOn) {
    field = undefined;
    typed = false;
  }
}

function press(event) {
  if (!isOne(event.target) || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!list) show(event.target);
    if (list && !event.altKey) go(event.key === "ArrowDown" ? at + 1 : at - 1);
  } else if (!list) {
    return;
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation(); // the list closes, and not what the field is in
    shut();
  } else if (at >= 0 && (event.key === "Enter" || event.key === "Tab")) {
    if (event.key === "Enter") event.preventDefault();
    choose(shown[at]);
  }
}

function go(to) {
  const items = list.children;
  items[at]?.setAttribute("aria-selected", "false");
  at = (to + items.length) % items.length;
  items[at].setAttribute("aria-selected", "true");
  items[at].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", items[at].id);
}

function choose(offer) {
  const input = field;
  const select = selects.get(input);
  shut();
  input.value = select ? offer.word : offer.value;
  if (select) select.value = offer.value;
  tell(select ?? input);
}

// tell lets the page know of what was chosen, as browsers do.
function tell(chosen) {
  for (const kind of ["input", "change"]) chosen.dispatchEvent(new Event(kind, { bubbles: true }));
}

// settle takes a word that was typed whole as the value that it stands for. A
// field that stands for a select has no text of its own.
function settle(event) {
  const input = event.target;
  if (!event.isTrusted || !isOne(input)) return;
  const offer = offers(input).find((o) => fold(o.word) === fold(input.value));
  const select = selects.get(input);
  if (!select) {
    if (offer && !offers(input).some((o) => o.value === input.value)) input.value = offer.value;
    return;
  }
  event.stopPropagation();
  if (offer) select.value = offer.value;
  input.value = chosenIn(select);
  if (offer) tell(select);
}
