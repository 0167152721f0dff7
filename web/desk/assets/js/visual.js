// The visual editor of an MJML source. The source is the truth: it stands in the
// form's text field, and what is changed by eye is written into it.
import { grapesjs, locales, mjml, mjmlLocales } from "../vendor/grapesjs-0.23.js";
import { nameFields } from "./chips.js";
import { learn, read, show, write } from "./mjml.js";
import { recall, remember } from "./tab.js";
import { blocks } from "./visual_blocks.js";
import { kinds } from "./visual_kinds.js";
import { part } from "./visual_part.js";

const form = document.getElementById("visual");
const field = form.elements.source;
const place = document.getElementById("visual-editor");
const draft = form.dataset.draft; // where the source editor keeps what isn't saved, too
const saved = field.value;
if (draft) field.value = recall(draft) ?? saved;

const names = nameFields(place.querySelectorAll("[data-tag]"), (button) => button.dataset.tag);
const doc = read(field.value, names);
if (doc) edit();
else {
  document.getElementById("visual-unreadable").hidden = false;
  place.hidden = true;
}

function edit() {
  const locale = document.documentElement.lang;
  const editor = grapesjs.init({
    container: "#canvas", height: "100%", width: "auto", telemetry: false, storageManager: false, noticeOnUnload: false, cssIcons: "",
    i18n: { locale, detectLocale: false, localeFallback: "en", messages: locales },
    panels: { defaults: [] }, blockManager: { custom: true }, layerManager: { custom: true }, selectorManager: { custom: true },
    styleManager: { custom: true }, traitManager: { custom: true }, assetManager: { custom: { open: pictures, close() {} } },
    parser: { optionsHtml: { keepEmptyTextNodes: true } },
    richTextEditor: { actions: ["bold", "italic", "underline", "link"] },
    deviceManager: { devices: [{ id: "desktop", name: "desktop", width: "" }, { id: "phone", name: "phone", width: "375px" }] },
    plugins: [(e) => mjml(e, {
      blocks: [], resetDevices: false, useCustomTheme: false, columnsPadding: "", i18n: mjmlLocales, customComponents: [kinds(doc, place.dataset)],
    })],
  });
  editor.on("load", () => begin(editor));
}

function begin(editor) {
  editor.setComponents(show(doc));
  const body = editor.getWrapper().findType("mj-body")[0];
  learn(doc, body);
  editor.UndoManager.clear();
  editor.Canvas.getFrameEl().title = place.dataset.frame;
  const take = () => took(write(doc, editor.getWrapper().findType("mj-body")[0]));
  let timer;
  editor.on("update", () => {
    clearTimeout(timer);
    timer = setTimeout(take, 200);
  });
  const settle = async () => {
    await editor.getEditing()?.view.disableEditing();
    await new Promise((done) => setTimeout(done)); // the editor may have been ending it, too
    clearTimeout(timer);
    take();
  };
  blocks(editor, place);
  part(editor, place, names);
  tools(editor);
  leave(editor, settle);
  place.classList.add("ready");
}

// took puts the source where it is saved from.
function took(source) {
  if (source === field.value) return;
  field.value = source;
  if (draft) remember(draft, source === saved ? null : source);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function pictures() {
  const menu = place.querySelector(".pictures");
  menu.open = true;
  menu.querySelector("button")?.focus();
}

function tools(editor) {
  place.addEventListener("change", (event) => event.target.name === "device" && editor.setDevice(event.target.value));
  place.addEventListener("click", (event) => {
    const does = event.target.closest("[data-visual]")?.dataset.visual;
    if (does === "undo" || does === "redo") editor.runCommand(`core:${does}`);
  });
  for (const at of [document, editor.Canvas.getDocument()]) {
    at.addEventListener("keydown", (event) => {
      if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      }
      if (event.key === "Escape" && at !== document) editor.getEditing()?.view.disableEditing();
    });
  }
}

// leave takes what is being typed along: into what is saved, and to the source.
function leave(editor, settle) {
  let settled = false;
  form.addEventListener("submit", async (event) => {
    if (settled || (!draft && !event.submitter)) { // what saves itself doesn't stop anybody's typing
      settled = false;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    await settle();
    settled = true;
    form.requestSubmit(event.submitter);
  }, true);
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-leave]");
    if (!link) return;
    event.preventDefault();
    await settle();
    if (!draft && field.value !== saved) {
      const sent = new Promise((done) => form.addEventListener("htmx:afterRequest", done, { once: true }));
      form.requestSubmit();
      await sent;
    }
    location.href = link.href;
  });
}
