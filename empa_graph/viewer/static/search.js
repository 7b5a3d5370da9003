// A search that goes on behind what it has looked through, until it has seen every conversation or found enough.
"use strict";
(() => {
  const { el } = empa;
  const more = document.getElementById("more"), list = document.getElementById("hits"), count = document.querySelector("[data-search]");
  const ENOUGH = 50;
  let busy = false;

  const shown = (hit) => el("li", {},
    el("a", { href: `/runs/${list.dataset.run}/episodes/${hit.number}#turn-${hit.turn}` }, empa.bdi(hit.where), `, turn ${hit.turn}`),
    ", ", el("span", { class: "quiet" }, hit.speaker === "persona" ? "person" : "agent"),
    el("p", { dir: "auto" }, hit.pieces[0], el("mark", {}, hit.pieces[1]), hit.pieces[2]));

  async function on() {
    if (busy) return;
    busy = true;
    const asked = new URLSearchParams(new URL(more.href).search);
    for (let found = 0; found < ENOUGH && count.dataset.after !== "";) {
      asked.set("after", count.dataset.after);
      const answer = await fetch(`/api/runs/${list.dataset.run}/search?${asked}`);
      if (!answer.ok) break;
      const next = await answer.json();
      list.append(...next.hits.map(shown));
      found += next.hits.length;
      count.dataset.after = next.after ?? "";
      count.dataset.searched = Number(count.dataset.searched) + next.searched;
      const all = list.children.length, searched = Number(count.dataset.searched);
      count.textContent = `${all} ${all === 1 ? "message" : "messages"} with \u201c${asked.get("text")}\u201d in ` +
        `${searched.toLocaleString("en")} ${searched === 1 ? "conversation" : "conversations"}${next.after === null ? "" : " so far"}`;
    }
    if (count.dataset.after === "") more.remove();
    busy = false;
  }

  if (!more) return;
  more.addEventListener("click", (event) => { event.preventDefault(); on(); });
  if (list.children.length < ENOUGH) on();
})();
