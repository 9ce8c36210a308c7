// The search page: every change of a filter is a new search, typing searches after a pause. The page works without it.
(() => {
  "use strict";
  const form = document.getElementById("search");
  const TYPING_PAUSE_MS = 250;
  let typing = 0;
  let typedEntry = false; // one history entry for a spell of typing, not one a letter

  function search({ replace }) {
    clearTimeout(typing);
    form.setAttribute(replace ? "hx-replace-url" : "hx-push-url", "true");
    form.removeAttribute(replace ? "hx-push-url" : "hx-replace-url");
    form.requestSubmit();
  }

  function typed() {
    clearTimeout(typing);
    typing = setTimeout(() => {
      search({ replace: typedEntry });
      typedEntry = true;
    }, TYPING_PAUSE_MS);
  }

  function askWhatIsFilled(event) {
    if (event.detail.elt !== form) return;
    // Read from the form itself: htmx would add any button that happens to have the focus, say "leave out" on the way of the Tab key.
    event.detail.parameters = filled(new FormData(form, event.detail.triggeringEvent?.submitter));
  }

  function filled(asked) {
    const named = [...new Set(asked.keys())].map((name) => [name, asked.getAll(name).filter((value) => value !== "")]);
    const parameters = Object.fromEntries(named.filter(([, values]) => values.length));
    if (String(parameters.state) === "open") delete parameters.state; // what is searched anyway
    return parameters;
  }

  // Filters stand open beside the results, and behind a button on a phone.
  const wide = matchMedia("(min-width: 48.01rem)");
  function arrangeFilters() {
    const filters = document.getElementById("filters");
    if (filters && wide.matches) filters.open = true;
  }

  const opened = new Set(); // <details> that the reader opened survive a swap
  function rememberOpen(event) {
    if (event.target.id) opened[event.target.open ? "add" : "delete"](event.target.id);
  }
  function restoreOpen() {
    for (const id of opened) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
  }

  let scrolled = 0; // what is folded while it is swapped in must not move the page under the reader
  function rememberScroll() {
    scrolled = window.scrollY;
  }
  function restoreScroll() {
    window.scrollTo({ top: scrolled, behavior: "instant" });
  }

  function announce() {
    const count = document.getElementById("results-count");
    if (count) document.getElementById("announcement").textContent = count.textContent;
  }

  // Delegated, so that swapped content needs no set-up.
  document.addEventListener("input", ({ target }) => target.id === "q" && typed());
  document.addEventListener("change", ({ target }) => {
    if (target.form === form && target.name && target.id !== "q") search({ replace: false });
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target.id === "q") typedEntry = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    document.getElementById("q").focus();
  });
  // A sentence leads to another address, within the filters that are set: no request for a part of this page.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sentence]");
    if (!button) return;
    event.preventDefault();
    clearTimeout(typing);
    const asked = Object.entries(filled(new FormData(form))).flatMap(([name, values]) => values.map((value) => [name, value]));
    if (document.getElementById("q").value.trim()) location.assign(`${button.formAction}?${new URLSearchParams(asked)}`);
    else document.getElementById("q").focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-close-filters]")) return;
    document.getElementById("filters").open = false;
    document.querySelector(".results__head").scrollIntoView({ block: "nearest", behavior: "instant" });
  });
  document.addEventListener("toggle", rememberOpen, true);
  document.addEventListener("htmx:configRequest", askWhatIsFilled);
  document.addEventListener("htmx:beforeSwap", rememberScroll);
  document.addEventListener("htmx:afterSwap", () => {
    arrangeFilters();
    restoreOpen();
    restoreScroll();
    announce();
  });
  wide.addEventListener("change", arrangeFilters);
  arrangeFilters();
})();
