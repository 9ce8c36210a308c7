// Evidence: a fact lights every place in the posting that supports it. Without it the link leads to the first one.
(() => {
  "use strict";
  const all = (selector) => document.querySelectorAll(selector);

  function light(key, first) {
    for (const lit of all(".lit")) lit.classList.remove("lit");
    for (const place of all(`mark[data-facts~="${CSS.escape(key)}"], [data-fact="${CSS.escape(key)}"]`)) place.classList.add("lit");
    const mark = first?.querySelector("mark");
    if (!mark) return;
    mark.tabIndex = -1;
    mark.focus({ preventScroll: true });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    mark.scrollIntoView({ block: "center", behavior: still ? "instant" : "smooth" });
  }

  function showEvidence(event, link) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    history.replaceState(history.state, "", link.hash);
    light(link.dataset.fact, target);
  }

  function showLinkedEvidence() {
    const link = location.hash.startsWith("#e-") && document.querySelector(`a[data-fact][href="${CSS.escape(location.hash)}"]`);
    if (link) light(link.dataset.fact, document.getElementById(location.hash.slice(1)));
  }

  document.addEventListener("click", (event) => {
    const fact = event.target.closest("a[data-fact]");
    if (fact) showEvidence(event, fact);
  });
  showLinkedEvidence();
})();
