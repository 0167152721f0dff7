// Forms with data-autosave save themselves when something in them changes, half
// a second after the last key. What couldn't be saved stays where it was typed,
// is kept for this tab, and is put back when the page is opened again.
export function autosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) watch(form);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches?.("form[data-autosave]")) watch(event.target);
    for (const form of event.target.querySelectorAll?.("form[data-autosave]") ?? []) watch(form);
  });
  // Who takes over what somebody else saved gives up what they typed.
  document.addEventListener("click", (event) => {
    const form = document.getElementById(event.target.closest("[data-forget]")?.dataset.forget);
    if (form) sessionStorage.removeItem(kept(form));
  });
}

// Not a mark on the form itself: htmx lends a form's attributes to the one that
// takes its place.
const watched = new WeakSet();
const kept = (form) => `keur:${location.pathname}:${form.id}`;

function watch(form) {
  if (watched.has(form)) return;
  watched.add(form);
  restore(form);
  let timer, sent;
  form.addEventListener("input", (event) => {
    if (event.target.form !== form) return; // a search that stands in it
    sessionStorage.setItem(kept(form), JSON.stringify([...new FormData(form)].filter(([, v]) => typeof v === "string")));
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(), 500);
  });
  form.addEventListener("htmx:beforeSend", (event) => {
    if (event.target === form) sent = sessionStorage.getItem(kept(form));
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    // What was typed while it was sent isn't saved yet.
    const saved = event.target === form && event.detail.successful && sent === sessionStorage.getItem(kept(form));
    if (saved) sessionStorage.removeItem(kept(form));
  });
}

// What an earlier page of this tab couldn't save comes back, field by field.
function restore(form) {
  const typed = JSON.parse(sessionStorage.getItem(kept(form)) ?? "null");
  if (!typed) return;
  const values = Map.groupBy(typed, ([name]) => name);
  for (const field of form.elements) {
    const list = values.get(field.name)?.map(([, value]) => value);
    if (!list || field.type === "hidden" || field.type === "file") continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
    else field.value = list.shift() ?? field.value;
  }
  form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
}
