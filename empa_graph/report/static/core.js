// What all parts share: one namespace, elements from plain text, and where the data come from.
"use strict";
window.empa = {};
(() => {
  // Text only ever becomes a text node; `attributes` are set as attributes, `on` as listeners.
  empa.el = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "on") for (const [event, heard] of Object.entries(value)) node.addEventListener(event, heard);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== "" && child !== 0 && child !== false));
    return node;
  };
  empa.bdi = (text) => empa.el("bdi", {}, String(text));
  empa.number = (value, digits = 2) => (value === null || value === undefined ? "-" : value.toFixed(digits));
  empa.words = (name) => String(name).replaceAll("_", " ");

  async function unpacked(id) {
    const block = document.getElementById(id);
    const bytes = Uint8Array.from(atob(block.textContent.trim()), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    block.remove();
    return JSON.parse(await new Response(stream).text());
  }
  let episodes = null;
  // A page that is served puts its own functions in the place of these two.
  empa.source = {
    page: () => unpacked("data-page"),
    episode: async (id) => {
      episodes ??= unpacked("data-episodes");
      return (await episodes)[id];
    },
  };
})();
