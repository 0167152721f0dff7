// The mails that go out, all on one page: each frame is as tall as its mail,
// and a mail counts as seen once its beginning and its end were in view.
const begun = new WeakSet();
const looked = new IntersectionObserver(note);
const seenHere = new Set(); // looked at on this page, and known to be by the server

function note(entries) {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    const face = target.closest("[data-face]");
    if (target.matches("h3")) begun.add(face);
    else if (begun.has(face)) see(face);
  }
}

// Tells the server that the user has seen a mail.
async function see(face) {
  const form = face.querySelector("[data-see]");
  if (![...face.querySelectorAll("iframe")].every((frame) => frame.dataset.settled)) return;
  if (form.hidden) return here(face);
  form.hidden = true;
  const answer = await fetch(form.action, { method: "POST", redirect: "manual" });
  if (answer.type !== "opaqueredirect" && !answer.ok) {
    form.hidden = false;
    return;
  }
  face.querySelector("[data-seen]").hidden = false;
  const all = document.querySelector("[data-faces-seen]");
  if (all && !document.querySelector("[data-see]:not([hidden])")) all.textContent = all.dataset.word;
  here(face);
}

// Tells the page once all mails on it were looked at.
function here(face) {
  if (face.querySelector("[data-seen]").hidden || seenHere.has(face)) return; // or not answered yet
  seenHere.add(face);
  if ([...document.querySelectorAll("[data-face]")].every((one) => seenHere.has(one))) document.dispatchEvent(new Event("looked"));
}

// Gives a frame the height of its mail, and the width at which it reads as on a
// wide screen, or on a phone.
function settle(frame) {
  const page = frame.contentDocument;
  if (!page?.body || page.URL === "about:blank") return;
  const box = frame.parentElement;
  const room = box.clientWidth;
  const width = frame.dataset.kind === "phone" ? 360 : Math.max(Number(frame.dataset.wide), room);
  const scale = Math.min(room / width, 1);
  frame.style.width = `${width}px`;
  frame.style.height = "0px";
  const height = Math.max(page.documentElement.scrollHeight, 120);
  frame.style.height = `${height}px`;
  frame.style.transform = scale < 1 ? `scale(${scale})` : "";
  box.style.height = `${height * scale + 2}px`;
  frame.dataset.settled = "true";
  const end = frame.closest("[data-face]")?.querySelector("[data-face-end]");
  if (end) {
    looked.unobserve(end); // it moved
    looked.observe(end);
  }
}

// Shows a mail as one of the switches says, or as on a wide screen.
function read(frame, one, switches) {
  for (const other of switches) if (other !== one) other.checked = false;
  const kind = one.checked ? one.dataset.as : "";
  frame.dataset.kind = kind;
  frame.src = frame.src.split("?")[0] + (kind ? `?as=${kind}` : "");
}

function begin() {
  for (const face of document.querySelectorAll("[data-face]:not([data-ready])")) {
    face.dataset.ready = "true";
    for (const frame of face.querySelectorAll("iframe")) {
      frame.addEventListener("load", () => settle(frame));
      if (frame.contentDocument?.readyState === "complete") settle(frame);
    }
    looked.observe(face.querySelector("h3"));
    looked.observe(face.querySelector("[data-face-end]"));
    const switches = face.querySelectorAll("[data-as]");
    for (const one of switches) one.addEventListener("change", () => read(face.querySelector("iframe"), one, switches));
  }
}

// A file was opened: the server noted it before it led there.
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-file-open]")) target.closest("[data-file]").querySelector("[data-file-opened]").hidden = false;
});

addEventListener("resize", () => document.querySelectorAll("[data-face] iframe").forEach(settle));
document.addEventListener("htmx:afterSwap", begin);
begin();
