// mark says beside fields, and beside no others of the form, that what stands in
// them isn't saved.
export function mark(form, names) {
  for (const mark of form.querySelectorAll(".unsaved-mark")) mark.remove();
  for (const name of names) {
    const field = [...form.elements].find((field) => field.name === name && field.type !== "hidden");
    const word = field?.closest(".field")?.querySelector("label") ?? field?.closest("label") ?? field?.closest("fieldset")?.querySelector("legend");
    if (!word || word.querySelector(".unsaved-mark")) continue;
    word.append(Object.assign(document.createElement("span"), { className: "unsaved-mark", textContent: document.body.dataset.unsaved }));
  }
}
