// A change of the rule that the server made is saved like one that was typed,
// and what is named to be added is added as one leaves its field.
document.addEventListener("rule", () => document.getElementById("audience-version")?.dispatchEvent(new Event("input", { bubbles: true })));

// What is searched for isn't part of the form until it is chosen.
document.addEventListener("htmx:load", (event) => {
  for (const search of event.detail.elt.querySelectorAll("[data-add]")) search.setAttribute("form", "");
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-add]") && event.target.value.trim()) event.target.closest(".add").querySelector("button").click();
});
