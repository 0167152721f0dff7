// Says something at the corner of the page, for as long as it takes to read;
// what went wrong stays until it is clicked away.
export function notice(text, kind = "good") {
  const corner = document.getElementById("notices");
  if (!corner || !text) return;
  const line = document.createElement("p");
  line.className = `notice ${kind}`;
  line.textContent = text;
  line.addEventListener("click", () => line.remove());
  corner.append(line);
  if (kind !== "bad") setTimeout(() => line.remove(), 4000 + 40 * text.length);
}
