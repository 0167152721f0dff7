// Draws the OpenAPI description of this server as a page.
"use strict";

const methods = ["get", "post", "put", "patch", "delete"];

// el makes an element; text never becomes markup.
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function resolve(doc, schema) {
  for (let hops = 0; schema && schema.$ref && hops < 9; hops++) {
    schema = schema.$ref.slice(2).split("/").reduce((at, key) => at && at[key], doc);
  }
  return schema || {};
}

function typeOf(doc, schema) {
  if (schema && schema.$ref) return schema.$ref.split("/").pop();
  const s = resolve(doc, schema);
  const types = [].concat(s.type || []).filter((type) => type !== "null");
  if (types[0] === "array") return "list of " + typeOf(doc, s.items);
  if (s.enum) return s.enum.map((value) => JSON.stringify(value)).join(" | ");
  return (types.join(" or ") || "anything") + (s.format && s.format !== "int64" ? ", " + s.format : "");
}

// fields lists the properties of an object, and of the objects in it.
function fields(doc, schema, seen) {
  const name = schema && (schema.$ref || (schema.items && schema.items.$ref));
  let s = resolve(doc, schema);
  if ([].concat(s.type || []).includes("array")) s = resolve(doc, s.items);
  if (!s.properties || (name && seen.includes(name))) return null;
  const list = el("ul", { class: "fields" });
  for (const [key, property] of Object.entries(s.properties)) {
    const p = resolve(doc, property);
    const notes = [typeOf(doc, property)];
    if (p.readOnly || property.readOnly) notes.push("set by Keur");
    if ((s.required || []).includes(key)) notes.push("required");
    if (p.default !== undefined) notes.push("else " + JSON.stringify(p.default));
    const examples = p.examples || property.examples;
    if (examples) notes.push("such as " + JSON.stringify(examples[0]));
    list.append(el("li", {}, el("code", {}, key), " ", el("i", {}, notes.join(" · ")),
      p.description || property.description ? el("div", {}, property.description || p.description) : "",
      fields(doc, property, name ? seen.concat(name) : seen)));
  }
  return list;
}

function parameters(doc, operation) {
  if (!(operation.parameters || []).length) return null;
  const list = el("ul", { class: "fields" });
  for (const p of operation.parameters) {
    list.append(el("li", {}, el("code", {}, p.name), " ",
      el("i", {}, [p.in, typeOf(doc, p.schema), p.required ? "required" : ""].filter(Boolean).join(" · ")),
      p.description ? el("div", {}, p.description) : ""));
  }
  return el("div", {}, el("h3", {}, "Parameters"), list);
}

function content(doc, title, holder) {
  const parts = [];
  for (const [type, media] of Object.entries((holder && holder.content) || {})) {
    parts.push(el("h3", {}, title + " ", el("span", { class: "quiet" }, type + " · " + typeOf(doc, media.schema))));
    parts.push(fields(doc, media.schema, []));
  }
  return parts.filter(Boolean);
}

function curl(method, path, operation) {
  const lines = ["curl " + location.origin + path];
  if (method !== "get") lines[0] += " -X " + method.toUpperCase();
  lines.push('-H "Authorization: Bearer $KEUR_TOKEN"');
  for (const p of operation.parameters || []) {
    if (p.in === "header" && p.required) lines.push("-H '" + p.name + ": …'");
  }
  const body = operation.requestBody && Object.keys(operation.requestBody.content)[0];
  if (body) lines.push("-H 'Content-Type: " + body + "'", body === "application/json" ? "-d '{…}'" : "--data-binary @file");
  return lines.join(" \\\n  ");
}

function describe(doc, path, method, operation) {
  const answers = Object.entries(operation.responses || {}).filter(([status]) => status.startsWith("2"));
  return el("details", { id: operation.operationId, "data-text": [path, method, operation.summary, (operation.tags || []).join(" ")].join(" ").toLowerCase() },
    el("summary", {}, el("b", { class: method }, method.toUpperCase()), el("code", {}, path), el("span", {}, operation.summary || "")),
    el("p", {}, operation.description || ""),
    el("pre", {}, curl(method, path, operation)),
    parameters(doc, operation),
    ...content(doc, "Body", operation.requestBody),
    ...answers.flatMap(([status, answer]) => content(doc, "Answer " + status, answer)));
}

function draw(doc) {
  document.getElementById("about").textContent = doc.info.description;
  const byTag = new Map();
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of methods.filter((m) => item[m])) {
      const tag = (item[method].tags || ["Other"])[0];
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push([path, method, item[method]]);
    }
  }
  const index = document.getElementById("index"), operations = document.getElementById("operations");
  operations.replaceChildren();
  for (const [tag, list] of byTag) {
    index.append(el("h2", {}, tag), el("ul", {}, ...list.map(([path, method, operation]) =>
      el("li", {}, el("a", { href: "#" + operation.operationId, title: method.toUpperCase() + " " + path }, operation.summary || path)))));
    operations.append(el("section", {}, el("h2", {}, tag), ...list.map((entry) => describe(doc, ...entry))));
  }
  open();
}

// open opens the operation that the address names, so that a link to it works.
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const node of document.querySelectorAll("details")) {
    node.hidden = !words.every((word) => node.dataset.text.includes(word));
  }
  for (const section of document.querySelectorAll("#operations section")) {
    section.hidden = !section.querySelector("details:not([hidden])");
  }
}

addEventListener("hashchange", open);
document.getElementById("find").addEventListener("input", (event) => filter(event.target.value));
addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target.tagName !== "INPUT") {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});
fetch("/openapi.json").then((answer) => answer.json()).then(draw).catch((error) => {
  document.getElementById("operations").textContent = "The description couldn't be read: " + error.message;
});
