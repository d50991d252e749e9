"use strict";
// The table of sentences: search, filters and sorting; on demand the n-best list, the baseline and attention.
// Text from the data is only ever inserted as text, never as markup.
{
  const all = JSON.parse(document.getElementById("data").textContent);
  const signs = JSON.parse(document.getElementById("signs").textContent);
  const body = document.querySelector("#sentences tbody");
  const headings = [...document.querySelectorAll("#sentences th button")];
  const columns = headings.length + 1;
  const gained = headings.some((button) => button.dataset.key === "gain");
  const step = 30;
  let limit = step, key = "", descending = false;

  for (const one of all) {
    one.text = { source: one.source, reference: one.references[0].join(""), hypothesis: one.hypothesis.join("") };
    one.found = [one.source, ...one.references.flat(), one.text.reference, one.text.hypothesis, one.baseline || ""]
      .join("\n").toLocaleLowerCase();
  }

  const made = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const named = (name, cell) => {
    cell.dataset.name = name; // label on narrow screens
    return cell;
  };
  const pieces = (cell, parts) => {
    parts.forEach((part, place) => {
      const text = part.trimStart(); // the space before a word is not marked
      if (place % 2) cell.append(part.slice(0, part.length - text.length), made("mark", text));
      else cell.append(part);
    });
    return cell;
  };
  const value = (id) => (document.getElementById(id) || { value: "" }).value;
  const sortable = (one) => (key in one.text ? one.text[key] : one[key]);

  const chosen = () => {
    const words = value("search").toLocaleLowerCase().trim();
    const found = all.filter((one) =>
      one.found.includes(words) &&
      (value("set") === "" || one.set === Number(value("set"))) &&
      (value("fault") === "" || one.faults.includes(value("fault"))));
    if (!key && value("order") === "row") return found.sort((a, b) => a.set - b.set || a.row - b.row);
    if (!key) return found;
    const sign = descending ? -1 : 1;
    return found.sort((a, b) => {
      const [x, y] = [sortable(a), sortable(b)];
      return sign * (typeof x === "string" ? x.localeCompare(y) : x - y) || a.set - b.set || a.row - b.row;
    });
  };

  // What an attention map shows, with the meanings of the signs in its tokens.
  const legend = ([source, target]) => {
    const present = signs.filter(([sign]) => [...source, ...target].some((token) => token.includes(sign)));
    const meanings = present.map(([sign, meaning]) => ` ${sign} stands for ${meaning}.`);
    return `Attention of each target token (row) to each source token (column), in percent.${meanings.join("")}`;
  };

  const map = ([source, target, weights]) => {
    const table = made("table", undefined, "map");
    table.setAttribute("aria-label", "Attention");
    const head = made("tr");
    head.append(made("td"));
    for (const token of source) {
      const cell = made("th", token);
      cell.scope = "col";
      head.append(cell);
    }
    table.append(head);
    target.forEach((token, row) => {
      const line = made("tr"), name = made("th", token);
      name.scope = "row";
      line.append(name);
      for (const weight of weights[row]) {
        const cell = made("td", weight, weight > 80 ? "much" : weight > 58 ? "half" : "");
        cell.style.setProperty("--w", weight);
        line.append(cell);
      }
      table.append(line);
    });
    return table;
  };

  const details = (one) => {
    const cell = made("td");
    cell.colSpan = columns;
    if (one.references.length > 1) {
      cell.append(made("h4", "Other references"));
      const list = made("ul");
      one.references.slice(1).forEach((text) => list.append(made("li", text)));
      cell.append(list);
    }
    if (one.baseline !== undefined) cell.append(made("h4", "Baseline"), made("p", one.baseline));
    if (one.alternatives) {
      cell.append(made("h4", "N-best list, with scores"));
      const list = made("ol");
      for (const [text, score] of one.alternatives) list.append(made("li", `${text} (${score})`));
      cell.append(list);
    }
    if (one.reading) {
      const wide = made("div", undefined, "wide");
      wide.append(map(one.reading));
      cell.append(made("h4", "Attention"), made("p", legend(one.reading), "muted"), wide);
    }
    const row = made("tr", undefined, "details");
    row.append(cell);
    return row;
  };

  const line = (one) => {
    const row = made("tr"), last = made("td", one.faults.join(", "));
    row.append(named("No.", made("td", one.row, "number")), named("Source", made("td", one.source, "text")),
      named("Reference", pieces(made("td", undefined, "text"), one.references[0])),
      named("Hypothesis", pieces(made("td", undefined, "text"), one.hypothesis)),
      named("chrF2", made("td", one.chrf.toFixed(1), "number")), named("BLEU", made("td", one.bleu.toFixed(1), "number")));
    if (gained) {
      const kind = one.gain > 0 ? "better" : one.gain < 0 ? "worse" : "";
      row.append(named("chrF2 gain", made("td", one.gain.toFixed(1), `number ${kind}`)));
    }
    if (one.alternatives || one.reading || one.baseline !== undefined || one.references.length > 1) {
      const button = made("button", "more");
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-label", `More about sentence ${one.row}`);
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        if (open) row.nextSibling.remove();
        else row.after(details(one));
      });
      if (one.faults.length) last.append(made("br"));
      last.append(button);
    }
    row.append(last);
    return row;
  };

  const show = () => {
    const found = chosen();
    body.replaceChildren(...found.slice(0, limit).map(line));
    document.getElementById("count").textContent = `${found.length} of ${all.length} ${all.length === 1 ? "sentence" : "sentences"}`;
    document.getElementById("more").hidden = found.length <= limit;
    for (const button of headings) {
      const state = button.dataset.key === key ? (descending ? "descending" : "ascending") : "none";
      button.parentElement.setAttribute("aria-sort", state);
    }
  };

  const again = () => {
    limit = step;
    show();
  };
  for (const button of headings) {
    button.addEventListener("click", () => {
      descending = key === button.dataset.key && !descending;
      key = button.dataset.key;
      again();
    });
  }
  document.getElementById("search").addEventListener("input", again);
  for (const id of ["set", "fault", "order"]) {
    const select = document.getElementById(id);
    if (select) select.addEventListener("change", () => {
      if (id === "order") key = "";
      again();
    });
  }
  document.querySelector("form.controls").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("more").addEventListener("click", () => {
    limit += 10 * step;
    show();
  });
  show();
}
