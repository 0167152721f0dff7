// Draws two counts over time from the table beneath, in which everything can be
// read without script, too: a row has its moment, and is an hour or a day long.
for (const box of document.querySelectorAll("[data-curve]")) draw(box);

function draw(box) {
  const table = document.getElementById(box.dataset.curve);
  const rows = [...table.tBodies[0].rows];
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const number = (row, i) => Number(row.cells[i].dataset.n);
  const days = box.dataset.by === "day";
  const data = [rows.map((r) => Number(r.dataset.at)), rows.map((r) => number(r, 1)), rows.map((r) => number(r, 2))];
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = { stroke: colour("--grey"), grid, ticks: grid, font: "12px system-ui" };
  const written = (options) => {
    const form = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: box.dataset.zone, hourCycle: "h23", ...options });
    return (at) => form.format(new Date(at * 1000));
  };
  const tick = written(days ? { day: "numeric", month: "short" } : { weekday: "short", hour: "2-digit", minute: "2-digit" });
  const moment = written(days ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
  const count = new Intl.NumberFormat(document.documentElement.lang).format;
  const said = (n) => (n == null ? "" : count(n)); // nothing until the mouse is over a moment
  const chart = new uPlot(
    {
      width: box.clientWidth,
      height: 240,
      padding: [16, 28, 0, 0], // the last hour is as wide as half its words
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), box.dataset.zone),
      axes: [
        { ...axis, values: (_, at) => at.map(tick), space: 90, ...(days && { incrs: [1, 2, 7, 14, 28].map((n) => n * 86400) }) },
        { ...axis, values: (_, all) => all.map((n) => (Number.isInteger(n) ? count(n) : "")), size: 60 },
      ],
      series: [
        { label: names[0], value: (_, at) => (at ? moment(at) : "") },
        { label: names[1], value: (_, n) => said(n), stroke: colour("--grey"), width: 1.5, points: { show: rows.length < 30 } },
        { label: names[2], value: (_, n) => said(n), stroke: colour("--accent-text"), width: 2.5, points: { show: rows.length < 30 } },
      ],
    },
    data,
    box,
  );
  new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: 240 })).observe(box);
}
