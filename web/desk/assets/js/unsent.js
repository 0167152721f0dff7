// Forms that a button sends. Who leaves the page with something typed that no
// button has sent is warned. Whatever is sent from the page, and however that
// ends, what was typed in it is kept for this tab until it is stored, and put
// back where a page shows that form again. Secrets and files can't be kept.
import { mark } from "./mark.js";
import { forgetAll, recall, remember } from "./tab.js";

const store = "keur:unsent"; // what is kept, by the form's key
const note = "keur:sent"; // the form that was sent last, until it is known how that ended

const forms = new Map(); // of the page, with their Unsent

export function unsent() {
  const refused = "refused" in document.body.dataset;
  const sent = JSON.parse(recall(note) ?? "null");
  remember(note, null);
  if (sent && !refused) stored(sent);
  watch(refused ? sent?.key : undefined);
  document.addEventListener("htmx:load", () => watch());
  document.addEventListener("htmx:beforeOnLoad", answered);
  document.addEventListener("submit", (event) => submitted(event, refused ? sent : undefined));
  document.addEventListener("click", (event) => (leaving ||= !!event.target.closest("a[data-leave]")));
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("input", () => (leaving = false));
  addEventListener("beforeunload", (event) => {
    if (!leaving && open().some((form) => form.changed().length)) event.preventDefault();
  });
}

let leaving = false; // and losing nothing

function open() {
  return [...forms.values()].filter((form) => form.form.isConnected);
}

// watch finds the forms that the page has now. One that came in another's place
// takes over what was typed in that one.
function watch(refused) {
  const kept = new Map(JSON.parse(recall(store) ?? "[]"));
  const nth = new Map();
  for (const form of document.querySelectorAll("main form[method=post]:not([data-autosave], [data-drop], [role=search], .signin, .signin *)")) {
    const at = form.getAttribute("action") ?? location.pathname;
    nth.set(at, (nth.get(at) ?? 0) + 1);
    if (forms.has(form)) continue;
    const one = new Unsent(form, `${at}#${form.id || nth.get(at)}`);
    const before = [...forms.values()].find((other) => other.key === one.key && !other.form.isConnected);
    one.put(before?.typed() ?? kept.get(one.key) ?? []);
    one.refused = one.key === refused;
    forms.delete(before?.form);
    forms.set(form, one);
    kept.delete(one.key);
  }
  keep(kept);
}

function keep(all) {
  return remember(store, all.size ? JSON.stringify([...all]) : null);
}

// stored forgets what a form held, as the server has it.
function stored(sent) {
  const kept = new Map(JSON.parse(recall(store) ?? "[]"));
  kept.delete(sent.key);
  keep(kept);
  if (sent.draft) remember(sent.draft, null);
}

// submitted keeps what stands in all forms of the page. A button that sends a
// form elsewhere doesn't store it, and a page that asks for something before a
// form is taken passes that form on.
function submitted(event, before) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.matches("[action='/signout']")) return forgetAll();
  const sent = event.submitter?.hasAttribute("formaction") ? undefined : forms.get(form);
  leave(sent);
  const last = sent ? { key: sent.key, draft: form.dataset.draft } : !forms.has(form) && before;
  if (last) remember(note, JSON.stringify(last));
}

// leave keeps what was typed, as the page is left by a form of it.
function leave(sent) {
  const kept = new Map(JSON.parse(recall(store) ?? "[]"));
  const changed = open().filter((form) => form.changed().length);
  for (const form of changed) kept.set(form.key, form.typed());
  const done = keep(kept);
  leaving = changed.every((form) => form === sent || (done && form.keepable()));
}

// answered learns from the answer to a form that script sent whether it is
// stored, before a part of the page is replaced or left.
function answered(event) {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status >= 400) return;
  forms.delete(requestConfig.elt);
  if (xhr.getResponseHeader("HX-Redirect")) leave();
}

class Unsent {
  constructor(form, key) {
    this.form = form;
    this.key = key;
    this.served = values(form, true);
  }

  // changed are the names of the fields that hold something else than was served;
  // in a form that was refused, that is not what is stored. What nobody types, such
  // as the version that the form was made on, is the server's to say anew.
  changed() {
    const now = values(this.form);
    const typed = new Set([...this.form.elements].filter((field) => field.type !== "hidden").map((field) => field.name));
    const differs = (name) => JSON.stringify(now.get(name)) !== JSON.stringify(this.served.get(name) ?? []);
    return [...now.keys()].filter((name) => differs(name) || (this.refused && typed.has(name)));
  }

  // keepable reports whether all that was typed can be put back later: no file,
  // and no rule, whose fields are drawn by the server.
  keepable() {
    const changed = this.changed();
    return !this.form.querySelector("#builder") && ![...this.form.elements].some((field) => field.type === "file" && changed.includes(field.name));
  }

  // typed is what was typed, by name, but for what isn't kept. A form with a
  // draft keeps itself.
  typed() {
    const secret = new Set([...this.form.elements].filter(isSecret).map((field) => field.name));
    const now = values(this.form);
    return "draft" in this.form.dataset ? [] : this.changed().filter((name) => !secret.has(name)).map((name) => [name, now.get(name)]);
  }

  put(typed) {
    if (!typed.length) return;
    const all = new Map(typed.map(([name, list]) => [name, [...list]]));
    for (const field of this.form.elements) {
      const list = all.get(field.name);
      if (!list || field.type === "file") continue;
      const was = values(this.form).get(field.name);
      if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
      else if (field.multiple && field.options) for (const option of field.options) option.selected = list.includes(option.value);
      else field.value = list.shift() ?? field.value;
      if (JSON.stringify(values(this.form).get(field.name)) !== JSON.stringify(was)) show(field);
    }
    mark(this.form, this.changed());
    this.form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
  }
}

// show opens what a field is folded into.
function show(field) {
  for (let at = field.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
}

function isSecret(field) {
  return field.type === "password" || field.autocomplete === "one-time-code" || /password|secret/.test(field.name);
}

// values are what stands in a form's fields, or what the server put there.
function values(form, served) {
  const all = new Map();
  for (const field of form.elements) {
    if (!field.name || field.matches(":disabled, button, [type=submit], [type=button], fieldset, output")) continue;
    all.set(field.name, [...(all.get(field.name) ?? []), ...valuesOf(field, served)]);
  }
  return all;
}

function valuesOf(field, served) {
  switch (field.type) {
    case "checkbox":
    case "radio":
      return (served ? field.defaultChecked : field.checked) ? [field.value] : [];
    case "select-one":
    case "select-multiple":
      return chosen(field, served).map((option) => option.value);
    case "file":
      return served ? [] : [...field.files].map((file) => `${file.name} ${file.size}`);
    case "hidden":
      return [field.value];
    case "textarea":
      return [(served ? field.defaultValue : field.value).replaceAll("\r\n", "\n")];
  }
  if (!served) return [field.validity.badInput ? "unread" : field.value];
  return [Object.assign(document.createElement("input"), { type: field.type, value: field.defaultValue }).value]; // as browsers read it
}

// chosen are a list's options that are chosen. Where the server chose none,
// browsers choose the first that can be.
function chosen(list, served) {
  if (!served) return [...list.selectedOptions];
  const options = [...list.options].filter((option) => option.defaultSelected);
  if (options.length || list.multiple) return options.slice(list.multiple ? 0 : -1);
  return [...list.options].filter((option) => !option.disabled).slice(0, 1);
}
