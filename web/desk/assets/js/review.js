// A mail in review: its frame is as tall as the mail, and comments are pinned
// to places in it. The frame runs nothing; this page only measures it.
const stage = document.querySelector("[data-stage]");
const frame = stage?.querySelector("iframe");
const pins = stage?.querySelector("[data-pins]");
const button = document.querySelector("[data-pin]");
const help = document.querySelector("[data-pin-help]");
const arrows = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] };
const aim = Object.assign(document.createElement("span"), { className: "aim" });
let aimed = [50, 10]; // percent of the whole mail, for those without a mouse

// Asking for changes begins with saying which.
document.querySelector(".verdict details")?.addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("textarea").focus();
});

// The key that approves works once the mail was looked at on this page, and a
// moment after, so that pressing it twice doesn't approve the next mailing.
const approve = document.querySelector("[data-arm]");
const armHint = document.querySelector("[data-arm-hint]");
const moment = 1500; // ms
if (approve) {
  armHint.hidden = false;
  document.addEventListener("looked", () => setTimeout(() => {
    approve.dataset.key = approve.dataset.arm;
    armHint.hidden = true;
  }, moment), { once: true });
}

if (frame) {
  frame.addEventListener("load", settle);
  if (frame.contentDocument?.readyState === "complete") settle();
  addEventListener("resize", settle);
  document.addEventListener("htmx:afterSwap", draw);
  if (button) button.hidden = false;
  button?.addEventListener("click", () => place(!pins.classList.contains("placing")));
  pins.addEventListener("click", (event) => {
    if (!pins.classList.contains("placing")) return;
    const box = pins.getBoundingClientRect();
    pin(event.clientX - box.left, event.clientY - box.top);
  });
  pins.addEventListener("keydown", steer);
}

// Gives the frame the height of its mail, and puts the pins where they belong.
function settle() {
  const page = frame.contentDocument;
  if (!page?.body) return;
  frame.style.height = "0px";
  frame.style.height = `${Math.max(page.documentElement.scrollHeight, 300)}px`;
  draw();
}

// Draws a numbered pin for each comment that has a place.
function draw() {
  pins.replaceChildren();
  for (const comment of document.querySelectorAll("#comments [data-x]")) {
    const box = boxOf(comment.dataset.element);
    if (!box) continue;
    const mark = document.createElement("button");
    mark.type = "button";
    mark.textContent = comment.dataset.number;
    mark.className = comment.className;
    mark.setAttribute("aria-label", `${pins.dataset.word} ${comment.dataset.number}`);
    mark.style.left = `${box.left + (box.width * comment.dataset.x) / 100}px`;
    mark.style.top = `${box.top + (box.height * comment.dataset.y) / 100}px`;
    mark.addEventListener("click", () => {
      comment.focus();
      comment.scrollIntoView({ block: "center" });
    });
    pins.append(mark);
  }
}

// Returns where an element stands in the mail; none is the mail as a whole.
function boxOf(path) {
  const page = frame.contentDocument;
  const found = path ? page.querySelector(path) : page.documentElement;
  return found?.getBoundingClientRect();
}

// Begins or ends the choice of a place.
function place(on) {
  pins.classList.toggle("placing", on);
  help.hidden = !on;
  pins.tabIndex = on ? 0 : -1;
  aim.remove();
  if (on) pins.focus({ preventScroll: true });
}

// Moves the aim by the arrow keys; Enter pins, Escape gives up.
function steer(event) {
  if (!pins.classList.contains("placing")) return;
  const by = arrows[event.key];
  if (by) {
    event.preventDefault();
    aimed = aimed.map((at, i) => Math.min(Math.max(at + by[i], 0), 100));
    aim.style.left = `${aimed[0]}%`;
    aim.style.top = `${aimed[1]}%`;
    pins.append(aim);
    aim.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") {
    event.preventDefault();
    pin((pins.clientWidth * aimed[0]) / 100, (pins.clientHeight * aimed[1]) / 100);
  } else if (event.key === "Escape") {
    place(false);
  }
}

// Notes a place for the comment that is written next.
function pin(left, top) {
  const page = frame.contentDocument;
  const element = page.elementFromPoint(left, top) ?? page.documentElement;
  const box = element.getBoundingClientRect();
  const form = document.querySelector("[data-comment]");
  form.elements.element.value = path(element);
  form.elements.x.value = percent(left - box.left, box.width);
  form.elements.y.value = percent(top - box.top, box.height);
  form.querySelector("[data-pinned]").hidden = false;
  place(false);
  form.elements.body.focus();
}

// A comment that is put back keeps its place.
document.addEventListener("restored", ({ target }) => {
  if (target.matches("[data-comment]") && target.elements.x.value) target.querySelector("[data-pinned]").hidden = false;
});

// To ask for a change at a field names it in the comment that is written next.
document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-ask]");
  const form = document.querySelector("[data-comment]");
  if (!asks || !form) return;
  event.preventDefault();
  form.elements.field.value = asks.dataset.ask;
  form.elements.body.focus();
});

function percent(part, whole) {
  return whole > 0 ? Math.min(Math.max((part / whole) * 100, 0), 100).toFixed(2) : "0";
}

// Names an element by the way to it from the body, which stays the same as long
// as the mail does.
function path(element) {
  const steps = [];
  for (let e = element; e.parentElement && e.tagName !== "BODY"; e = e.parentElement) {
    steps.unshift(`${e.tagName.toLowerCase()}:nth-child(${[...e.parentElement.children].indexOf(e) + 1})`);
  }
  return steps.length ? `body>${steps.join(">")}` : "";
}
