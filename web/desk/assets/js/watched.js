// Forms that take long, such as a save that fetches pictures of elsewhere: sent
// here, so that the page shows how far it is and can cancel it. Without script the
// browser sends them, and waits.
import { notice } from "./notice.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.watched || event.defaultPrevented) return;
  event.preventDefault();
  send(form, document.getElementById(form.dataset.watched));
});

async function send(form, box) {
  const stop = new AbortController();
  const [status, cancel] = box.children;
  const button = form.querySelector("button");
  cancel.onclick = () => stop.abort();
  button.disabled = true;
  const slow = setTimeout(() => (box.hidden = false), 300); // what is quick needs no words
  try {
    const answer = await fetch(form.action, {
      method: "POST", headers: { Accept: "text/event-stream" }, body: new URLSearchParams(new FormData(form)), signal: stop.signal,
    });
    if (answer.redirected || !answer.headers.get("Content-Type")?.startsWith("text/event-stream")) return location.reload();
    for await (const { name, data } of events(answer.body)) {
      if (name === "part") status.innerHTML = data;
      if (name === "go") return location.assign(data);
      if (name === "refused") notice(data, "bad");
    }
  } catch (error) {
    if (error.name !== "AbortError") notice(document.body.dataset.offline, "bad");
  } finally {
    clearTimeout(slow);
    box.hidden = true;
    button.disabled = false;
  }
}

// events reads server-sent events (HTML Living Standard, 9.2).
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (text + value).split("\n\n");
    text = whole.pop();
    for (const one of whole) {
      const lines = one.split("\n");
      const of = (field) => lines.filter((l) => l.startsWith(`${field}: `)).map((l) => l.slice(field.length + 2)).join("\n");
      yield { name: of("event"), data: of("data") };
    }
  }
}
