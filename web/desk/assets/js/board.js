// Cards of the board are dragged from state to state; what a drop does, the
// card's own buttons do as well.
let dragged;

for (const card of document.querySelectorAll(".board .card")) {
  card.addEventListener("dragstart", () => {
    dragged = card;
    card.classList.add("dragged");
  });
  card.addEventListener("dragend", () => card.classList.remove("dragged"));
}

for (const column of document.querySelectorAll(".board [data-state]")) {
  column.addEventListener("dragover", (event) => {
    event.preventDefault();
    column.classList.add("over");
  });
  column.addEventListener("dragleave", () => column.classList.remove("over"));
  column.addEventListener("drop", (event) => {
    event.preventDefault();
    column.classList.remove("over");
    dragged?.querySelector(`button[value="${column.dataset.state}"]`)?.click();
  });
}
