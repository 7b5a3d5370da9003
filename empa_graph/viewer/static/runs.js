// The figures of runs that were not summarised yet, one run after the other, and the history of those in the list.
"use strict";
(async () => {
  const { el, bdi, number } = empa;

  function metric(name, found, digits, isVoid) {
    const cell = el("td", { class: "number", "data-label": name });
    if (isVoid) cell.append(el("span", { class: "warn" }, "void"));
    else cell.append(number(found?.mean ?? null, digits));
    if (!isVoid && found && found.low !== null) cell.append(" ", el("span", { class: "bounds" }, `[${number(found.low, digits)}, ${number(found.high, digits)}]`));
    return cell;
  }

  function fill(body, line) {
    const first = body.querySelector("tr");
    line.standings.forEach((standing, place) => {
      const found = standing.metrics;
      const cells = [el("td", { "data-label": "variant" }, bdi(standing.variant)), el("td", { class: "number", "data-label": "scored" }, `${standing.scored}/${standing.planned}`),
        metric("composite", found.composite, 1, line.void), metric("progress", found.progress, 2), metric("support", found.support, 2, line.void)];
      if (standing.provisional) cells.at(-1).append(" ", el("span", { class: "bounds wraps" }, standing.provisional));
      if (place === 0) {
        first.querySelector(".pending").replaceWith(...cells);
        for (const tall of first.querySelectorAll("[rowspan]")) tall.rowSpan = line.standings.length;
      } else body.append(el("tr", {}, ...cells));
    });
  }

  for (const body of document.querySelectorAll('tbody[data-summarised="no"]')) {
    const answer = await fetch(`/api/runs/${body.dataset.key}`);
    if (!answer.ok) continue;
    const line = await answer.json();
    if (line.summarised) fill(body, line);
  }

  const answer = await fetch(`/api/history${location.search}`);
  const found = answer.ok ? await answer.json() : { specs: {} };
  const names = Object.keys(found.specs);
  const section = document.getElementById("history");
  if (section && names.length) {
    const choice = document.getElementById("history-metric"), picture = section.querySelector(".picture");
    for (const name of names) choice.append(el("option", { value: name }, empa.words(name)));
    section.hidden = false;
    const page = { ...found, points: {} };
    const chosen = () => { page.specs.history = found.specs[choice.value]; };
    chosen();
    empa.filter = (run) => { location.href = `/runs/${run.key}`; };
    empa.pictures(page);
    choice.addEventListener("change", () => { chosen(); empa.draw(picture); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => empa.redraw());
  }
  document.documentElement.dataset.state = "ready";
})();
