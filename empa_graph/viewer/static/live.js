// The progress of a run that another process plays, as server-sent events tell it.
"use strict";
(() => {
  const place = document.querySelector("[data-live]");
  const newer = place.querySelector("[data-newer]");
  const reported = place.dataset.reported === "yes", begun = Number(place.dataset.ended);
  if (place.dataset.status === "complete") return;

  const say = (name, value) => { place.querySelector(`[data-${name}]`).textContent = value.toLocaleString("en"); };

  function latest(found) {
    const items = found.latest.map((episode) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = `/runs/${place.dataset.live}/episodes/${episode.number}`;
      link.textContent = episode.scenario;
      item.append(link, ` ${episode.variant}: ${episode.ending.replaceAll("_", " ")}`);
      return item;
    });
    place.querySelector("[data-latest]").replaceChildren(...items);
  }

  function show(found) {
    for (const name of ["episodes", "scored", "turns", "calls"]) say(name, found[name]);
    place.querySelector("progress").value = found.episodes;
    const mark = document.createElement("span");
    mark.className = `status ${found.status}`;
    mark.textContent = found.status;
    place.querySelector("[data-status-shown]").replaceChildren(mark);
    place.dataset.status = found.status;
    const left = place.querySelector("[data-suspended]");
    left.textContent = found.suspended;
    left.hidden = !found.suspended;
    latest(found);
    const more = found.episodes - begun;
    newer.hidden = !reported || more <= 0;
    newer.querySelector("[data-count]").textContent = `${more} ${more === 1 ? "conversation has" : "conversations have"} ended`;
    if (!reported && begun === 0 && more > 0) location.reload(); // the figures come with the first
  }

  newer.querySelector("button").addEventListener("click", () => location.reload());
  const source = new EventSource(`/api/runs/${place.dataset.live}/events`);
  source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", () => source.close());
  source.addEventListener("fault", (event) => {
    source.close();
    place.querySelector("[data-latest]").textContent = JSON.parse(event.data);
  });
  addEventListener("pagehide", () => source.close());
})();
