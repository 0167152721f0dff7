// Forms with data-autosave save themselves when something in them changes, half
// a second after the last key. What is saved is known by the server's word alone:
// the event "saved", with the names of the fields that it refused. What isn't
// saved stays where it was typed, is marked, is kept for this tab and put back
// when the page is opened again, and who leaves the page is warned.
import { mark } from "./mark.js";
import { recall, remember } from "./tab.js";

const pause = 500; // ms after the last key
const again = 5000; // ms after the connection was lost

// Fields about the saving itself.
const apart = new Set(["version", "over", "theirs", "unread"]);

const savers = new Map(); // by their form, while it is on the page

export function autosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) watch(form, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches?.("form[data-autosave]")) watch(event.target);
    for (const form of event.target.querySelectorAll?.("form[data-autosave]") ?? []) watch(form);
  });
  document.addEventListener("click", leave);
  addEventListener("online", () => open().forEach((saver) => saver.unsaved().length && saver.send()));
  addEventListener("beforeunload", (event) => {
    if (open().some((saver) => saver.unsaved().length)) event.preventDefault();
  });
}

function open() {
  for (const form of savers.keys()) if (!form.isConnected) savers.delete(form);
  return [...savers.values()];
}

// A form that takes another's place knows what the server refused of that one.
function watch(form, fresh = false) {
  if (savers.has(form)) return;
  const before = [...savers.values()].find((saver) => saver.form.id === form.id);
  clearTimeout(before?.timer);
  savers.set(form, new Saver(form, before?.refused ?? [], fresh));
}

// What was typed last goes along before a link is followed. Who takes over what
// somebody else saved gives up what they typed.
async function leave(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
  const given = savers.get(document.getElementById(link.dataset.forget));
  if (given) return given.giveUp();
  if (link.pathname === location.pathname && link.hash) return;
  const waiting = open().filter((saver) => saver.busy());
  if (!waiting.length || "leave" in link.dataset) return;
  event.preventDefault();
  await Promise.all(waiting.map((saver) => saver.settled()));
  location.href = link.href;
}

class Saver {
  constructor(form, refused, fresh) {
    this.form = form;
    this.key = `keur:${location.pathname}:${form.id}`;
    this.refused = refused;
    this.stored = values(form); // by name, as the server has it
    this.sending = 0;
    for (const name of refused) this.stored.delete(name);
    form.addEventListener("input", (event) => event.target.form === form && this.typed(event.target));
    form.addEventListener("change", (event) => event.target.inputMode === "url" && this.complete(event.target));
    form.addEventListener("htmx:configRequest", (event) => this.mine(event.detail) && this.asks(event.detail));
    form.addEventListener("htmx:beforeSend", (event) => this.mine(event.detail.requestConfig) && this.sends());
    form.addEventListener("saved", (event) => this.saved(event.detail.refused));
    form.addEventListener("htmx:afterRequest", (event) => this.mine(event.detail.requestConfig) && this.answered(event.detail.xhr));
    this.restore(fresh);
    const left = this.unsaved();
    if (left.some((name) => !refused.includes(name))) this.later();
    this.show(this.timer ? "typed" : left.length ? "part" : "saved");
    if (refused.length) mark(form, left);
  }

  // mine tells this form's own saving from what is searched for in it.
  mine(request) {
    return request.verb === "post" && request.path === this.form.getAttribute("hx-post");
  }

  // unsaved are the names of the fields that hold something else than the server.
  unsaved() {
    const now = values(this.form);
    return [...new Set([...now.keys(), ...this.stored.keys()])].filter((name) => now.get(name) !== this.stored.get(name));
  }

  busy() {
    return this.timer !== undefined || this.sending > 0;
  }

  typed(field) {
    if (field.type === "file" && tooLarge(field)) return;
    this.keep();
    this.later();
    this.show("typed");
  }

  // complete writes a web address as the server stores it: typed.WebAddress.
  complete(field) {
    if (!/^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(:\d{1,5})?([/?#]\S*)?$/u.test(field.value.trim())) return;
    field.value = `https://${field.value.trim()}`;
    this.typed(field);
  }

  later(after = pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), after);
  }

  send() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.form.requestSubmit();
  }

