// Notes and ratings beside each turn: kept as soon as they are made, with who made them and when.
"use strict";
(() => {
  const { el, bdi, words } = empa;
  const NAME = "empa-annotator", PAUSE = 900;
  let place = null, state = null, boxes = [];

  const address = () => `/api/runs/${place.key}/annotations`;
  const time = (said) => new Date(said.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  const annotator = () => document.getElementById("annotator").value.trim();
  const mine = (turn, name) => state.standing.find((one) => one.turn === turn && one.name === name && one.annotator === annotator());
  const told = (one) => one.name === "note" ? one.text || "note taken back" : `${words(one.name)} ${one.rating ?? "taken back"}`;

  async function keep(box, said) {
    if (!annotator()) {
      box.saved.textContent = "Say who you are first.";
      document.getElementById("annotator").focus();
      return false;
    }
    box.saved.textContent = "saving\u2026";
    const body = { episode: place.number, turn: box.turn, annotator: annotator(), rating: null, text: "", ...said };
    try {
      const answer = await fetch(address(), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      const kept = await answer.json();
      if (!answer.ok) throw new Error(kept.error);
      state.history.push(kept);
      const same = (one) => ["turn", "annotator", "name"].every((field) => one[field] === kept[field]);
      state.standing = state.standing.filter((one) => !same(one));
      if (kept.rating !== null || kept.text.trim()) state.standing.push(kept);
      box.saved.textContent = `saved, ${time(kept)}`;
      beside(box);
      return true;
    } catch (error) {
      box.saved.textContent = `not saved: ${error.message}`;
      return false;
    }
  }

  function scaleOf(box, scale) {
    const name = `${scale.name}-${box.turn ?? "whole"}`;
    const field = el("fieldset", {}, el("legend", {}, scale.label));
    const buttons = [];
    for (let level = scale.low; level <= scale.high; level += 1) {
      const button = el("input", { type: "radio", name, value: level, on: { change: async () => {
        if (!await keep(box, { name: scale.name, rating: level })) fill(box);
      } } });
      buttons.push(button);
      field.append(el("label", {}, button, String(level)));
    }
    field.append(el("button", { type: "button", "aria-label": `take the rating of ${scale.label} back`, on: { click: async () => {
      if (mine(box.turn, scale.name)) await keep(box, { name: scale.name, rating: null });
      fill(box);
    } } }, "clear"));
    box.fills.push(() => {
      const rating = mine(box.turn, scale.name)?.rating;
      for (const button of buttons) button.checked = Number(button.value) === rating;
    });
    return field;
  }

  function noteOf(box) {
    let kept = "", timer = 0;
    const area = el("textarea", { maxlength: 4000, rows: 2 });
    const save = async () => {
      clearTimeout(timer);
      const text = area.value;
      if (text !== kept && await keep(box, { name: "note", text })) kept = text;
    };
    area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); });
    area.addEventListener("blur", save);
    box.fills.push(() => { if (document.activeElement !== area) area.value = kept = mine(box.turn, "note")?.text ?? ""; });
    return el("label", {}, "Note ", area);
  }

  function beside(box) {
    const here = state.standing.filter((one) => one.turn === box.turn);
    const others = here.filter((one) => one.annotator !== annotator());
    const earlier = state.history.filter((one) => one.turn === box.turn);
    box.node.classList.toggle("made", here.length > 0);
    const kinds = here.map((one) => (one.name === "note" ? "note" : `${words(one.name)} ${one.rating}`));
    box.summary.textContent = here.length ? `Rated and noted: ${kinds.join(", ")}` : "Rate or note";
    box.others.replaceChildren(...others.map((one) => el("li", {}, bdi(one.annotator), `, ${time(one)}: `, bdi(told(one)))));
    box.history.hidden = earlier.length === 0;
    box.history.firstChild.textContent = `History (${earlier.length})`;
    box.history.lastChild.replaceChildren(...earlier.map((one) => el("li", {}, time(one), ", ", bdi(one.annotator), ": ", bdi(told(one)))));
  }
  const fill = (box) => { for (const one of box.fills) one(); beside(box); };

  function boxOf(turn) {
    const box = { turn, fills: [], saved: el("p", { class: "saved", role: "status" }), others: el("ul", { class: "others" }), summary: el("summary"),
      history: el("details", {}, el("summary"), el("ul")) };
    const inside = el("div", { class: "inside" }, ...state.scales.map((scale) => scaleOf(box, scale)), noteOf(box), box.saved, box.others, box.history);
    box.node = el("div", { class: "opinion", role: "group", "aria-label": turn === null ? "What people say of the conversation" : `What people say of turn ${turn}` },
      el("details", {}, box.summary, inside));
    return box;
  }

  function whoOf() {
    const field = el("input", { id: "annotator", maxlength: 80, autocomplete: "name", value: localStorage.getItem(NAME) ?? "" });
    field.addEventListener("change", () => { localStorage.setItem(NAME, annotator()); boxes.forEach(fill); });
    return el("div", { class: "controls", id: "annotating" }, el("label", {}, "Notes and ratings by ", field));
  }

  empa.opinions = async (key, number) => {
    place = { key, number };
    const answer = await fetch(`${address()}?episode=${number}`);
    if (!answer.ok) return;
    const found = await answer.json();
    if (place.key !== key || place.number !== number) return; // another conversation was opened meanwhile
    state = found;
    const talk = document.getElementById("episode-talk");
    document.getElementById("annotating")?.remove();
    document.querySelector(".episode-head").append(whoOf());
    boxes = [...talk.querySelectorAll("section.turn")].map((section) => {
      const box = boxOf(Number(section.dataset.turn));
      section.append(box.node);
      return box;
    });
    const whole = boxOf(null);
    talk.append(el("section", { class: "turn", "aria-label": "The whole conversation" }, el("h3", {}, "The whole conversation"), whole.node));
    boxes.push(whole);
    boxes.forEach(fill);
  };
})();
