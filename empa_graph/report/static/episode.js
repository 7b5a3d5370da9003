// One conversation: the dialogue with its evidence, beside the way that the person came.
"use strict";
(() => {
  const { el, bdi, number, words } = empa;
  const FAULTY = { empathic: "the agent under test", persona: "the simulated person", evaluator: "the evaluator", provider: "the model service", us: "this program" };

  function said(message) {
    const text = el("p", { class: `said ${message.who}`, dir: "auto" });
    for (const [piece, labels, tone] of message.pieces) {
      text.append(labels ? el("mark", { class: tone, title: labels.join(", ") }, piece) : piece);
    }
    if (!message.pieces.length) text.append(el("span", { class: "quiet" }, "(nothing)"));
    const aside = [message.move && words(message.move), message.model, message.finish, message.cut && `${message.cut} characters more`].filter(Boolean);
    const who = el("span", { class: "who" }, message.who === "persona" ? "person" : "agent", ...aside.flatMap((part) => [" · ", bdi(part)]));
    const extras = (message.tools ?? []).map((tool) => extra(`tool ${tool.name}`, `given ${tool.given ?? "nothing"}\n${tool.gave === null ? "no answer" : `gave ${tool.gave}`}`));
    if (message.tools_left_out) extras.push(extra("tools left out", message.tools_left_out));
    if (message.voicing) {
      const { refused, fallback, unchecked } = message.voicing;
      extras.push(extra("voice", `${fallback ? "spoken as the card has it" : "worded anew"}${refused.length ? ` after ${refused.join("; ")}` : ""}${unchecked ? `; not checked: ${unchecked}` : ""}`));
    }
    return [who, text, ...extras];
  }
  const extra = (name, text, kind = "") => el("div", { class: `extra ${kind}`, dir: "auto" }, el("b", {}, bdi(name)), ": ", bdi(text ?? ""));
  const fault = (found) => extra(`${words(found.kind)}, by ${FAULTY[found.blame] ?? found.blame}`, found.detail, "fault");

  function chips(step) {
    if (!step.reasons?.length) return null;
    return el("ul", { class: "chips", "aria-label": "What the reply does" }, ...step.reasons.map((reason) =>
      el("li", { class: reason.tone, title: reason.evidence }, bdi(reason.text))));
  }
  function levels(step, dimensions) {
    const rows = (step.items ?? []).filter((item) => item.progress || item.regress).map((item) => {
      const parts = [];
      for (const [sign, kind] of [["+", "progress"], ["−", "regress"]]) {
        if (!item[kind]) continue;
        const evidence = item[`${kind}_evidence`], serves = item[`${kind}_serves`];
        parts.push(el("span", {}, `${sign}${item[kind]}`), evidence ? el("q", {}, bdi(evidence)) : "", serves ? el("span", { class: "quiet" }, "for ", bdi(serves)) : "");
      }
      const spaced = parts.flatMap((part) => [part, " "]);
      return el("li", {}, bdi(item.dimension), " ", ...spaced);
    });
    const moved = (step.moved ?? []).map((x, i) => [dimensions[i], x]).filter(([, x]) => x).map(([name, x]) => `${name} ${x > 0 ? "+" : "−"}${Math.abs(x).toFixed(2)}`);
    const coded = [...(step.codes ?? [])].sort((a, b) => b.strength - a.strength).map((code) =>
      el("li", {}, `${code.behaviour} ${number(code.strength, 1)} `, code.evidence ? el("q", {}, bdi(code.evidence)) : ""));
    const reasons = rows.length || step.votes || coded.length ? el("details", {}, el("summary", {}, "Levels and all that was coded"),
      el("ul", { class: "told" }, ...rows, ...coded, ...(step.votes ?? []).map(vote))) : null;
    return [el("p", { class: "why quiet" }, moved.length ? `Moved: ${moved.join(", ")}` : "No movement", (step.idle ?? []).map((told) => ` · no effect: ${told}`).join(""), step.fit === undefined ? "" : ` · fits this person ${number(step.fit)}`), reasons];
  }
  function vote(found) {
    const given = found.failure ? `no judgement: ${found.failure.kind}` :
      found.codes ? found.codes.map((code) => `${code.behaviour} ${number(code.strength, 1)}`).join(", ") :
        (found.items ?? []).filter((i) => i.progress || i.regress).map((i) => `${i.dimension} +${i.progress ?? 0} −${i.regress ?? 0}`).join(", ");
    return el("li", {}, "judge ", bdi(found.judge), ": ", bdi(given || "nothing"));
  }
  function judged(turn, dimensions) {
    const step = turn.step;
    if (!step) return [];
    if (step.failure) return [fault(step.failure)];
    if (step.due === false) return [el("p", { class: "why quiet" }, "Not judged at this turn.")];
    return [chips(step), ...levels(step, dimensions), step.handoff ? el("p", { class: "why" }, "Hand-off: ", el("q", {}, bdi(step.handoff))) : null];
  }
  function section(turn, episode, id) {
    return el("section", { class: "turn", id: `turn-${turn.turn}`, "data-turn": turn.turn, "aria-label": `Turn ${turn.turn}` },
      el("h3", {}, el("a", { href: `#episode-${id + 1}-${turn.turn}` }, `Turn ${turn.turn}`)),
      ...turn.messages.flatMap(said),
      ...judged(turn, episode.dimensions),
      ...turn.directives.map((d) => extra(`${d.author}: ${words(d.action)} ${d.argument}`.trim(), d.reason)),
      ...turn.notes.map((note) => extra(`${note.author} notes`, note.content)),
      ...turn.faults.filter((found) => !turn.step?.failure || found.kind !== turn.step.failure.kind).map(fault));
  }

  function facts(row, episode, page) {
    const shown = [...(page.rows.length > 1 ? [`conversation ${row.number}`] : []), page.entrants[row.entrant]];
    for (const [facet, value] of Object.entries(row.facets)) shown.push(`${facet} ${words(value)}`);
    if (row.repeat) shown.push(`repeat ${row.repeat}`);
    const score = episode.score;
    if (score) {
      shown.push(`progress ${number(score.progress)}`, `alignment ${number(score.alignment_index)}`, `impact ${number(score.impact_index)}`, `stability ${number(score.stability_index)}`, `coverage ${Math.round(100 * score.coverage)}%`);
      if (score.epmq?.published) shown.push(`EPM-Q ${number(score.epmq.published.composite, 1)}`);
    }
    const support = episode.support, isVoid = (name) => score && row.values[name] === undefined ? ", void for the run" : "";
    if (support) shown.push(`support ${number(support.value)}${support.low === null ? "" : ` [${number(support.low)}, ${number(support.high)}]`}${support.provisional ? ", provisional" : ""}${support.capped_by.length ? `, capped by ${support.capped_by.join(", ")}` : ""}${isVoid("support")}`);
    if (episode.support_judged !== null) shown.push(`support by a model ${number(episode.support_judged)}${isVoid("support_judged")}`);
    if (episode.felt !== null) shown.push(`felt ${number(episode.felt)}`);
    return shown.map((text) => el("li", {}, bdi(text)));
  }
  function verdict(row, episode) {
    const ended = `${row.reached ? "Reached the target" : `Ended: ${words(row.ending)}`} after ${row.turns} ${row.turns === 1 ? "turn" : "turns"}.`;
    if (episode.score) return `${ended} Composite ${number(episode.score.composite, 1)}${row.values.composite === undefined ? " (void for the run)" : ""}.`;
    return `${ended} No score: ${episode.unscored ?? "not known"}.`;
  }

  // Positions by turn as the picture of an episode wants them.
  function lines(episode, page) {
    const values = episode.path.flatMap(([turn, at]) => at.map((position, d) => ({ dimension: episode.dimensions[d], turn, position, target: episode.target[d] })));
    const spec = structuredClone(page.specs.lines);
    spec.data.values = values;
    spec.facet.sort = episode.dimensions;
    return spec;
  }
  function points(row, episode, page) {
    const kept = { episode: row.id, entrant: page.entrants[row.entrant], reached: row.reached ? "reached the target" : "did not" };
    const placed = (at) => Object.fromEntries(at.map((x, i) => [`d${i}`, x]));
    const path = episode.path.map(([, at], i) => ({ ...kept, what: i ? (i === episode.path.length - 1 ? "end" : "way") : "start", ...placed(at) }));
    return [...path, { ...kept, what: "target", ...placed(episode.target) }];
  }
  async function aside(row, episode, page) {
    const side = document.getElementById("episode-aside");
    const picture = el("div", { class: "picture", "data-kind": "", tabindex: 0, role: "group", "aria-label": "Position on each dimension by turn; the dashed line is the target" });
    side.replaceChildren(el("h2", {}, "The way"), picture);
    empa.redrawEpisode = null;
    if (episode.path.length < 2) return picture.append(el("p", { class: "quiet" }, "No turn was judged."));
    let turn3d = () => {};
    if (episode.dimensions.length > 2) {
      const canvas = el("canvas", { width: 720, height: 540, tabindex: 0, role: "img", "aria-label": "The path in three dimensions; drag or use the arrow keys to turn" });
      side.append(el("div", { class: "space" }, canvas));
      const drawn = points(row, episode, page);
      turn3d = empa.space(canvas, () => ({ points: drawn, axes: [0, 1, 2], names: episode.dimensions, series: page.entrants, colours: page.themes[empa.theme()].range.category }));
    }
    empa.redrawEpisode = () => { turn3d(); empa.draw(picture, lines(episode, page)); };
    await empa.draw(picture, lines(episode, page));
    picture.addEventListener("click", (event) => {
      const turn = event.target.__data__?.datum?.turn;
      if (turn) document.getElementById(`turn-${turn}`)?.scrollIntoView({ block: "start" });
    });
  }

  // The turn that is read is marked on the way.
  let watch = null;
  function follow() {
    watch?.disconnect();
    watch = new IntersectionObserver((entries) => {
      const turn = Number(entries.find((entry) => entry.isIntersecting)?.target.dataset.turn);
      if (!turn) return;
      for (const mark of document.querySelectorAll("#episode-aside .mark-symbol path")) {
        mark.classList.toggle("here", mark.__data__?.datum?.turn === turn);
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    for (const one of document.querySelectorAll("#episode-talk section")) watch.observe(one);
  }

  empa.showEpisode = async (id, turn, page) => {
    const row = page.rows[id];
    const episode = await empa.source.episode(id);
    document.getElementById("episode-title").replaceChildren(bdi(row.name));
    document.getElementById("episode-verdict").textContent = verdict(row, episode);
    document.getElementById("episode-facts").replaceChildren(...facts(row, episode, page));
    const failure = episode.failure ? [fault(episode.failure)] : [];
    document.getElementById("episode-talk").replaceChildren(...episode.turns.map((one) => section(one, episode, id)), ...failure,
      ...episode.left.map((note) => extra(`${note.author} notes`, note.content)));
    await aside(row, episode, page);
    const at = turn && document.getElementById(`turn-${turn}`);
    if (at) { at.classList.add("current"); at.scrollIntoView({ block: "start" }); }
    follow();
    return row;
  };
})();
