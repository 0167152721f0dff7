// A press that was meant for one thing never decides about the next, which may
// stand under the pointer once the page has come back: for a moment, a form of
// the same kind for another thing isn't sent.
import { notice } from "./notice.js";
import { recall, remember } from "./tab.js";

const note = "keur:pressed"; // where the form went that was sent last
const moment = 1000; // ms
let pressed; // where, and when on this page

export function soon() {
  const before = recall(note);
  remember(note, null);
  if (before) pressed = { at: before, when: performance.now() };
  addEventListener("submit", guard, true); // before anything sends it
}

function guard(event) {
  const { target: form, submitter } = event;
  if (form.method !== "post" || form.matches("[data-autosave]")) return;
  const at = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.pathname;
  const now = performance.now();
  if (pressed && pressed.at !== at && kind(pressed.at) === kind(at) && now - pressed.when < moment) {
    event.preventDefault();
    event.stopImmediatePropagation();
    notice(document.body.dataset.soon, "care");
    return;
  }
  pressed = { at, when: now };
  remember(note, at);
}

// kind is the address without what names the thing.
function kind(at) {
  return at.split("?")[0].replaceAll(/[0-9a-f]{64}|[0-9]+/g, "#");
}
