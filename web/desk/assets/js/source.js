// The editor of a template's source. Without it the text field does the same,
// but for the marks beside the lines and the mail that follows what one types.
import {
  EditorState, EditorView, HighlightStyle, bracketMatching, closeBrackets, closeBracketsKeymap, defaultKeymap, drawSelection,
  foldGutter, foldKeymap, highlightActiveLine, highlightSpecialChars, history, historyKeymap, html, indentOnInput, keymap, lineNumbers,
  lintGutter, lintKeymap, search, searchKeymap, setDiagnostics, syntaxHighlighting, tags,
} from "../vendor/codemirror-6.js";
import { recall, remember } from "./tab.js";

const form = document.getElementById("source-form");
const field = form.elements.source;
const list = document.getElementById("source-findings");
const look = document.getElementById("source-look");
const reset = form.querySelector("[data-reset]");
const kept = form.dataset.draft;
const saved = field.value;

const view = new EditorView({
  parent: mount(),
  state: EditorState.create({
    doc: recall(kept) ?? saved,
    extensions: [
      EditorView.cspNonce.of(document.querySelector("style[nonce]").nonce),
      EditorView.contentAttributes.of({ "aria-label": field.dataset.label, spellcheck: "false" }),
      EditorState.readOnly.of(field.matches(":disabled")),
      lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), highlightSpecialChars(), highlightActiveLine(),
      indentOnInput(), bracketMatching(), closeBrackets(), search({ top: true }), html({ autoCloseTags: true }), EditorView.lineWrapping,
      syntaxHighlighting(HighlightStyle.define([
        { tag: [tags.tagName, tags.angleBracket], class: "cm-tag" }, { tag: tags.attributeName, class: "cm-attribute" },
        { tag: [tags.attributeValue, tags.string], class: "cm-string" }, { tag: tags.comment, class: "cm-comment" },
        { tag: [tags.keyword, tags.propertyName], class: "cm-keyword" },
      ])),
      keymap.of([
        { key: "Mod-s", run: () => (form.requestSubmit(), true) },
        ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap,
      ]),
      EditorView.updateListener.of((update) => update.docChanged && typed()),
    ],
  }),
});

function mount() {
  const place = document.createElement("div");
  place.className = "editor";
  field.before(place);
  field.hidden = true;
  return place;
}

let timer;
function typed() {
  field.value = view.state.doc.toString();
  const changed = field.value !== saved;
  remember(kept, changed ? field.value : null);
  if (reset) reset.hidden = !changed;
  clearTimeout(timer);
  timer = setTimeout(follow, 400);
}

function follow() {
  check();
  show();
}

// The findings stand beside their lines, and below the source.
let asked = 0;
async function check() {
  const mine = ++asked;
  const answer = await fetch(`${form.dataset.source}/check`, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!answer.ok || mine !== asked) return;
  const spots = await answer.json();
  const doc = view.state.doc;
  const marks = spots.filter((s) => s.line > 0 && s.line <= doc.lines).map((s) => {
    const line = doc.line(s.line);
    const from = Math.min(line.from + Math.max(s.column - 1, 0), line.to);
    return { from, to: line.to, severity: s.block ? "error" : "warning", message: s.text };
  });
  view.dispatch(setDiagnostics(view.state, marks));
  list.replaceChildren(...spots.map((s) => {
    const item = document.createElement("li");
    item.className = s.block ? "bad" : "care";
    const go = document.createElement(s.line ? "button" : "span");
    go.textContent = s.line ? `${s.line}: ${s.text}` : s.text;
    if (s.line) {
      go.type = "button";
      go.addEventListener("click", () => {
        const at = doc.line(Math.min(s.line, view.state.doc.lines)).from;
        view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
        view.focus();
      });
    }
    item.append(go);
    return item;
  }));
}

// The mail follows in a frame of its own each time, so that going back in the
// browser leaves the page.
function show() {
  const old = document.querySelector(".shown iframe");
  const frame = old.cloneNode();
  const as = new FormData(look).get("as");
  old.parentElement.className = `mail ${as === "phone" || as === "dark" ? "phone" : "desktop"}`;
  frame.removeAttribute("src");
  frame.name = `mail-${Date.now()}`;
  old.replaceWith(frame);
  const post = document.createElement("form");
  post.method = "post";
  post.action = `${form.dataset.source}/preview`;
  post.target = frame.name;
  for (const [name, value] of [["as", as], ["format", form.elements.format.value], ["source", field.value]]) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    post.append(input);
  }
  document.body.append(post);
  post.submit();
  post.remove();
}

// A partial template is put in where the caret is.
const partials = form.querySelector("[data-partials]");
if (partials && !view.state.readOnly) {
  const choice = partials.querySelector("select");
  const fits = () => (partials.hidden = form.elements.format.value !== "mjml");
  fits();
  form.elements.format.addEventListener("change", fits);
  choice.addEventListener("change", () => {
    view.dispatch(view.state.replaceSelection(choice.value), { scrollIntoView: true });
    choice.value = "";
    view.focus();
  });
}

look.addEventListener("change", show);
form.elements.format.addEventListener("change", follow);
reset?.addEventListener("click", () => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: saved } }));
view.scrollDOM.tabIndex = 0; // it scrolls by keys, too
if (view.state.doc.toString() !== saved) typed();
else check();
