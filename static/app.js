// Progressive enhancement only: every page works without this file.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- Theme: as the system, light, dark --------------------------------------------------------------------------
  const THEMES = { auto: "as the system", light: "light", dark: "dark" };

  function showTheme(button) {
    const theme = document.documentElement.dataset.theme ?? "auto";
    button.setAttribute("aria-label", `Theme: ${THEMES[theme]}`);
    button.title = `Theme: ${THEMES[theme]}`;
    const use = $("use", button);
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#theme-${theme}`));
  }

  function nextTheme(button) {
    const names = Object.keys(THEMES);
    const root = document.documentElement;
    const theme = names[(names.indexOf(root.dataset.theme ?? "auto") + 1) % names.length];
    if (theme === "auto") {
      delete root.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      root.dataset.theme = theme;
      localStorage.setItem("theme", theme);
    }
    showTheme(button);
  }

  // --- Search: every change of a filter is a new search; typing searches after a pause ------------------------------
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

  function dropEmpty(event) {
    if (event.detail.elt !== form) return;
    const parameters = event.detail.parameters;
    if (String(parameters.state) === "open") delete parameters.state; // what is searched anyway
    for (const name of Object.keys(parameters)) {
      const filled = [parameters[name]].flat().filter((value) => value !== "");
      if (filled.length) parameters[name] = filled;
      else delete parameters[name];
    }
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

  // --- Typeahead: the ARIA combobox pattern with a list box ----------------------------------------------------------
  const combo = { timer: 0, request: null };
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const optionsOf = (input) => $$("[role=option]", listOf(input));

  function closeList(input) {
    clearTimeout(combo.timer);
    combo.request?.abort();
    listOf(input).hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(input, option) {
    for (const other of optionsOf(input)) other.setAttribute("aria-selected", String(other === option));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  async function suggest(input) {
    clearTimeout(combo.timer);
    combo.request?.abort();
    combo.request = new AbortController();
    const url = `${input.dataset.suggest}?q=${encodeURIComponent(input.value)}`;
    try {
      const answer = await fetch(url, { signal: combo.request.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) return closeList(input);
      const list = listOf(input);
      list.innerHTML = await answer.text();
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      activate(input, null);
      const count = optionsOf(input).length;
      $("[data-combo-status]", input.parentElement).textContent = count ? `${count} suggestion${count === 1 ? "" : "s"}` : "No such skill";
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  function choose(input, option) {
    input.value = option.dataset.value;
    input.name = input.dataset.name;
    closeList(input);
    search({ replace: false });
  }

  function comboTyped(input) {
    clearTimeout(combo.timer);
    if (input.value.trim()) combo.timer = setTimeout(() => suggest(input), 120);
    else closeList(input);
  }

  function comboKey(event) {
    const input = event.target;
    const options = optionsOf(input);
    const open = !listOf(input).hidden;
    const at = options.findIndex((option) => option.id === input.getAttribute("aria-activedescendant"));
    const go = (index) => activate(input, options[(index + options.length) % options.length]);
    const steps = { ArrowDown: () => go(at + 1), ArrowUp: () => go(at < 0 ? -1 : at - 1), Home: () => go(0), End: () => go(-1) };
    if (event.key === "ArrowDown" && !open && input.value.trim()) {
      event.preventDefault();
      suggest(input);
    } else if (open && options.length && steps[event.key]) {
      event.preventDefault();
      steps[event.key]();
    } else if (event.key === "Enter" && input.value.trim()) {
      event.preventDefault(); // half a name is not a filter: the marked or the first suggestion is
      if (open && options.length) choose(input, options[Math.max(at, 0)]);
      else suggest(input).then(() => optionsOf(input).length && choose(input, optionsOf(input)[0]));
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (open) closeList(input);
      else input.value = "";
    }
  }

  // --- Evidence: a fact lights every place in the posting that supports it ---------------------------------------------
  function light(key, first) {
    for (const lit of $$(".lit")) lit.classList.remove("lit");
    for (const place of $$(`mark[data-facts~="${CSS.escape(key)}"], [data-fact="${CSS.escape(key)}"]`)) place.classList.add("lit");
    const mark = first && $("mark", first);
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
    const link = location.hash.startsWith("#e-") && $(`a[data-fact][href="${CSS.escape(location.hash)}"]`);
    if (link) light(link.dataset.fact, document.getElementById(location.hash.slice(1)));
  }

  // --- Wiring: delegated, so that swapped content needs no set-up -------------------------------------------------------
  const isCombo = (element) => element.matches?.("[role=combobox]");

  document.addEventListener("click", (event) => {
    const themeButton = event.target.closest("[data-theme-toggle]");
    const fact = event.target.closest("a[data-fact]");
    const option = event.target.closest("[role=option]");
    if (themeButton) nextTheme(themeButton);
    else if (fact) showEvidence(event, fact);
    else if (option) choose($(`[aria-controls="${option.parentElement.id}"]`), option);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (!isCombo(target) || !target.name) return;
    target.dataset.name = target.name; // what is typed here filters only once it is chosen
    target.removeAttribute("name");
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target.id === "q") typedEntry = false;
    if (isCombo(target)) setTimeout(() => document.contains(target) && document.activeElement !== target && closeList(target), 150);
  });
  document.addEventListener("keydown", (event) => {
    if (isCombo(event.target)) comboKey(event);
    else if (event.key === "/" && form && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      $("#q").focus();
    }
  });
  document.addEventListener("input", ({ target }) => {
    if (target.id === "q") typed();
    else if (isCombo(target)) comboTyped(target);
  });
  document.addEventListener("change", ({ target }) => {
    if (form && target.form === form && target.name && target.id !== "q") search({ replace: false });
  });
  document.addEventListener("toggle", rememberOpen, true);
  document.addEventListener("htmx:configRequest", dropEmpty);
  document.addEventListener("htmx:afterSwap", () => {
    arrangeFilters();
    restoreOpen();
    const count = document.getElementById("results-count");
    if (count) $("#announcement").textContent = count.textContent;
  });
  wide.addEventListener("change", arrangeFilters);
  $$("[data-theme-toggle]").forEach(showTheme);
  arrangeFilters();
  showLinkedEvidence();
})();
