import { behind, chipOf } from "./chips.js";

// What is set of the part that is chosen, and tags put into its text.
export function part(editor, place, names) {
  const side = place.querySelector(".visual-part");
  const path = side.querySelector(".visual-path");
  const show = () => {
    const chosen = editor.getSelected();
    const type = chosen?.get("type");
    side.querySelector("[data-none]").hidden = Boolean(chosen);
    side.querySelector(".visual-moves").hidden = !chosen?.get("removable");
    for (const of of side.querySelectorAll("[data-of]")) of.hidden = !of.dataset.of.split(" ").includes(type);
    for (const field of side.querySelectorAll("[data-attribute]")) {
      if (field !== document.activeElement) field.value = value(chosen, field.dataset.attribute);
    }
    for (const picker of side.querySelectorAll("[data-picks]")) picker.value = shade(value(chosen, picker.dataset.picks), place.dataset.accent);
    path.hidden = !chosen;
    path.replaceChildren(...(chosen ? way(editor, chosen) : []));
  };
  editor.on("component:selected component:deselected component:update undo redo", show);
  side.addEventListener("input", ({ target }) => {
    if (target.dataset.picks) set(editor.getSelected(), target.dataset.picks, target.value);
    if (target.dataset.attribute) set(editor.getSelected(), target.dataset.attribute, target.value.trim());
  });
  side.addEventListener("click", (event) => {
    const picture = event.target.closest("[data-picture]");
    const accent = event.target.closest("[data-accent-for]")?.dataset.accentFor;
    if (accent) set(editor.getSelected(), accent, "{{label.accent}}");
    if (picture) choose(editor.getSelected(), picture, show);
    const does = event.target.closest("[data-visual]")?.dataset.visual;
    if (does) move(editor, editor.getSelected(), does);
  });
  tags(editor, place, names);
  show();
}

function value(chosen, name) {
  const held = chosen?.getAttributes()[name];
  return (name === "src" && chosen?.is("mj-image") ? shownPicture(chosen) : held) ?? "";
}

// shade is a colour as its picker takes it: six digits, as the source has it or the
// label's.
const shade = (held, accent) => (/^#[0-9a-f]{6}$/i.test(held) ? held : /label\.accent/.test(held) ? accent : "#ffffff");

const shownPicture = (chosen) => (chosen.get("src")?.startsWith("data:") ? "" : chosen.get("src"));

function set(chosen, name, text) {
  if (!chosen) return;
  if (name === "src") return chosen.set("src", text);
  if (text) chosen.addAttributes({ [name]: text });
  else chosen.removeAttributes([name]);
}

function choose(chosen, picture, show) {
  set(chosen, "src", picture.dataset.picture);
  if (!chosen.getAttributes().alt) set(chosen, "alt", picture.dataset.alt);
  picture.closest("details").open = false;
  show();
}

// way are the parts around the chosen one, the outermost first.
function way(editor, chosen) {
  const around = [...chosen.parents().reverse(), chosen].filter((c) => !["wrapper", "mjml"].includes(c.get("type")));
  return around.map((c) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = c.getName();
    if (c === chosen) button.ariaCurrent = "true";
    button.addEventListener("click", () => editor.select(c));
    return button;
  });
}

function move(editor, chosen, does) {
  const parent = chosen?.parent();
  if (!parent) return;
  const at = chosen.index();
  if (does === "remove") {
    chosen.remove();
    editor.select(parent);
  }
  if (does === "copy") editor.select(parent.append(chosen.clone(), { at: at + 1 }));
  if (does === "up" && at > 0) chosen.move(parent, { at: at - 1 });
  if (does === "down" && at < parent.components().length - 1) chosen.move(parent, { at: at + 2 });
}

// tags puts a tag where one types in the mail, or behind the chosen text.
function tags(editor, place, names) {
  const menu = place.querySelector(".tags");
  menu.addEventListener("mousedown", (event) => { // the mail keeps its caret, and goes on being written in
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("click", (event) => {
    if (event.target.closest("summary")) return void (menu.open = !menu.open, event.preventDefault());
    const tag = event.target.closest("[data-tag]")?.dataset.tag;
    if (!tag) return;
    menu.open = false;
    const chosen = editor.getSelected();
    if (editor.getEditing()) {
      editor.Canvas.getWindow().focus();
      editor.Canvas.getDocument().execCommand("insertHTML", false, chipOf(tag, names) ?? tag);
      behind(editor.Canvas.getDocument().getSelection());
    } else if (chosen?.is("mj-text") || chosen?.is("mj-button")) {
      chosen.append([{ type: "textnode", content: " " }, chipOf(tag, names) ?? tag]);
    }
  });
}
