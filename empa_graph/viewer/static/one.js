// One conversation by itself, whatever the size of its run.
"use strict";
(async () => {
  const article = document.getElementById("episode");
  const answer = await fetch(`/api/runs/${article.dataset.run}/episodes/${article.dataset.number}`);
  const found = await answer.json();
  if (!answer.ok) {
    document.getElementById("episode-verdict").textContent = found.error;
    return;
  }
  empa.source = { page: async () => found.page, episode: async () => found.episode };
  empa.pictures(found.page);
  const turn = () => /^#(?:episode-\d+-|turn-)(\d+)$/.exec(location.hash)?.[1];
  await empa.showEpisode(0, turn(), found.page);
  for (const link of document.querySelectorAll("#episode-talk section.turn h3 a")) {
    link.href = `#${link.closest("section").id}`;
  }
  await empa.opinions(article.dataset.run, Number(article.dataset.number));
  document.documentElement.dataset.state = "ready";
})();
