// What is found below the search field is walked through by the arrow keys;
// Escape and a click elsewhere put it away.
export function search() {
  const form = document.getElementById("search");
  const field = form?.querySelector("input");
  const found = form?.querySelector(".found");
  if (!found) return;
  form.addEventListener("keydown", (event) => {
    const links = [...found.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      shut();
      field.focus();
    } else if (event.key === "ArrowDown" && links.length > 0) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (links[at - 1] ?? field).focus();
    }
  });
  field.addEventListener("focus", () => (found.hidden = false));
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) shut();
  });

  function shut() {
    found.hidden = true;
  }
}
