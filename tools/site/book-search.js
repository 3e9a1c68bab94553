// A public name that is looked up by its whole name comes first. The numbers are Sphinx's own.
var Scorer = {
  score: ([, title, , , score]) => {
    const asked = new URLSearchParams(location.search).get("q") ?? "";
    return title.toLowerCase() === `layerlab.${asked.trim().toLowerCase()}` ? score + 100 : score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