  // settled waits until what was typed was sent and answered.
  async settled() {
    while (this.busy()) {
      const answer = new Promise((done) => this.form.addEventListener("htmx:afterRequest", done, { once: true }));
      if (this.timer !== undefined) this.send();
      await answer;
      await new Promise((done) => setTimeout(done)); // what waited behind it is sent now
      if (this.form.dataset.saving !== "sending" && this.form.dataset.saving !== "typed") return;
    }
  }

  // A browser sends half a date as none, so it is named.
  asks(request) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sent = values(this.form);
    for (const field of this.form.elements) {
      if (field.name && field.validity?.badInput) request.formData.append("unread", field.name);
    }
  }

  sends() {
    this.sending++;
    this.told = false;
    this.show("sending");
  }

  // saved takes the server's word, before a part of the page is replaced.
  saved(refused) {
    this.told = true;
    this.refused = refused;
    for (const name of new Set([...this.sent.keys(), ...this.stored.keys()])) {
      if (refused.includes(name)) continue;
      if (this.sent.has(name)) this.stored.set(name, this.sent.get(name));
      else this.stored.delete(name);
    }
    for (const field of this.form.querySelectorAll("input[type=file]")) {
      if (refused.includes(field.name)) field.value = "";
    }
    for (const name of refused) { // a page that shows what was refused began with it
      if (this.sent.get(name) === this.stored.get(name)) this.stored.delete(name);
    }
    this.keep();
  }

  answered(xhr) {
    this.sending--;
    const left = this.unsaved();
    if (this.told) {
      this.show(this.timer !== undefined ? "typed" : left.length || this.refused.length ? "part" : "saved");
      return mark(this.form, this.refused);
    }
    const lost = xhr.status === 0 || xhr.status >= 500;
    this.show(lost ? "offline" : "refused");
    mark(this.form, left);
    if (lost && this.form.isConnected && this.timer === undefined) this.later(again);
  }

  show(state) {
    this.form.dataset.saving = state;
  }

  // keep notes what isn't saved, and on which version it was typed. Files can't be.
  keep() {
    const files = new Set([...this.form.querySelectorAll("input[type=file]")].map((field) => field.name));
    const fields = new FormData(this.form);
    const typed = this.unsaved().filter((name) => !files.has(name)).map((name) => [name, fields.getAll(name)]);
    remember(this.key, typed.length ? JSON.stringify({ version: fields.get("version"), typed }) : null);
  }

  // restore puts back what an earlier page of this tab couldn't save. It names
  // the version on which that was typed, so that nothing newer is written over.
  restore(fresh) {
    const kept = JSON.parse(recall(this.key) ?? "null");
    if (!kept?.typed) return;
    const typed = new Map(kept.typed);
    for (const field of this.form.elements) {
      const list = typed.get(field.name);
      if (!list || field.type === "hidden" || field.type === "file") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
      else field.value = list.shift() ?? field.value;
    }
    if (!this.unsaved().length) return remember(this.key, null);
    if (fresh && this.form.elements.version) this.form.elements.version.value = kept.version;
    this.form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
  }

  giveUp() {
    clearTimeout(this.timer);
    remember(this.key, null);
    savers.delete(this.form);
  }
}

// values are what stands in a form, by name, but for what is searched for in it and
// what is for a button alone, as the name under which something is kept.
// A field that the browser can't read holds something else than an empty one.
function values(form) {
  const all = new Map();
  const searched = new Set([...form.querySelectorAll("[data-add], [data-for-button]")].map((field) => field.name));
  for (const [name, value] of new FormData(form)) {
    if (apart.has(name) || searched.has(name)) continue;
    const text = typeof value === "string" ? value : value.name && `${value.name} ${value.size}`;
    all.set(name, JSON.stringify([...JSON.parse(all.get(name) ?? "[]"), text.replaceAll("\r\n", "\n")]));
  }
  for (const field of form.elements) if (field.name && field.validity?.badInput) all.set(field.name, "unread");
  return all;
}

// tooLarge refuses a file before it is sent, in the server's own words.
function tooLarge(field) {
  const most = Number(field.dataset.most);
  const told = document.getElementById(`fault-${field.name}`);
  told?.replaceChildren();
  if (!most || [...field.files].every((file) => file.size <= most)) return false;
  field.value = "";
  told?.append(Object.assign(document.createElement("p"), { className: "field-fault", textContent: field.dataset.large }));
  return true;
}
