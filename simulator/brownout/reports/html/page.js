// Draws the charts, in the colours of the style sheet and at the width there is: by day, by night, on paper.
(() => {
  "use strict";
  const source = document.getElementById("charts").textContent;
  const root = document.documentElement;
  const touch = matchMedia("(pointer: coarse)").matches;
  const config = {displayModeBar: false, doubleClick: "reset", scrollZoom: false, responsive: false};
  const letter = 6.2; // the width of one, in pixels, in the size of a phase's name
  let zooming = false;
  let drawn = false;

  // Colours are written as var(--name).
  function read() {
    const style = getComputedStyle(root);
    return JSON.parse(source, (_, value) =>
      typeof value === "string" && /^var\(--[a-z-]+\)$/.test(value) ? style.getPropertyValue(value.slice(4, -1)).trim() : value);
  }

  // plotly reads tags and entities in any text.
  const safe = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  // The phases' names, in two rows if they don't fit into one, and cut if they don't fit into two; at last, numbers.
  function names(phases, width, layout) {
    const span = layout.xaxis.range[1] - layout.xaxis.range[0];
    const plot = width - layout.margin.l - layout.margin.r;
    const widths = phases.map((phase) => (phase.end - phase.begin) / span * plot);
    const two = phases.some((phase, index) => Array.from(phase.name).length > Math.floor(widths[index] / letter) - 1);
    layout.margin.t += two ? 13 : 0;
    return phases.map((phase, index) => {
      const beside = two ? Math.min(widths[index - 1] ?? 40, widths[index + 1] ?? 40) : 0;
      const room = Math.floor((widths[index] + beside) / letter) - 1;
      const letters = Array.from(phase.name);
      const fits = letters.length <= room ? phase.name : room >= 6 ? letters.slice(0, room - 1).join("") + "…" : `${index + 1}`;
      return {
        text: fits.length <= room ? safe(fits) : "", hovertext: safe(phase.name), x: (phase.begin + phase.end) / 2, y: 1,
        yref: "paper", yanchor: "bottom", yshift: two && index % 2 === 0 ? 13 : 0, showarrow: false,
        font: {size: 11, color: layout.yaxis.tickfont.color},
      };
    });
  }

  function draw() {
    const {phases, charts} = read();
    for (const [id, {data, layout}] of Object.entries(charts)) {
      const plot = document.getElementById(id);
      layout.width = plot.clientWidth;
      layout.annotations = [...(layout.annotations || []), ...names(phases, layout.width, layout)];
      layout.uirevision = "kept"; // a zoom outlives a new width or colour
      layout.dragmode = touch ? false : "zoom"; // a finger on a chart scrolls the page
      layout.xaxis.fixedrange = touch;
      Plotly.react(plot, data, layout, config);
      if (!drawn) plot.on("plotly_relayout", (change) => zoom(plot, change, Object.keys(charts)));
    }
    drawn = true;
  }

  // What one chart shows of the time, all show.
  function zoom(from, change, ids) {
    if (zooming || !("xaxis.range[0]" in change || "xaxis.range" in change)) return;
    zooming = true;
    const range = [...from.layout.xaxis.range];
    const others = ids.map((id) => document.getElementById(id)).filter((plot) => plot !== from);
    Promise.all(others.map((plot) => Plotly.relayout(plot, {"xaxis.range": [...range]}))).finally(() => { zooming = false; });
  }

  let waiting = 0;
  let width = root.clientWidth;
  function later() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  }
  addEventListener("resize", () => {
    if (root.clientWidth !== width) later(); // a phone's address bar changes the height alone
    width = root.clientWidth;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  addEventListener("beforeprint", () => {
    root.dataset.paper = "";
    for (const one of document.querySelectorAll("details.findings:not([open])")) { one.open = true; one.dataset.opened = ""; }
    draw();
  });
  addEventListener("afterprint", () => {
    delete root.dataset.paper;
    for (const one of document.querySelectorAll("details[data-opened]")) { one.open = false; delete one.dataset.opened; }
    draw();
  });
  draw();
})();
