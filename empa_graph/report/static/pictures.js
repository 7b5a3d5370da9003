// Pictures: drawn when they come into sight, in the colours of the theme, with marks that keys and clicks open.
"use strict";
(() => {
  const HIDDEN = new Set(["episode", "filter", "spread", "part", "last", "episodes"]);
  const NARROW = 560, BESIDE = 140, LINE = 14; // pixels: of a page, of names beside its pictures, of their lines
  const drawn = new Map();
  let data = null;

  empa.theme = () => empa.printing ? "light" :
    document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  // Small multiples stand in as many columns as there is room for.
  function fitted(spec, width) {
    const copy = structuredClone(spec);
    if (width < NARROW) for (const part of [copy, copy.spec, ...(copy.concat ?? [])]) if (part) lined(part, copy.data?.values);
    const cell = copy.facet ? copy.spec : copy.concat ? copy.concat[0] : null;
    if (!cell) return copy;
    const labels = copy.facet && copy.spec.encoding?.y?.type === "nominal" ? longest(copy, copy.spec.encoding.y.field, width < NARROW ? 160 : 220) : 48;
    const wanted = copy.columns || 2;
    const columns = Math.max(1, Math.min(wanted, Math.floor((width - labels) / 190) || 1));
    const each = Math.max(120, Math.min(340, (width - (copy.concat ? columns * 88 + 16 : labels + columns * 28)) / columns));
    copy.columns = columns;
    for (const part of copy.concat || [cell]) part.width = each;
    return copy;
  }
  const pen = document.createElement("canvas").getContext("2d");
  const wide = (text) => {
    pen.font = `12px ${data.themes.light.font}`;
    return pen.measureText(String(text)).width;
  };
  function longest(spec, field, limit) {
    return Math.min(limit, 20 + Math.max(0, ...spec.data.values.map((row) => wide(row[field] ?? ""))));
  }

  // On a narrow page names stand in lines: beside a picture, whose rows are high enough for them, upright above it, and in
  // its legend.
  function lined(part, rows) {
    const named = ({ field }) => [...new Set((rows ?? []).map((row) => row[field]).filter((name) => name != null).map(String))];
    const axes = [part, ...(part.layer ?? [])].map((each) => each.encoding ?? {});
    for (const { legend, scale } of axes.flatMap((each) => [each.color, each.shape]).filter((each) => each?.legend?.labelExpr)) {
      legend.labelExpr = inLines(scale.domain).axis.labelExpr;
    }
    const y = axes.find((each) => each.y?.type === "nominal")?.y, x = axes[0].x;
    if (x?.type === "nominal" && x.axis) x.axis = { ...x.axis, ...inLines(named(x)).axis, labelPadding: 4 };
    if (!y) return;
    const { axis, most, count } = inLines(named(y));
    y.axis = { ...y.axis, ...axis };
    const least = LINE * most + 8;
    if (part.height?.step) part.height.step = Math.max(part.height.step, least);
    else if (part.height) part.height = Math.max(part.height, least * count);
  }
  // An axis on which names stand in lines; as JSON in ASCII they are no part of its code.
  function inLines(names) {
    const lines = names.map(linesOf);
    const ascii = (value) => JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    const found = (name) => `${ascii(lines)}[indexof(${ascii(names)}, ${name})]`;
    const raised = [2, 3, 4].map((count) => ({ test: `length(${found("datum.value")}) == ${count}`, value: -LINE * (count - 1) / 2 }));
    const axis = { labelExpr: found("datum.label"), labelOffset: { condition: raised, value: 0 }, labelLimit: 0, labelOverlap: false };
    return { axis, most: Math.max(1, ...lines.map((each) => each.length)), count: names.length };
  }
  // Broken behind a slash or a comma, where that is too wide behind other punctuation; of more than four the middle is left out.
  function linesOf(name) {
    const lines = [];
    let line = "";
    const add = (piece) => {
      if (line && wide(line + piece) > BESIDE) lines.push(line), line = "";
      line += piece;
    };
    for (const part of name.split(/(?<=\/|, )/)) {
      const pieces = wide(part) <= BESIDE ? [part] : part.match(/[^\s_:.-]*[\s_:.-]*/g);
      for (const piece of pieces) for (const bit of wide(piece) <= BESIDE ? [piece] : piece) add(bit);
    }
    lines.push(line);
    return lines.length > 4 ? [...lines.slice(0, 2), "\u2026", line] : lines;
  }

  function themed(config, width, spec) {
    if (width >= NARROW) return { ...config, axis: { ...config.axis, labelLimit: Math.max(220, width / 3) }, legend: { ...config.legend, ...columns(spec, width) } };
    return { ...config, axis: { ...config.axis, labelLimit: 140, tickCount: 4 }, axisXDiscrete: { labelAngle: -90, labelLimit: 160 }, legend: { ...config.legend, columns: 1, labelLimit: width - 60 } };
  }
  // Names in a legend stand in one row where they fit, else in columns.
  function columns(spec, width) {
    const names = [...new Set((spec.data.values ?? []).map((row) => row.entrant).filter(Boolean))].map(String);
    const room = Math.floor((width - 120) / (40 + Math.min(280, Math.max(1, ...names.map(wide)))));
    return room < names.length ? { columns: Math.max(1, room) } : {};
  }

  let tip = null;
  function tooltip(handler, event, item, value) {
    tip ??= document.body.appendChild(empa.el("div", { class: "tip", hidden: true }));
    tip.hidden = !value;
    if (!value) return;
    const list = empa.el("dl");
    for (const [key, shown] of Object.entries(value)) list.append(empa.el("dt", {}, key), empa.el("dd", {}, empa.bdi(shown)));
    tip.replaceChildren(list);
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const top = event.clientY + tip.offsetHeight + 20 > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 14;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  }

  empa.open = (datum) => {
    if (datum?.episode !== undefined && datum.episode !== null) location.hash = `episode-${datum.episode + 1}`;
    else if (datum?.filter) empa.filter?.(datum.filter);
    else return false;
    return true;
  };
  const opens = (row) => (row.episode !== undefined && row.episode !== null) || row.filter;

  function told(row) {
    const parts = Object.entries(row)
      .filter(([key, value]) => !HIDDEN.has(key) && value !== null && typeof value !== "object")
      .map(([key, value]) => `${empa.words(key)} ${typeof value === "number" ? Number(value.toFixed(3)) : value}`);
    return parts.join(", ");
  }

  function specOf(node) {
    const kind = node.dataset.kind;
    const spec = data.specs[node.dataset.metric ? `${kind}:${node.dataset.metric}` : kind];
    if (kind !== "trajectories" || !spec) return spec;
    const points = data.points[document.getElementById("scenario")?.value];
    return points ? { ...spec, data: { values: points } } : spec;
  }

  empa.draw = async (node, spec = specOf(node)) => {
    drawn.get(node)?.finalize();
    drawn.delete(node);
    node.replaceChildren();
    if (!spec) {
      node.dataset.state = "drawn";
      return node.append(empa.el("p", { class: "quiet" }, "Nothing to draw."));
    }
    const width = node.clientWidth || 600;
    const inner = node.appendChild(empa.el("div", { class: "drawn" }));
    inner.style.width = `${width}px`;
    const result = await vegaEmbed(inner, fitted(spec, width), {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip, logLevel: 1,
      config: themed(data.themes[empa.theme()], width, spec),
    });
    // The frame around it is what assistive technology reads: its name, its keys, its table.
    inner.querySelector("svg")?.setAttribute("aria-hidden", "true");
    drawn.set(node, result);
    node.dataset.width = width;
    node.dataset.theme = empa.theme();
    node.dataset.state = "drawn";
    result.view.addEventListener("click", (event, item) => empa.open(item?.datum));
  };

  // Keys: arrows step through the rows that open something, Enter opens the one that is picked.
  function keys(node) {
    const readout = node.parentElement.querySelector(".readout");
    let place = -1;
    node.addEventListener("keydown", (event) => {
      const spec = specOf(node);
      const rows = spec ? spec.data.values.filter(opens) : [];
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (by && rows.length) {
        place = (place + by + rows.length + (place < 0 && by < 0 ? 1 : 0)) % rows.length;
        readout.textContent = `${place + 1} of ${rows.length}: ${told(rows[place])}. Enter opens.`;
        pick(node, rows[place]);
        event.preventDefault();
      } else if (event.key === "Enter" && rows[place]) empa.open(rows[place]);
    });
    node.addEventListener("blur", () => pick(node, null));
  }
  function pick(node, row) {
    for (const old of node.querySelectorAll(".picked")) old.classList.remove("picked");
    if (!row) return;
    const keysOf = Object.keys(row).filter((key) => typeof row[key] !== "object");
    const found = [...node.querySelectorAll("path")].find((mark) => {
      const datum = mark.__data__?.datum;
      return datum && mark.getAttribute("d") && keysOf.every((key) => datum[key] === row[key]);
    });
    found?.classList.add("picked");
  }

  function tables(node) {
    const details = node.parentElement.querySelector(".behind");
    details?.addEventListener("toggle", () => {
      details.querySelector(".scroll")?.remove();
      const rows = specOf(node)?.data.values ?? [];
      if (!details.open || !rows.length) return;
      const names = [...new Set(rows.flatMap(Object.keys))].filter((key) => !HIDDEN.has(key));
      const body = rows.slice(0, 1000).map((row) => empa.el("tr", {}, ...names.map((name, place) => {
        const value = typeof row[name] === "number" ? String(Number(row[name].toFixed(3))) : String(row[name] ?? "");
        const link = place === 0 && Number.isInteger(row.episode);
        return empa.el("td", {}, link ? empa.el("a", { href: `#episode-${row.episode + 1}` }, empa.bdi(value)) : empa.bdi(value));
      })));
      const head = empa.el("tr", {}, ...names.map((name) => empa.el("th", { scope: "col" }, empa.words(name))));
      details.append(empa.el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Figures" },
        empa.el("table", {}, empa.el("thead", {}, head), empa.el("tbody", {}, ...body))));
    });
  }

  empa.pictures = (page) => {
    data = page;
    const nodes = [...document.querySelectorAll(".picture[data-kind]")];
    const waiting = new Set(nodes);
    const draw = (node) => waiting.delete(node) && empa.draw(node);
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
    }, { rootMargin: "400px" });
    for (const node of nodes) { keys(node); tables(node); seen.observe(node); }
    const rest = () => { const [next] = waiting; if (next && next.clientWidth) { draw(next); setTimeout(rest, 120); } };
    setTimeout(rest, 600);

    // Those that were drawn for another width or theme are drawn again.
    empa.redraw = () => {
      if (empa.printing) return;
      for (const node of [...drawn.keys()]) {
        const stale = String(node.clientWidth) !== node.dataset.width || node.dataset.theme !== empa.theme();
        if (node.isConnected && node.clientWidth && node.dataset.kind && stale) empa.draw(node);
      }
    };
    let timer = 0;
    addEventListener("resize", () => {
      clearTimeout(timer);
      timer = setTimeout(empa.redraw, 200);
    });
    for (const choice of document.querySelectorAll("select.metric")) {
      choice.addEventListener("change", () => {
        for (const other of document.querySelectorAll("select.metric")) other.value = choice.value;
        for (const node of document.querySelectorAll(".picture[data-metric]")) {
          node.dataset.metric = choice.value;
          node.parentElement.querySelector(".behind").open = false;
          if (!waiting.has(node)) empa.draw(node);
        }
      });
    }
  };
})();
