// One variable on the page: its value, the words it stands on and its reason, and how they are shown.
"use strict";
(() => {
  const { el, bdi, words } = empa;
  const field = empa.field = (node) => {
    const kind = node.dataset.kind, name = node.dataset.variable, title = node.dataset.title;
    const inputs = [...node.querySelectorAll("[data-value]")], none = node.querySelector("[data-none]");
    return { node, kind, name, title, inputs, none, quotes: [], saved: node.querySelector("[data-saved]"), reason: node.querySelector("[data-reason]") };
  };
  // What is chosen now; undefined where nothing is, or not all of it.
  empa.chosen = ({ kind, inputs, none }) => {
    if (kind === "number") return inputs[0].value === "" ? undefined : Number(inputs[0].value);
    if (kind === "set") {
      const taken = inputs.filter((input) => input.checked).map((input) => input.value);
      return taken.length || none.checked ? taken : undefined;
    }
    if (kind === "order") return inputs.every((input) => input.value) ? inputs.map((input) => input.value) : undefined;
    const value = inputs.find((input) => input.checked)?.value;
    return value === undefined || kind !== "level" ? value : Number(value);
  };
  const pressed = ({ node, inputs }) => {
    for (const button of node.querySelectorAll("[data-take]")) button.setAttribute("aria-pressed", String(inputs[0].value !== "" && Number(button.dataset.take) === Number(inputs[0].value)));
  };
  empa.put = ({ kind, inputs, none, node }, value) => {
    if (kind === "number") { inputs[0].value = value ?? ""; pressed({ node, inputs }); }
    else if (kind === "set") {
      for (const input of inputs) input.checked = (value ?? []).includes(input.value);
      none.checked = Array.isArray(value) && value.length === 0;
    } else if (kind === "order") inputs.forEach((input, place) => { input.value = value?.[place] ?? ""; });
    else for (const input of inputs) input.checked = value !== undefined && input.value === String(value);
  };
  // Whatever is chosen, by field, anchor or "none of these", is `heard`.
  empa.hear = (one, heard) => {
    const { inputs, none, node } = one;
    for (const input of inputs) input.addEventListener("change", () => {
      if (none && input.checked) none.checked = false;
      if (one.kind === "number") pressed(one);
      heard(one);
    });
    none?.addEventListener("change", () => {
      if (none.checked) for (const input of inputs) input.checked = false;
      heard(one);
    });
    node.addEventListener("click", (event) => {
      const take = event.target.closest("button")?.dataset.take;
      if (take !== undefined) { empa.put(one, take); heard(one); }
    });
  };
  empa.fill = (one, mark) => {
    empa.put(one, mark?.value);
    one.quotes = mark?.quotes ?? [];
    one.reason.value = mark?.reason ?? "";
    empa.shownField(one, Boolean(mark));
  };
  empa.shownField = (one, marked) => {
    if (one.kind === "number") pressed(one);
    one.node.querySelector("[data-clear]").hidden = !marked;
    const list = one.node.querySelector("[data-quotes]");
    list.replaceChildren(...one.quotes.map((quote, place) => el("li", {}, el("span", {}, `${quote.turn}: \u201c`, bdi(quote.text), "\u201d"),
      el("button", { type: "button", "data-drop": place, "aria-label": `Remove these words from ${one.title}` }, "Remove"))));
  };
  empa.told = (value) => (Array.isArray(value) ? value.map(words).join(", ") || "none of these" : typeof value === "number" ? String(value).replace("-", "\u2212") : words(value));
  empa.others = (one, marks, own) => {
    const list = one.node.querySelector("[data-others]"), here = marks.filter((mark) => mark.variable === one.name);
    list.hidden = here.length === 0;
    list.replaceChildren(...here.map((mark) => {
      const same = !own || JSON.stringify(mark.value) === JSON.stringify(own.value);
      return el("li", {}, bdi(mark.annotator), ": ", el("span", { class: same ? "" : "differs" }, empa.told(mark.value)), same ? "" : " (otherwise than you)",
        ...mark.quotes.flatMap((quote) => [`, ${quote.turn}: \u201c`, bdi(quote.text), "\u201d"]), mark.reason ? ", since " : "", mark.reason ? bdi(mark.reason) : "");
    }));
  };
  empa.fields = () => [...document.querySelectorAll(".variable")].map(field);
})();
