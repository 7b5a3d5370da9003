// Two episodes one turn after the other: by button, slider, arrow keys, or by themselves.
"use strict";
(() => {
  const controls = document.querySelector("[data-replay]");
  const slider = controls.querySelector("[data-turns]");
  const at = controls.querySelector("[data-at]");
  const play = controls.querySelector("[data-play]");
  const turns = [...document.querySelectorAll(".replay > li")];
  const SECONDS = 2.5;
  let timer = null;

  function show(turn, { follow = true } = {}) {
    const now = Math.min(Math.max(turn, 1), turns.length);
    slider.value = now;
    at.textContent = `${now} of ${turns.length}`;
    turns.forEach((item, place) => { item.hidden = place >= now; });
    if (follow) turns[now - 1]?.scrollIntoView({ block: "nearest" });
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  }

  function start() {
    if (Number(slider.value) === turns.length) show(1);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      show(Number(slider.value) + 1);
      if (Number(slider.value) === turns.length) stop();
    }, 1000 * SECONDS);
  }

  controls.hidden = turns.length < 2;
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  for (const button of controls.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => { stop(); show(Number(slider.value) + Number(button.dataset.step)); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) { stop(); show(Number(slider.value) + step); event.preventDefault(); }
  });
})();
