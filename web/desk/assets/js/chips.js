// Fields as words: where a mail's text is written, "First name" stands in the
// place of {{member.first_name | default "you"}}, as one thing. What it stands
// for is kept in it to the byte, and is what the source gets back.
const field = /\{\{\s*([a-z_][\w.]*)\s*(?:\|[^{}]*)?\}\}/g;
const chip = /<keur-field\b[^>]*?\bdata-field="([^"]*)"[^>]*>[\s\S]*?<\/keur-field>/g;
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

// nameFields reads what fields are called from the buttons that put them in.
export function nameFields(buttons, held) {
  const names = new Map();
  for (const button of buttons) {
    const [, path] = new RegExp(field.source).exec(held(button)) ?? [];
    if (path) names.set(path, button.querySelector("strong").textContent.trim());
  }
  return names;
}

// chipOf is a tag as its word; nothing if it has none: a condition, or a field that
// nobody named.
export function chipOf(tag, names) {
  const [whole, path] = new RegExp(field.source).exec(tag) ?? [];
  if (whole !== tag || !names.has(path)) return undefined;
  const [, otherwise] = /\|\s*default\s+"([^"]*)"\s*\}\}$/.exec(tag) ?? [];
  const title = otherwise ? ` title="${escaped(`${names.get(path)} / ${otherwise}`)}"` : "";
  const held = encodeURIComponent(tag).replaceAll("'", "%27");
  return `<keur-field contenteditable="false" data-field="${held}"${title}>${escaped(names.get(path))}</keur-field>`;
}

// fieldsIn are the tags in a text that have a word, each with its place.
export const fieldsIn = (text, names) => [...text.matchAll(field)].filter((m) => names.has(m[1])).map((m) => [m.index, m[0]]);

// chipped is a text with its fields as words.
export const chipped = (text, names) => text.replace(field, (tag) => chipOf(tag, names) ?? tag);

// unchipped is a text with its fields as they stand in the source.
export const unchipped = (html) => html.replace(chip, (_, tag) => decodeURIComponent(tag));

// behind puts the caret behind a word that it came to stand in.
export function behind(chosen) {
  const at = (chosen.anchorNode?.parentElement ?? chosen.anchorNode)?.closest("keur-field") ?? chosen.anchorNode?.closest?.("keur-field");
  if (at) chosen.collapse(at.parentNode, [...at.parentNode.childNodes].indexOf(at) + 1);
}
