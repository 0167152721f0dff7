import { chipped, unchipped } from "./chips.js";

// MJML as elements that know where they stand in their source, so that what
// nobody changes by eye keeps its bytes: tags such as {{member.first_name}},
// the head, comments, and every space.
const tag = /\{\{[\s\S]*?\}\}/g;
const veil = "\uE000"; // in the place of a tag's letters, while its source is cut up
const markup = /<!--[\s\S]*?-->|<(\/?)(mj[a-z-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>/g;
const element = /<!--[\s\S]*?-->|<(style|script|title)\b[\s\S]*?<\/\1\s*>|<[a-z/!](?:[^<>"']|"[^"]*"|'[^']*')*>/gi;
const pair = /([^\s=/]+)\s*=\s*("[^"]*"|'[^']*')/g;

const holders = new Set(["mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero", "mj-navbar", "mj-social"]);
const ends = new Set(["mj-text", "mj-button", "mj-navbar-link", "mj-social-element", "mj-image", "mj-divider", "mj-spacer"]);

// read cuts a source into elements. What can't be edited by eye – tables, raw
// HTML, comments, tags between elements – is kept as one piece each. Returns
// nothing if elements aren't closed in order.
export function read(source, names = new Map()) {
  const veiled = source.replace(tag, (t) => veil.repeat(t.length));
  const doc = { source, veiled, names, nodes: [], tags: new Map([...source.matchAll(tag)].map(([t]) => [plain(t), t])) };
  const found = [...veiled.matchAll(markup)];
  const head = found.findIndex((m) => m[2] === "mj-head" && m[1]); // whose mj-attributes may speak of mj-body, too
  const start = found.findIndex((m, i) => i > head && m[2] === "mj-body" && !m[1]);
  if (start < 0) return undefined;
  const open = [];
  for (let i = start; i < found.length; i++) {
    const m = found[i];
    const [whole, closes, name, , empty] = m;
    const end = m.index + whole.length;
    const parent = open.at(-1);
    if (parent) keep(doc, parent, parent.reached, m.index);
    if (closes) {
      if (parent?.name !== name) return undefined;
      Object.assign(parent, { inner: m.index, to: end });
      open.pop();
      if (!open.length) return doc;
      open.at(-1).reached = end;
      continue;
    }
    if (holders.has(name) && !empty) {
      open.push(add(doc, parent, { name, from: m.index, head: end, reached: end }));
      continue;
    }
    const close = name && !empty ? closing(found, i) : i;
    if (close < 0) return undefined;
    const to = found[close].index + found[close][0].length;
    const kept = !holders.has(name) && !ends.has(name);
    add(doc, parent, kept ? { from: m.index, to } : { name, from: m.index, head: end, inner: empty ? end : found[close].index, to, empty: Boolean(empty) });
    i = close;
    if (parent) parent.reached = to;
    else return doc; // an empty body
  }
  return undefined;
}

// closing finds where the element that opens at i is closed.
function closing(found, i) {
  let depth = 0;
  for (let n = i; n < found.length; n++) {
    if (found[n][2] !== found[i][2]) continue;
    if (found[n][1]) depth--;
    else if (!found[n][4]) depth++;
    if (!depth) return n;
  }
  return -1;
}

function add(doc, parent, node) {
  node.at = doc.nodes.push(node) - 1;
  node.gap = parent ? doc.source.slice(parent.kids.at(-1)?.to ?? parent.head, node.from) : "";
  node.kids = [];
  parent?.kids.push(node);
  return node;
}

// keep takes the text between two elements.
function keep(doc, parent, from, to) {
  const text = doc.veiled.slice(from, to);
  if (!text.trim()) return;
  const start = from + text.length - text.trimStart().length;
  add(doc, parent, { from: start, to: from + text.trimEnd().length });
}

// show is the body as the editor reads it. Each element names its place.
export function show(doc) { return `<mjml>${shown(doc, doc.nodes[0])}</mjml>`; }

function shown(doc, node) {
  if (!node.name) return `<keur-kept data-at="${node.at}"></keur-kept>`;
  const attributes = sound(doc, node.from + 1 + node.name.length, node.head).replace(/\/?>$/, "");
  const inner = holders.has(node.name) ? node.kids.map((kid) => shown(doc, kid)).join("") : worded(doc, node);
  return `<${node.name} data-at="${node.at}"${attributes}>${inner}</${node.name}>`;
}

// worded is the HTML in a text or a button, in which fields are words. Only those
// between its elements: in an attribute nobody would see one.
function worded(doc, node) {
  let from = node.head;
  let html = "";
  for (const m of doc.veiled.slice(node.head, node.inner).matchAll(element)) {
    const start = node.head + m.index;
    html += chipped(doc.source.slice(from, start), doc.names) + sound(doc, start, start + m[0].length);
    from = start + m[0].length;
  }
  return html + chipped(doc.source.slice(from, node.inner), doc.names);
}

// sound writes out the quotes of tags that stand within an attribute's.
function sound(doc, from, to) {
  return doc.veiled.slice(from, to).replace(/"[^"]*"|'[^']*'|[^"']+/g, (piece, at) => {
    const own = doc.source.slice(from + at, from + at + piece.length);
    if (!piece.includes(veil) || (piece[0] !== '"' && piece[0] !== "'")) return own;
    return piece[0] + own.slice(1, -1).replaceAll('"', "&quot;").replaceAll("'", "&#39;") + piece[0];
  });
}

// piece is a node's own source.
export const piece = (doc, node) => doc.source.slice(node.from, node.to);

// learn notes how the editor sees what it read, to know later what was changed.
export function learn(doc, component) {
  const node = doc.nodes[component.getAttributes()["data-at"]];
  if (node) Object.assign(node, { seen: unchipped(component.toHTML()), had: values(component) });
  component.components().forEach((kid) => learn(doc, kid));
}

// write is the source with what was changed in the editor.
export function write(doc, body) {
  const was = doc.nodes[0];
  return doc.source.slice(0, was.from) + written(doc, body, 1) + doc.source.slice(was.to);
}

function written(doc, component, depth) {
  const node = doc.nodes[component.getAttributes()["data-at"]];
  if (component.get("type") === "kept") return node ? piece(doc, node) : component.get("said");
  if (node && unchipped(component.toHTML()) === node.seen) return piece(doc, node);
  const name = component.get("tagName");
  const inner = holders.has(name) ? nested(doc, component, node, depth) : said(doc, component);
  if (node?.empty && !inner) return opened(doc, component, node);
  return opened(doc, component, node).replace(/\s*\/>$/, ">") + inner + `</${name}>`;
}

// nested writes the elements in an element. New ones stand on lines of their own.
function nested(doc, component, node, depth) {
  const line = (n) => `\n${"  ".repeat(n)}`;
  const kids = component.components().map((kid) => {
    const gap = doc.nodes[kid.getAttributes()["data-at"]]?.gap ?? line(depth + 1);
    return gap + written(doc, kid, depth + 1);
  });
  return kids.join("") + (node?.kids.length ? doc.source.slice(node.kids.at(-1).to, node.inner) : line(depth));
}

// said is the HTML in a text or a button.
function said(doc, component) {
  const html = component.get("content") + component.components().map((kid) => kid.toHTML()).join("");
  return unchipped(html).replace(tag, (t) => doc.tags.get(plain(t)) ?? plain(t));
}

// opened is an element's opening tag, with the attributes that nobody changed as
// they were.
function opened(doc, component, node) {
  const now = values(component);
  const name = component.get("tagName");
  const mine = new Map();
  if (node) {
    if (JSON.stringify(now) === JSON.stringify(node.had)) return doc.source.slice(node.from, node.head);
    for (const m of doc.veiled.slice(node.from, node.head).matchAll(pair)) {
      if (now[m[1]] === node.had[m[1]]) mine.set(m[1], doc.source.slice(node.from + m.index, node.from + m.index + m[0].length));
      else if (now[m[1]]) mine.set(m[1], attribute(m[1], now[m[1]]));
    }
  }
  for (const [key, value] of Object.entries(now)) {
    if (value && !mine.has(key) && value !== node?.had[key]) mine.set(key, attribute(key, value));
  }
  return `<${[name, ...mine.values()].join(" ")}${node?.empty ? " />" : ">"}`;
}

const attribute = (name, value) => {
  const escaped = String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replace(/"(?![^{]*\}\})/g, "&quot;");
  return `${name}="${escaped.replace(tag, plain)}"`;
};

function values(component) {
  const { "data-at": at, id, style, ...own } = component.getAttributes({ noClass: true, noStyle: true });
  const src = component.get("src");
  return component.is("mj-image") && src && !src.startsWith("data:") ? { ...own, src } : own;
}

// plain is a tag as it was meant: an editor writes out its signs.
function plain(t) {
  return t.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'")
    .replaceAll("&nbsp;", " ").replaceAll("\u00A0", " ").replaceAll("&amp;", "&");
}
