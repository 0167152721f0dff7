// The desk's own script: keys, what opens, notices, forms that save themselves,
// and what is typed in those that don't. Every page works without it.

import { keys } from "./keys.js";
import { autosave } from "./autosave.js";
import { combobox } from "./combobox.js";
import { notice } from "./notice.js";
import { search } from "./search.js";
import { soon } from "./soon.js";
import { forgetAll, recall, remember } from "./tab.js";
import { unsent } from "./unsent.js";

forgetOthers();
soon();
keys();
autosave();
combobox();
search();
unsent();

// What is kept for this tab is its user's: another who signs in here after them
// isn't shown it.
function forgetOthers() {
  const { user } = document.body.dataset;
  if (!user) return;
  if ((recall("user") ?? user) !== user) forgetAll();
  remember("user", user);
}

// Where a row of steps or lists is wider than a phone, where one is stays in sight.
for (const here of document.querySelectorAll("main nav [aria-current], .tabs [aria-current]")) {
  const row = here.closest("ol, ul, nav");
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.getBoundingClientRect().left - row.getBoundingClientRect().left - 16;
}

// Buttons that open something by its id.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) open(document.getElementById(opener.dataset.open));
  for (const menu of document.querySelectorAll("details:is(.me, .labels, .export)[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Buttons that copy the text of something by its id.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  notice(button.dataset.copied);
});

function open(thing) {
  if (!thing) return;
  if (thing instanceof HTMLDialogElement) thing.showModal();
  else if (thing instanceof HTMLDetailsElement) thing.open = true;
  else thing.classList.toggle("open");
  thing.querySelector("input, button")?.focus();
}

// What went wrong behind script is said, and what was typed stays.
document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const title = page.querySelector("h1")?.textContent ?? "";
  const text = page.querySelector("h1 + p")?.textContent ?? "";
  notice(`${title}. ${text}`.trim(), "bad");
});
document.addEventListener("htmx:sendError", () => notice(document.body.dataset.offline ?? "", "bad"));
