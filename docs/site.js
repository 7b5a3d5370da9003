// What the theme leaves out: a name for the search, and keys for tables that scroll.
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
window.addEventListener("load", () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) table.tabIndex = 0;
});
