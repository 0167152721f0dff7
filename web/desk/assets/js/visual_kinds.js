// The kinds of parts that the visual editor knows, beside those of MJML.
import { piece } from "./mjml.js";

const known = ["mjml", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-text", "mj-button", "mj-image",
  "mj-divider", "mj-spacer", "mj-hero", "mj-navbar", "mj-navbar-link", "mj-social", "mj-social-element"];
const into = (...types) => types.map((t) => `[data-gjs-type="${t}"]`).join(", ");

// kinds returns what teaches the editor: parts have the looks that the head of
// the source gives them, and what is kept as it is can be seen and moved.
export function kinds(doc, words) {
  return (editor, { opt }) => {
    const head = headOf(doc.source, words.accent);
    const body = seen(doc.source.slice(doc.nodes[0].from, doc.nodes[0].head), words.accent);
    const compile = opt.mjmlParser;
    opt.mjmlParser = (source) => compile(seen(source, words.accent).replace("<mjml>", `<mjml>${head}`), { fonts: {}, keepComments: false });
    // Its own values would hide those of mj-attributes, and be taken for the source's.
    for (const type of known) editor.Components.addType(type, { model: { defaults: { "style-default": {} } } });
    editor.Components.addType("mj-body", { model: { defaults: { droppable: into("mj-section", "mj-wrapper", "mj-hero", "kept") } } });
    editor.Components.addType("mj-wrapper", { model: { defaults: { droppable: into("mj-section", "kept") } } });
    editor.Components.addType("kept", keptKind(doc, words));
    editor.Components.addType("field", fieldKind(words));
    editor.on("canvas:frame:load:body", ({ window }) => dress(window.document, compile(`<mjml>${head}${body}</mj-body></mjml>`, { fonts: {} }).html));
  };
}

// seen is MJML with what a browser can draw in the place of the label's colour.
const seen = (source, accent) => source.replace(/ data-at="\d+"/g, "").replace(/\{\{\s*label\.accent\s*\}\}/g, accent);

function headOf(source, accent) {
  const [head = ""] = /<mj-head[\s\S]*?<\/mj-head>/.exec(source) ?? [];
  return seen(head, accent).replace(/<mj-(font|raw|title|preview)\b[\s\S]*?(\/>|<\/mj-\1>)/g, "");
}

function keptKind(doc, words) {
  const said = (model) => model.get("said") ?? piece(doc, doc.nodes[model.getAttributes()["data-at"]]);
  return {
    isComponent: (el) => el.tagName === "KEUR-KEPT",
    model: {
      defaults: {
        name: words.kept, tagName: "keur-kept", draggable: into("mj-body", "mj-wrapper", "mj-column"),
        droppable: false, editable: false, stylable: false, traits: [],
      },
    },
    view: {
      tagName: "div",
      onRender() {
        const text = said(this.model);
        const placements = /^\{\{\s*placements\s*\}\}$/.test(text);
        this.el.className = placements ? "keur-kept keur-placements" : "keur-kept";
        this.el.hidden = text.startsWith("<!--");
        this.el.textContent = placements ? words.placements : text.replace(/\s+/g, " ").slice(0, 120);
      },
    },
  };
}

// fieldKind is a field that stands in a text as its word, and is chosen with it.
function fieldKind(words) {
  const still = { selectable: false, hoverable: false };
  return {
    isComponent: (el) => el.tagName === "KEUR-FIELD",
    model: {
      defaults: { name: words.field, tagName: "keur-field", textable: true, editable: false, droppable: false, draggable: false, ...still },
      init() { this.on("change:selectable", () => this.set(still)); }, // a text sets it of what was typed around
    },
  };
}

// dress gives the frame the styles of the mail, by day, and those of our own marks.
function dress(page, html) {
  const mail = new DOMParser().parseFromString(html, "text/html");
  const styles = [...mail.querySelectorAll("style")].map((s) => s.textContent);
  page.body.style.backgroundColor = mail.body.style.backgroundColor;
  const own = `.keur-kept { margin: 8px 24px; padding: 10px 14px; border: 1px dashed #8b8d92; border-radius: 4px;
      background: #f2f0ea; color: #1c1e22; font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
    keur-field { padding: 0 0.35em; border-radius: 0.6em; background: #e8e5dd; color: #1c1e22; box-shadow: 0 0 0 1px #8b8d92; cursor: default; }
    .keur-kept[hidden] { display: none; }
    .keur-placements { padding: 40px 24px; background: repeating-linear-gradient(135deg, #f2f0ea 0 12px, #fbfaf7 12px 24px);
      font: 600 15px/1.5 system-ui, sans-serif; text-align: center; }
    [data-gjs-type="mj-column"]:empty, [data-gjs-type="mj-column"] tbody:empty { display: block; min-height: 48px; outline: 1px dashed #8b8d92; }`;
  for (const text of [...styles, own]) {
    const style = page.createElement("style");
    style.textContent = text;
    page.head.append(style);
    const rules = style.sheet.cssRules;
    for (let i = rules.length - 1; i >= 0; i--) {
      if (rules[i].conditionText?.includes("prefers-color-scheme")) style.sheet.deleteRule(i);
    }
  }
}
