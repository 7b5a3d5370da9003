// The theme that was chosen on any page of the viewer holds on all.
"use strict";
(() => {
  const root = document.documentElement, kept = localStorage.getItem("empa-theme");
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  new MutationObserver(() => localStorage.setItem("empa-theme", root.dataset.theme)).observe(root, { attributeFilter: ["data-theme"] });
})();
