// Settling one conversation: every mark with what it stands on, the value that is to stand, and those before it.
"use strict";
(async () => {
  const { el, bdi } = empa;
  const at = (id) => document.getElementById(id);
  const id = at("desk").dataset.id, address = `/api/conversations/${encodeURIComponent(id)}`;
  const fields = empa.fields();
  let known = {};

  const minus = (text) => text.replace(/(^|\s)-(?=\d)/g, "$1\u2212");
  const when = (moment) => el("time", { datetime: moment }, new Date(moment).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }));
  const quoted = ({ turn, text }) => el("li", {}, el("a", { href: `#m-${turn}` }, `message ${turn}`), ": \u201c", bdi(text), "\u201d");

  function mark(one, found, place) {
    return el("li", {}, el("p", { class: "by" }, el("span", {}, bdi(found.annotator), found.machine ? " (machine)" : "", ": ", el("b", {}, minus(found.told))),
      el("button", { type: "button", "data-as": place, "aria-label": `Take the value of ${found.annotator} for ${one.title}` }, "Take this value")),
      found.reason ? el("p", { class: "why" }, bdi(found.reason)) : "",
      found.quotes.length ? el("ul", { class: "words" }, ...found.quotes.map(quoted)) : "");
  }
  function past(found, place, all) {
    const of = found.before.flatMap((one, number) => [number ? "; " : "", bdi(one.annotator), `: ${minus(one.told)}`]);
    return el("li", {}, el("b", {}, minus(found.told)), ", ", bdi(found.by), ", ", when(found.at), place === all.length - 1 ? " (stands)" : "",
      found.reason ? el("p", { class: "why" }, bdi(found.reason)) : "",
      of.length ? el("p", { class: "quiet" }, "of ", ...of) : "");
  }
  function show(one) {
    const { marks, settled } = known[one.name] ?? { marks: [], settled: [] }, last = settled.at(-1);
    one.node.querySelector("[data-marks]").replaceChildren(...marks.map((found, place) => mark(one, found, place)));
    one.node.querySelector("[data-history]").hidden = settled.length === 0;
    one.node.querySelector("[data-past]").replaceChildren(...settled.map(past).reverse());
    one.node.classList.toggle("done", Boolean(last));
    one.node.querySelector("[data-stands]").replaceChildren(...(last ? ["Settled: ", el("b", {}, minus(last.told))] : ["Open: nothing stands."]));
  }
  function say(one, text, bad = false) {
    one.saved.textContent = text;
    one.saved.classList.toggle("bad", bad);
    for (const input of one.inputs) if (bad && one.kind === "number") input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  }
  function take_over(found) {
    known = found.variables;
    at("left").textContent = `${found.left.toLocaleString("en-GB")} left to settle`;
    for (const link of document.querySelectorAll("[data-next]")) {
      link.hidden = !found.next;
      if (found.next) link.href = `/conversations/${encodeURIComponent(found.next)}`;
    }
    fields.forEach(show);
  }
  async function answered(answer) {
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    return found;
  }

  async function settle(one) {
    if (one.kind === "number" && one.inputs[0].validity.badInput) return say(one, "Not settled: this is no number.", true);
    const value = empa.chosen(one);
    if (value === undefined) return say(one, one.kind === "order" ? "Choose all of them first." : "Choose a value first.", true);
    const button = one.node.querySelector("[type=submit]");
    const body = { variable: one.name, value, reason: one.reason.value, after: known[one.name]?.settled.length ?? 0 };
    button.setAttribute("aria-disabled", "true");
    say(one, "Saving\u2026");
    try {
      take_over(await answered(await fetch(`${address}/settled`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })));
      empa.put(one, undefined);
      one.reason.value = "";
      say(one, "Settled");
    } catch (error) {
      // What others did is shown before the refusal is said, so that it can be read at once.
      try { take_over(await answered(await fetch(address))); } catch { /* what was shown stays */ }
      say(one, `Not settled: ${error.message}`, true);
    } finally { button.removeAttribute("aria-disabled"); }
  }
  function listen(one) {
    empa.hear(one, () => say(one, ""));
    one.node.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!one.node.querySelector("[aria-disabled]")) settle(one);
    });
    one.node.addEventListener("click", (event) => {
      const place = event.target.closest("button")?.dataset.as;
      if (place === undefined) return;
      empa.put(one, known[one.name].marks[Number(place)].value);
      say(one, "Chosen; settle keeps it.");
    });
  }

  fields.forEach(listen);
  try { take_over(await answered(await fetch(address))); } catch (error) { at("told").textContent = error.message; at("told").classList.add("bad"); return; }
  document.documentElement.dataset.state = "ready";
})();
