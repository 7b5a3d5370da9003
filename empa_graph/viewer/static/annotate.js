// Marking one conversation: each field is kept as it is made, words are selected where they stand.
"use strict";
(async () => {
  const { el } = empa, PAUSE = 900;
  const at = (id) => document.getElementById(id);
  const id = at("desk").dataset.id, address = `/api/conversations/${encodeURIComponent(id)}`;
  const fields = empa.fields(), byName = new Map(fields.map((one) => [one.name, one]));
  let state = null, picked = null;

  async function post(path, body) {
    const answer = await fetch(`${address}${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    return found;
  }
  const time = (when) => new Date(when).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  function say(one, text, bad = false) {
    one.saved.textContent = text;
    one.saved.classList.toggle("bad", bad);
    for (const input of one.inputs) if (bad && one.kind === "number") input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  }

  // One after the other: what is sent later is the later mark.
  let line = Promise.resolve();
  const keep = (one) => (line = line.then(() => kept(one)));
  async function kept(one) {
    if (one.kind === "number" && one.inputs[0].validity.badInput) return say(one, "Not kept: this is no number.", true);
    const value = empa.chosen(one);
    if (value === undefined) {
      if (one.kind === "order" && one.inputs.some((input) => input.value)) return say(one, "Choose all of them, and it is kept.");
      if (one.quotes.length || one.reason.value) return say(one, "Give a value, and these are kept with it.");
      return clear(one);
    }
    say(one, "Saving\u2026");
    try {
      const mark = await post("/marks", { variable: one.name, value, quotes: one.quotes, reason: one.reason.value });
      state.own[one.name] = mark;
      one.quotes = mark.quotes;
      empa.shownField(one, true);
      say(one, `Kept, ${time(mark.at)}`);
      afterwards();
    } catch (error) {
      say(one, `Not kept: ${error.message}`, true);
      one.quotes = state.own[one.name]?.quotes ?? [];
      empa.shownField(one, one.name in state.own);
    }
  }
  async function clear(one) {
    if (!(one.name in state.own)) return say(one, "");
    try {
      await post("/marks", { variable: one.name, value: null });
      delete state.own[one.name];
      empa.fill(one, undefined);
      say(one, "Taken back");
      afterwards();
    } catch (error) { say(one, `Not taken back: ${error.message}`, true); }
  }
  function afterwards() {
    if (!at("left").hidden) ask(left());
    for (const one of fields) empa.others(one, state.others, state.own[one.name]);
  }

  function listen(one) {
    one.node.addEventListener("focusin", () => current(one));
    one.node.addEventListener("pointerdown", () => current(one));
    empa.hear(one, keep);
    let timer = 0;
    const reason = () => { clearTimeout(timer); if (one.reason.value !== (state.own[one.name]?.reason ?? "")) keep(one); };
    one.reason.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(reason, PAUSE); });
    one.reason.addEventListener("blur", reason);
    one.node.querySelector("[data-clear]").addEventListener("click", () => { one.inputs[0].focus(); line = line.then(() => clear(one)); });
    const turn = one.node.querySelector("[data-turn]"), typed = one.node.querySelector("[data-words]");
    const add = () => {
      if (turn.value === "" || !typed.value.trim()) return say(one, "Give the number of a message and words of it.", true);
      take(one, { turn: Number(turn.value), text: typed.value.trim() });
      typed.value = "";
    };
    one.node.querySelector("[data-add]").addEventListener("click", add);
    typed.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
    one.node.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.drop !== undefined) {
        one.quotes = one.quotes.filter((_, place) => place !== Number(button.dataset.drop));
        empa.shownField(one, one.name in state.own);
        one.inputs[0].focus();
        keep(one);
      }
    });
  }
  function current(one) {
    for (const other of fields) other.node.classList.toggle("current", other === one);
    at("target").value = one.name;
  }
  function take(one, quote) {
    one.quotes = [...one.quotes, quote];
    empa.shownField(one, one.name in state.own);
    keep(one);
  }

  document.addEventListener("selectionchange", () => {
    const chosen = getSelection();
    if (at("quoting").contains(document.activeElement) && chosen.isCollapsed) return;
    const ends = [chosen.anchorNode, chosen.focusNode].map((node) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(".said"));
    const text = chosen.toString().trim();
    picked = text && ends[0] && ends[0] === ends[1] ? { turn: Number(ends[0].dataset.turn), text } : null;
    at("quoting").hidden = picked === null;
    if (picked) at("picked").textContent = `\u201c${picked.text}\u201d`;
  });
  at("quoting").addEventListener("pointerdown", (event) => { if (event.target.closest("button")) event.preventDefault(); }); // the selection stays
  at("quote").addEventListener("click", () => {
    if (!picked) return;
    const one = byName.get(at("target").value);
    take(one, picked);
    current(one);
    getSelection().removeAllRanges();
    at("quoting").hidden = true;
  });

  const left = () => fields.filter((one) => !(one.name in state.own));
  function ask(open) {
    at("left").hidden = open.length === 0;
    at("left-told").textContent = open.length === 1 ? "One is not marked:" : `${open.length} are not marked:`;
    at("left-list").replaceChildren(...open.map((one) => el("li", {}, el("a", { href: `#v-${one.name}` }, one.title))));
  }
  async function given(aside) {
    await line;
    try {
      take_over(await post("/state", { state: "given", left: aside }));
      at("left").hidden = true;
      at("standing").focus();
    } catch (error) { at("given").textContent = `Not given: ${error.message}`; at("given").classList.add("bad"); }
  }
  at("give").addEventListener("click", async () => {
    await line;
    const open = left();
    if (open.length === fields.length) { at("given").textContent = "Nothing is marked yet; a conversation can be skipped."; return; }
    if (!open.length) return given([]);
    ask(open);
    at("give-all").focus();
  });
  at("give-all").addEventListener("click", () => given(left().map((one) => one.name)));
  at("skip").addEventListener("click", async () => {
    await line;
    try {
      const found = await post("/state", { state: state.state === "skipped" ? "open" : "skipped" });
      if (found.state === "skipped") location.href = found.next ? `/conversations/${encodeURIComponent(found.next)}` : "/";
      else take_over(found);
    } catch (error) { at("given").textContent = error.message; }
  });

  function take_over(found) {
    state = found;
    at("progress").textContent = `${found.done} of ${found.total} done`;
    at("skip").hidden = found.state === "given";
    at("skip").textContent = found.state === "skipped" ? "Take it up again" : "Skip this conversation";
    at("give").hidden = found.state === "given";
    at("may-skip").hidden = found.state === "given";
    for (const link of document.querySelectorAll("[data-next]")) {
      link.hidden = found.state === "open";
      link.href = found.next ? `/conversations/${encodeURIComponent(found.next)}` : "/";
      link.textContent = found.next ? "Next conversation" : "All are done";
    }
    const lines = { open: [], skipped: ["You skipped this conversation."], given: ["Your marks are given. What others marked stands under each variable.",
      "A mark that you change from here on is kept, and does not count for agreement."] }[found.state];
    at("standing").hidden = lines.length === 0;
    at("standing").tabIndex = -1;
    at("standing").replaceChildren(...lines.map((text) => el("p", {}, text)),
      ...(found.state === "given" && !found.others.length ? [el("p", {}, "Nobody else has marked this one yet.")] : []));
    for (const one of fields) empa.others(one, found.others, found.own[one.name]);
  }

  fields.forEach(listen);
  const answer = await fetch(address);
  const found = await answer.json();
  if (!answer.ok) { at("given").textContent = found.error; return; }
  take_over(found);
  for (const one of fields) empa.fill(one, found.own[one.name]);
  current(fields[0]);
  document.documentElement.dataset.state = "ready";
})();
