// A report that is served: its figures come with the page, each conversation when it is opened, and turns can be rated.
"use strict";
(() => {
  const given = empa.source.page;
  let places = [];
  empa.source = {
    page: async () => {
      const page = await given();
      places = page.places;
      return page;
    },
    episode: async (row) => {
      const [run, number] = places[row];
      const answer = await fetch(`/api/runs/${run}/conversations/${number}`);
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.error);
      return found;
    },
  };
  const show = empa.showEpisode;
  empa.showEpisode = async (row, turn, page) => {
    const shown = await show(row, turn, page);
    await empa.opinions(...places[row]);
    return shown;
  };
  empa.start();
})();
