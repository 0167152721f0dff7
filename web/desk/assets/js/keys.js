// What can be done with the mouse can be done with keys: / searches, ? shows
// the keys, g and a letter goes to a section. Anything with data-key is pressed
// by its letter.
export function keys() {
  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector(".top .search.open")?.classList.remove("open");
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.repeat) return; // held down, which isn't pressed again
    if (!event.isTrusted) return; // the visual editor passes on what is typed in its frame
    const modal = document.querySelector("dialog:modal"); // what is behind it can't be pressed
    if (modal) going = false;
    if (going) {
      going = false;
      const to = document.querySelector(`[data-go]:is(${named(event.key)})`);
      if (to) {
        event.preventDefault();
        location.assign(to.dataset.go);
      }
      return;
    }
    switch (modal ? "" : event.key) {
      case "/":
        event.preventDefault();
        document.getElementById("search")?.classList.add("open");
        document.getElementById("q")?.focus();
        return;
      case "?":
        document.getElementById("keys")?.showModal();
        return;
      case "g":
        going = true;
        setTimeout(() => (going = false), 1500);
        return;
    }
    const pressed = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === event.key && e.offsetParent && (!modal || modal.contains(e)));
    if (pressed) {
      event.preventDefault();
      pressed.matches("input, textarea, select") ? pressed.focus() : pressed.click();
    }
  });
}

function named(key) {
  const found = [...document.querySelectorAll("[data-go]")].filter((e) => e.textContent.trim() === key);
  found.forEach((e, i) => (e.id ||= `go-${i}-${key}`));
  return found.length ? found.map((e) => `#${CSS.escape(e.id)}`).join(",") : ".none";
}

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]") && !target.matches("input[type=checkbox], input[type=radio]");
}
