"use strict";
// Pointing at a chart shows the value of each curve at the nearest step, and the curve nearest to the pointer in bold.
for (const figure of document.querySelectorAll("figure.chart")) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const steps = [...new Set(data.curves.flatMap((curve) => curve.points.map((point) => point[0])))].sort((a, b) => a - b);
  if (!steps.length) continue;
  const shapes = "http://www.w3.org/2000/svg";

  const made = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const drawn = (name, attributes) => {
    const element = document.createElementNS(shapes, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const written = (value) => {
    const size = Math.abs(value);
    if (value !== 0 && (size < 1e-6 || size >= 1e7)) return value.toExponential(2).replace(/-/g, "−").replace("e+", "e");
    return value.toLocaleString("en", { maximumSignificantDigits: size < 1e4 ? 4 : 7 }).replace("-", "−");
  };
  const nearest = (list, value, key) =>
    list.reduce((best, one) => (Math.abs(key(one) - value) < Math.abs(key(best) - value) ? one : best));

  // Where values are in a picture, in its own pixels.
  const geometry = (picture) => {
    const [left, top, right, bottom] = picture.dataset.box.split(" ").map(Number);
    const axis = (text, from, to) => {
      const [low, high, kind] = text.split(" ");
      const scaled = kind === "log" ? Math.log10 : (value) => value;
      const [first, last] = [scaled(Number(low)), scaled(Number(high))];
      return (value) => from + ((scaled(value) - first) / (last - first)) * (to - from);
    };
    return { left, top, right, bottom, x: axis(picture.dataset.x, left, right), y: axis(picture.dataset.y, bottom, top) };
  };

  const panel = made("div", undefined, "values");
  panel.hidden = true;
  panel.setAttribute("role", "status");
  figure.append(panel);

  for (const picture of figure.querySelectorAll("svg")) {
    const places = geometry(picture);
    const pointer = drawn("g", { class: "pointer", "pointer-events": "none" });
    picture.append(pointer);
    picture.setAttribute("tabindex", "0");
    let current = -1;

    const hide = () => {
      current = -1;
      panel.hidden = true;
      pointer.replaceChildren();
      for (const group of picture.querySelectorAll(".curve")) group.classList.remove("faint");
    };

    // Show the values at a step; height is that of the pointer in the picture, if there is one.
    const show = (step, height) => {
      current = steps.indexOf(step);
      const across = places.x(step);
      const rows = data.curves
        .map((curve) => ({ curve, point: nearest(curve.points, step, (point) => point[0]) }))
        .filter(({ curve, point }) => step >= curve.points[0][0] && step <= curve.points[curve.points.length - 1][0] || point[0] === step)
        .map((row) => ({ ...row, height: places.y(row.point[1]) }))
        .sort((a, b) => a.height - b.height);
      const near = height === undefined || rows.length < 2 ? null : nearest(rows, height, (row) => row.height);
      pointer.replaceChildren(drawn("path", { d: `M${across} ${places.top}V${places.bottom}`, class: "step" }));
      panel.replaceChildren(made("strong", `${data.x} ${written(step)}`));
      const table = made("table");
      for (const row of rows) {
        const color = `var(--curve-${row.curve.color})`;
        pointer.append(drawn("circle", { cx: places.x(row.point[0]), cy: row.height, r: 3.5, style: `fill:${color}` }));
        const sample = drawn("svg", { width: 24, height: 10, "aria-hidden": "true", class: "swatch", style: `stroke:${color}` });
        sample.append(drawn("path", { d: "M0 5H24", "stroke-width": 2.5, "stroke-dasharray": row.curve.dashes }));
        const first = made("td"), far = Math.abs(places.x(row.point[0]) - across) > 4;
        first.append(sample);
        const line = made("tr", undefined, row === near ? "near" : "");
        line.append(first, made("td", written(row.point[1]) + (far ? ` (${written(row.point[0])})` : ""), "number"), made("td", row.curve.name));
        table.append(line);
      }
      panel.append(table);
      panel.hidden = false;
      for (const group of picture.querySelectorAll(".curve")) {
        group.classList.toggle("faint", near !== null && group.dataset.curve !== String(near.curve.number));
      }
      place(across);
    };

    // Put the panel beside the picture if there is room; else beside the step, on the side with more
    // room; on a narrow screen, below the picture.
    const place = (across) => {
      const shown = picture.getBoundingClientRect(), whole = figure.getBoundingClientRect();
      const scale = shown.width / picture.viewBox.baseVal.width;
      const at = shown.left - whole.left + across * scale;
      const room = whole.width - panel.offsetWidth;
      const free = shown.right - whole.left + 8;
      const inside = across < (places.left + places.right) / 2 ? at + 12 : at - 12 - panel.offsetWidth;
      const below = picture.classList.contains("chart-narrow") || inside < 0 || inside > room;
      const beside = free <= room ? free : inside;
      panel.style.left = `${Math.max(0, Math.min(below ? 0 : beside, room))}px`;
      panel.style.top = `${shown.top - whole.top + (below ? shown.height : places.top * scale)}px`;
    };

    const pointed = (event) => {
      const shown = picture.getBoundingClientRect();
      const scale = picture.viewBox.baseVal.width / shown.width;
      const across = (event.clientX - shown.left) * scale, height = (event.clientY - shown.top) * scale;
      if (across < places.left - 8 || across > places.right + 8 || height < places.top - 8 || height > places.bottom + 8) hide();
      else show(nearest(steps, across, places.x), height);
    };
    picture.addEventListener("pointermove", pointed);
    picture.addEventListener("pointerdown", pointed);
    picture.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") hide();
    });
    picture.addEventListener("blur", hide);
    picture.addEventListener("keydown", (event) => {
      const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -steps.length, End: steps.length };
      if (event.key === "Escape") hide();
      if (!(event.key in moves)) return;
      event.preventDefault();
      const from = current < 0 && moves[event.key] < 0 ? steps.length : current;
      show(steps[Math.max(0, Math.min(from + moves[event.key], steps.length - 1))]);
    });
  }
}
