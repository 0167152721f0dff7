// What can be added: dragged into the mail, or pressed and put after what is
// chosen.
const column = (inner) => `<mj-column>${inner}</mj-column>`;

export function blocks(editor, place) {
  const text = `<mj-text>${place.dataset.text}</mj-text>`;
  const made = {
    text,
    button: `<mj-button href="https://">${place.dataset.button}</mj-button>`,
    picture: "<mj-image></mj-image>",
    divider: '<mj-divider border-width="1px" border-color="#d5d2cb"></mj-divider>',
    spacer: '<mj-spacer height="24px"></mj-spacer>',
    columns_1: `<mj-section>${column(text)}</mj-section>`,
    columns_2: `<mj-section>${column(text).repeat(2)}</mj-section>`,
    columns_3: `<mj-section>${column(text).repeat(3)}</mj-section>`,
    placements: { type: "kept", said: "{{placements}}" },
  };
  for (const [id, content] of Object.entries(made)) editor.Blocks.add(id, { label: id, content });
  for (const button of place.querySelectorAll("[data-block]")) {
    const id = button.dataset.block;
    button.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/plain", "");
      editor.Blocks.startDrag(editor.Blocks.get(id), event);
    });
    button.addEventListener("dragend", () => editor.Blocks.endDrag());
    button.addEventListener("click", () => put(editor, id, made[id]));
  }
}

// put adds after the chosen part, within the nearest one that holds its like.
function put(editor, id, content) {
  const whole = id.startsWith("columns") || id === "placements";
  const holds = whole ? ["mj-body", "mj-wrapper"] : ["mj-column", "mj-hero"];
  const root = editor.getWrapper();
  let after = editor.getSelected();
  if (!whole && after && holds.includes(after.get("type"))) return choose(editor, after.append(content));
  while (after?.parent() && !holds.includes(after.parent().get("type"))) after = after.parent();
  const into = after?.parent() ?? root.findType(whole ? "mj-body" : "mj-column").at(whole ? 0 : -1);
  if (into) choose(editor, into.append(content, after?.parent() ? { at: after.index() + 1 } : {}));
}

function choose(editor, [added]) {
  editor.select(added);
  editor.Canvas.scrollTo(added, { behavior: "smooth" });
}
