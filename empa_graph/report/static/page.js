// The page: what is shown, the list of conversations and its filters, the theme.
"use strict";
(() => {
  const { el } = empa;
  let page = null, left = 0, from = null, shown = [];

  function list() {
    const form = document.getElementById("filters"), body = document.querySelector("#episode-table tbody");
    if (!form || !body) return;
    const rows = [...body.rows].map((node) => ({ node, row: page.rows[Number(node.dataset.episode)] }));
    shown = rows.map(({ row }) => row.id);
    const fits = (row, asked) => Object.entries(asked).every(([name, value]) => {
      if (!value || name === "order") return true;
      if (name === "text") return `${row.name} ${page.entrants[row.entrant]} ${row.ending} ${row.failed ?? ""}`.toLowerCase().includes(value.toLowerCase());
      if (name === "entrant") return String(row.entrant) === value;
      return (name === "ending" ? row.ending : row.facets[name]) === value;
    });
    const apply = () => {
      const asked = Object.fromEntries(new FormData(form));
      const key = asked.order;
      const sorted = [...rows].sort((a, b) => key ? (a.row.values[key] ?? Infinity) - (b.row.values[key] ?? Infinity) || a.row.id - b.row.id : a.row.id - b.row.id);
      shown = [];
      for (const { node, row } of sorted) { node.hidden = !fits(row, asked); if (!node.hidden) shown.push(row.id); }
      body.append(...sorted.map(({ node }) => node));
      document.getElementById("count").textContent = `${shown.length} of ${rows.length} ${rows.length === 1 ? "conversation" : "conversations"}`;
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    empa.filter = (wanted) => {
      form.reset();
      for (const [name, value] of Object.entries(wanted)) if (form.elements[name]) form.elements[name].value = value;
      apply();
      document.getElementById("episodes").scrollIntoView();
      form.elements.text.focus({ preventScroll: true });
    };
  }

  const title = document.title;
  async function route() {
    const found = /^#episode-(\d+)(?:-(\d+))?$/.exec(location.hash);
    const article = document.getElementById("episode"), report = document.getElementById("report");
    const id = found ? Number(found[1]) - 1 : -1;  // addresses count from 1, as empa show does
    const reading = id >= 0 && id < page.rows.length;
    if (reading && article.hidden) { left = scrollY; from = document.activeElement; }
    const came = !article.hidden && !reading;
    article.hidden = !reading;
    report.hidden = reading;
    document.body.classList.toggle("reading", reading);
    if (!reading) {
      if (came) { scrollTo(0, left); from?.focus({ preventScroll: true }); empa.redraw?.(); document.title = title; }
      const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
      if (target && !came) target.scrollIntoView();
      return;
    }
    const place = shown.indexOf(id);
    for (const [name, other] of [["before", shown[place - 1]], ["after", shown[place + 1]]]) {
      const link = document.getElementById(`episode-${name}`);
      link.hidden = other === undefined;
      if (other !== undefined) link.href = `#episode-${other + 1}`;
    }
    scrollTo(0, 0);
    const row = await empa.showEpisode(id, found[2], page);
    document.title = row.name;
    if (!found[2]) document.getElementById("episode-title").focus({ preventScroll: true });
  }

  function theme() {
    const button = document.getElementById("theme");
    if (!button) return;
    const name = () => { button.textContent = empa.theme() === "dark" ? "Light" : "Dark"; };
    const changed = () => { if (empa.printing) return; name(); empa.redraw?.(); empa.redrawSpace?.(); empa.redrawEpisode?.(); };
    button.hidden = false;
    button.addEventListener("click", () => { document.documentElement.dataset.theme = empa.theme() === "dark" ? "light" : "dark"; changed(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
    name();
  }

  function space() {
    const canvas = document.getElementById("space"), scenario = document.getElementById("scenario");
    const picture = document.querySelector('.picture[data-kind="trajectories"]');
    const axes = [...document.querySelectorAll(".space select.axis")];
    if (canvas) {
      empa.redrawSpace = empa.space(canvas, () => ({
        points: page.points[scenario.value] ?? [], axes: axes.map((choice) => Number(choice.value)),
        names: page.dimensions, series: page.entrants, colours: page.themes[empa.theme()].range.category,
      }));
      for (const choice of axes) choice.addEventListener("change", () => empa.redrawSpace());
    }
    scenario?.addEventListener("change", () => { empa.redrawSpace?.(); if (picture) empa.draw(picture); });
  }

  empa.start = async () => {
    page = await empa.source.page();
    if (matchMedia("(max-width: 72rem)").matches) document.getElementById("contents")?.removeAttribute("open");
    list();
    theme();
    empa.pictures(page);
    space();
    addEventListener("hashchange", route);
    await route();
    document.documentElement.dataset.state = "ready";
  };
})();
