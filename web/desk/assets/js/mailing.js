// The mail at the right follows what it is asked to be seen as, and what is
// saved at the left.
const form = document.querySelector("form[data-look]");
const frame = document.querySelector("#preview iframe");

form?.addEventListener("change", show);
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
form?.querySelector("[data-sample]")?.addEventListener("click", async (event) => {
  const answer = await fetch(event.target.dataset.sample);
  if (!answer.ok) return;
  form.elements.member.value = await answer.text();
  show();
});
document.addEventListener("saved", show);

function show() {
  const asked = new URLSearchParams(new FormData(form));
  const as = asked.get("as");
  frame.parentElement.className = `mail ${as === "phone" || as === "dark" ? "phone" : "desktop"}`;
  frame.src = `${form.dataset.look}?${asked}`;
}
