// Typeahead: the ARIA combobox pattern with a list box. Without it the box takes a whole name.
(() => {
  "use strict";
  const combo = { timer: 0, request: null };
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const optionsOf = (input) => [...listOf(input).querySelectorAll("[role=option]")];

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
      input.parentElement.querySelector("[data-combo-status]").textContent = count ? `${count} suggestion${count === 1 ? "" : "s"}` : "No such skill";
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  function choose(input, option) {
    input.value = option.dataset.value;
    input.name = input.dataset.name;
    closeList(input);
    input.dispatchEvent(new Event("change", { bubbles: true }));
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

  // Delegated, so that swapped content needs no set-up.
  const isCombo = (element) => element.matches?.("[role=combobox]");
  document.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option) choose(document.querySelector(`[aria-controls="${option.parentElement.id}"]`), option);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (!isCombo(target) || !target.name) return;
    target.dataset.name = target.name; // what is typed here filters only once it is chosen
    target.removeAttribute("name");
  });
  document.addEventListener("focusout", ({ target }) => {
    if (isCombo(target)) setTimeout(() => document.contains(target) && document.activeElement !== target && closeList(target), 150);
  });
  document.addEventListener("keydown", (event) => isCombo(event.target) && comboKey(event));
  document.addEventListener("input", ({ target }) => isCombo(target) && comboTyped(target));
})();
