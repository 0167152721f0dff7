// Draws the opens and clicks of each hour from the table beneath, in which
// everything can be read without script, too.
for (const box of document.querySelectorAll("[data-curve]")) draw(box);

function draw(box) {
  const rows = [...document.querySelectorAll(`#${box.dataset.curve} tbody tr`)];
  const number = (row, i) => Number(row.cells[i].textContent);
  const data = [rows.map((r) => Number(r.dataset.at)), rows.map((r) => number(r, 1)), rows.map((r) => number(r, 2))];
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = { stroke: colour("--grey"), grid, ticks: grid, font: "12px system-ui" };
  const written = (options) => {
    const form = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: box.dataset.zone, hourCycle: "h23", ...options });
    return (at) => form.format(new Date(at * 1000));
  };
  const tick = written({ weekday: "short", hour: "2-digit", minute: "2-digit" });
  const moment = written({ dateStyle: "medium", timeStyle: "short" });
  const chart = new uPlot(
    {
      width: box.clientWidth,
      height: 240,
      padding: [16, 28, 0, 0], // the last hour is as wide as half its words
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), box.dataset.zone),
      axes: [{ ...axis, values: (_, at) => at.map(tick), space: 90 }, { ...axis, size: 60 }],
      series: [
        { label: box.dataset.hour, value: (_, at) => at && moment(at) },
        { label: box.dataset.opens, stroke: colour("--grey"), width: 1.5, points: { show: rows.length < 30 } },
        { label: box.dataset.clicks, stroke: colour("--accent-text"), width: 2.5, points: { show: rows.length < 30 } },
      ],
    },
    data,
    box,
  );
  new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: 240 })).observe(box);
}
