// A frame over a picture (data-crop) says which part of it is kept: moved and pulled
// at its corners by a thumb or a mouse, or by arrow keys, in the shape that is chosen.
// The form's fields say it in pixels of the picture.
const STEP = 0.02; // of the picture, by an arrow key
const LEAST = 16; // pixels of the picture

for (const box of document.querySelectorAll("[data-crop]")) watch(box);

function watch(box) {
  const form = box.closest("form");
  const fields = form.elements;
  const frame = box.querySelector(".kept");
  const picture = frame.parentElement;
  const whole = { width: Number(box.dataset.width), height: Number(box.dataset.height) };
  let part = typed(fields) ?? middle(whole, ratioOf(fields.shape));
  let from = null;

  const draw = () => {
    const share = (n, of) => `${(n / of) * 100}%`;
    frame.style.left = share(part.left, whole.width);
    frame.style.top = share(part.top, whole.height);
    frame.style.width = share(part.width, whole.width);
    frame.style.height = share(part.height, whole.height);
    const kept = inPixels(part, whole);
    box.querySelector("output").textContent = `${kept.width} × ${kept.height}`;
    fields.width.max = kept.width;
  };
  // Until somebody moves the frame the form says no part, and nobody is asked about it who leaves the page.
  const show = (next) => {
    part = next;
    for (const [name, n] of Object.entries(inPixels(part, whole))) fields[`part_${name}`].value = n;
    draw();
  };
  const change = (corner, right, down) =>
    show(corner ? pull(part, corner, right, down, whole, ratioOf(fields.shape)) : move(part, right, down, whole));

  fields.shape.addEventListener("change", () => show(middle(whole, ratioOf(fields.shape))));
  frame.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.target.focus();
    from = { x: event.clientX, y: event.clientY, corner: event.target.dataset.corner, part };
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!from) return;
    const scale = whole.width / picture.clientWidth;
    part = from.part;
    change(from.corner, (event.clientX - from.x) * scale, (event.clientY - from.y) * scale);
  });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => (from = null));
  frame.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 1 : Math.max(1, STEP * whole.width);
    change(event.target.dataset.corner, way[0] * step, way[1] * step);
  });
  form.addEventListener("restored", () => {
    part = typed(fields) ?? part;
    draw();
  });
  box.hidden = false;
  draw();
}

// typed is the part that the form came back with, if it had one.
function typed(fields) {
  const part = {};
  for (const name of ["left", "top", "width", "height"]) part[name] = Number(fields[`part_${name}`].value);
  return part.width && part.height ? part : null;
}

// ratioOf is width to height of a shape such as 16:9; 0 is any.
function ratioOf(shape) {
  const [width, height] = shape.value.split(":").map(Number);
  return height ? width / height : 0;
}

// middle is the largest part of the shape in the middle of the picture.
function middle(whole, ratio) {
  let { width, height } = whole;
  if (ratio) {
    width = Math.min(width, height * ratio);
    height = width / ratio;
  }
  return { left: (whole.width - width) / 2, top: (whole.height - height) / 2, width, height };
}

function move(part, right, down, whole) {
  return {
    ...part,
    left: clamp(part.left + right, 0, whole.width - part.width),
    top: clamp(part.top + down, 0, whole.height - part.height),
  };
}

// pull moves a corner, such as "se", while the one across stays.
function pull(part, corner, right, down, whole, ratio) {
  const east = corner.includes("e");
  const south = corner.includes("s");
  const most = {
    width: east ? whole.width - part.left : part.left + part.width,
    height: south ? whole.height - part.top : part.top + part.height,
  };
  let width = clamp(part.width + (east ? right : -right), Math.min(LEAST, most.width), most.width);
  let height = clamp(part.height + (south ? down : -down), Math.min(LEAST, most.height), most.height);
  if (ratio) {
    width = Math.min(Math.abs(right) > Math.abs(down) ? width : height * ratio, most.width, most.height * ratio);
    height = width / ratio;
  }
  return {
    left: east ? part.left : part.left + part.width - width,
    top: south ? part.top : part.top + part.height - height,
    width,
    height,
  };
}

function inPixels(part, whole) {
  const left = Math.min(Math.round(part.left), whole.width - 1);
  const top = Math.min(Math.round(part.top), whole.height - 1);
  return {
    left,
    top,
    width: clamp(Math.round(part.width), 1, whole.width - left),
    height: clamp(Math.round(part.height), 1, whole.height - top),
  };
}

function clamp(n, least, most) {
  return Math.min(Math.max(n, least), most);
}
