// What is drawn wrongly in the page: text that is cut off or stands outside the
// box that it belongs to, words that are torn in two, boxes that scroll sideways
// without saying so, and rows of tabs that break into lines.
// Returns a sentence for each, at most twelve.
(() => {
  const found = new Set();
  const about = (e) => {
    const name = e.tagName.toLowerCase() + [...e.classList].map((c) => "." + c).join("");
    return name + " “" + (e.innerText ?? "").trim().replace(/\s+/g, " ").slice(0, 40) + "”";
  };
  const foreign = ".cm-editor, .gjs-editor, .u-wrap, iframe, svg, [hidden], .unseen";
  const shown = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !e.closest(foreign);
  // Read out to screen readers alone: a pixel, cut away.
  const away = (e) => {
    for (let at = e; at; at = at.parentElement) {
      if (getComputedStyle(at).clipPath !== "none") return true;
    }
    return false;
  };

  for (const e of document.body.querySelectorAll("*")) {
    if (!shown(e) || away(e) || e.matches("input, select, textarea")) continue;
    const { overflowX, overflowY, lineClamp } = getComputedStyle(e);
    const wide = e.scrollWidth - e.clientWidth > 1, high = e.scrollHeight - e.clientHeight > 1;
    const hides = (o) => o === "hidden" || o === "clip";
    if (wide && (overflowX === "auto" || overflowX === "scroll") && !e.matches(".scroll")) {
      found.add("scrolls sideways unmarked: " + about(e));
    }
    // What is shortened on purpose says the whole as its title.
    if ((wide && hides(overflowX) || high && hides(overflowY)) && !e.closest("[title]") && !e.querySelector("iframe") && e.innerText?.trim()) {
      found.add("clipped: " + about(e));
    }
  }

  // Ways to look at a mail, lists of a screen and steps of a mailing stand in a row:
  // what broke off looks like a second choice.
  for (const row of document.querySelectorAll(".segmented:not(.left), .tabs, .steps ol")) {
    const cells = [...row.children].filter((e) => shown(e) && !e.matches(".unseen"));
    if (!shown(row) || getComputedStyle(row).display !== "flex") continue;
    const lines = (e) => {
      const range = document.createRange();
      range.selectNodeContents(e.querySelector("span") ?? e);
      return new Set([...range.getClientRects()].filter((r) => r.width > 0).map((r) => Math.round(r.top / 4))).size;
    };
    const top = cells[0]?.getBoundingClientRect().top;
    if (cells.some((e) => Math.abs(e.getBoundingClientRect().top - top) > 4 || row.matches(".segmented") && lines(e) > 1)) {
      found.add("breaks into lines: " + about(row));
    }
  }

  const boxes = "td, th, dt, dd, li, p, label, legend, button, summary, h1, h2, h3, .button, .state, .card";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement;
    if (!text.data.trim() || parent.closest("[title]") || !shown(parent) || away(parent)) continue;
    const box = parent.closest(boxes);
    if (!box) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const edge = box.getBoundingClientRect();
    for (const line of range.getClientRects()) {
      if (line.width > 0 && (line.right > edge.right + 2 || line.left < edge.left - 2)) {
        found.add("outside its box: " + about(box));
      }
    }
    // An address or a code may break anywhere, a word of letters only where a hyphen is set.
    if (parent.closest("code, pre") || getComputedStyle(parent).hyphens === "auto") continue;
    for (const word of text.data.matchAll(/(?<![^\s(„“"'’])\p{L}{2,24}(?=[\s.,:;!?)”“"'’]|$)/gu)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const tops = [...range.getClientRects()].filter((r) => r.width > 0).map((r) => r.top);
      if (Math.max(...tops) - Math.min(...tops) > 4) found.add("torn “" + word[0] + "”: " + about(box));
    }
  }
  return [...found].slice(0, 12);
})()
