// Forms with data-drop take a file that is dropped on them, and show how much
// of it has gone.
for (const form of document.querySelectorAll("form[data-drop]")) watch(form);

function watch(form) {
  const zone = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

function send(form) {
  const line = form.querySelector(".sending");
  const button = form.querySelector("button");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.round((event.loaded / event.total) * 100);
    line.querySelector("progress").value = percent;
    line.querySelector("span").textContent = `${percent}%`;
  });
  request.addEventListener("load", () => {
    const to = request.getResponseHeader("HX-Redirect");
    if (to) {
      location.assign(to);
      return;
    }
    const main = document.getElementById("main");
    main.innerHTML = request.responseText;
    for (const again of main.querySelectorAll("form[data-drop]")) watch(again);
  });
  request.addEventListener("error", () => {
    button.disabled = false;
    line.querySelector("span").textContent = document.body.dataset.offline ?? "";
  });
  line.hidden = false;
  button.disabled = true;
  request.send(new FormData(form));
}
