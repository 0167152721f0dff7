// Forms with data-autosave save themselves when something in them changes, half
// a second after the last key. What couldn't be saved stays where it was typed,
// is kept for this tab, and is put back when the page is opened again.
export function autosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) watch(form);
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const form of event.target.querySelectorAll?.("form[data-autosave]") ?? []) watch(form);
  });
}

function watch(form) {
  if (form.dataset.watched) return;
  form.dataset.watched = "yes";
  const kept = `keur:${location.pathname}:${form.id}`;
  restore(form, kept);
  let timer;
  form.addEventListener("input", () => {
    sessionStorage.setItem(kept, JSON.stringify([...new FormData(form)].filter(([, v]) => typeof v === "string")));
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(), 500);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) sessionStorage.removeItem(kept);
  });
}

// What an earlier page of this tab couldn't save comes back, field by field.
function restore(form, kept) {
  const typed = JSON.parse(sessionStorage.getItem(kept) ?? "null");
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
