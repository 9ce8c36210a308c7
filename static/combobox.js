// Typeahead: the ARIA combobox pattern with a list box. Without it the box takes a whole name. With `data-free` a box also
// takes what no option says: part of a name, a place that no job is in.
(() => {
  "use strict";
  const combo = { timer: 0, request: null, box: null }; // of the box that is typed into
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const statusOf = (input) => input.parentElement.querySelector("[data-combo-status]");
  const isFree = (input) => "free" in input.dataset;
  const isCombo = (element) => element.matches?.("[role=combobox]");
  const optionsOf = (input) => [...listOf(input).querySelectorAll("[role=option]")];
  const activeOf = (input) => optionsOf(input).find((option) => option.id === input.getAttribute("aria-activedescendant"));

  function closeList(input) {
    if (combo.box === input) { // one that was left a moment ago must not take back what the next one asks
      clearTimeout(combo.timer);
      combo.request?.abort();
    }
    listOf(input).hidden = true;
    listOf(input).replaceChildren(); // another box may offer the same options, whose ids are theirs
    statusOf(input).className = "visually-hidden";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function tell(input, count) {
    const status = statusOf(input);
    status.className = count ? "visually-hidden" : "facet__hint";
    const none = isFree(input) ? "No suggestions; Enter takes what is typed" : "No suggestions";
    status.textContent = count ? `${count} suggestion${count === 1 ? "" : "s"}` : none;
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
    combo.box = input;
    clearTimeout(combo.timer);
    combo.request?.abort();
    combo.request = new AbortController();
    const url = `${input.dataset.suggest}?q=${encodeURIComponent(input.value)}`;
    try {
      const answer = await fetch(url, { signal: combo.request.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) return closeList(input);
      const list = listOf(input);
      const text = await answer.text();
      const chosen = activeOf(input)?.dataset.value; // arrows that went before the answer to the last letter
      list.innerHTML = text;
      const count = optionsOf(input).length;
      list.hidden = !count;
      input.setAttribute("aria-expanded", String(count > 0));
      activate(input, optionsOf(input).find((option) => option.dataset.value === chosen) ?? null);
      tell(input, count);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  // A filter stands beside the box, where the next results replace it by their own, and the box is free for the next one.
  function take(input, name, value) {
    const taken = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    taken.setAttribute("form", input.getAttribute("form"));
    closeList(input);
    input.value = "";
    input.closest(".combo").after(taken);
    taken.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function choose(input, option) {
    take(input, option.dataset.name + ("excludes" in input.dataset ? "_not" : ""), option.dataset.value);
  }

  // What is typed filters only once it is chosen, or taken as it is.
  function holdBack(input) {
    if (!input.name) return;
    input.dataset.field = input.name;
    input.removeAttribute("name");
  }

  function takeTyped(input) {
    holdBack(input);
    take(input, input.dataset.field, input.value.trim());
  }

  function comboLeft(input) {
    if (!input.isConnected || document.activeElement === input) return; // it was swapped, or the whole window was left
    if (isFree(input) && input.value.trim()) takeTyped(input);
    else setTimeout(() => input.isConnected && document.activeElement !== input && closeList(input), 150);
  }

  function comboTyped(input) {
    holdBack(input);
    combo.box = input;
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
      event.preventDefault();
      if (open && at >= 0) choose(input, options[at]);
      else if (isFree(input)) takeTyped(input);
      // Half a name is not a filter: the first suggestion is.
      else if (open && options.length) choose(input, options[0]);
      else suggest(input).then(() => optionsOf(input).length && choose(input, optionsOf(input)[0]));
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (open) closeList(input);
      else input.value = "";
    }
  }

  // Delegated, so that swapped content needs no set-up. The boxes themselves outlive swaps (hx-preserve), with what is being typed.
  let focused = null;
  document.addEventListener("htmx:beforeSwap", () => { focused = document.activeElement; });
  document.addEventListener("htmx:afterSwap", () => {
    if (focused && isCombo(focused)) focused.focus({ preventScroll: true }); // browsers without moveBefore() drop it
  });
  document.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option) choose(document.querySelector(`[aria-controls="${option.parentElement.id}"]`), option);
  });
  document.addEventListener("mousedown", (event) => event.target.closest("[role=option]") && event.preventDefault()); // the box keeps the focus
  document.addEventListener("focusin", ({ target }) => isCombo(target) && holdBack(target));
  // Not by `change`: browsers without moveBefore() forget at a swap what was typed before it. Later: a swap gives the focus back.
  document.addEventListener("focusout", ({ target }) => isCombo(target) && setTimeout(comboLeft, 0, target));
  document.addEventListener("keydown", (event) => isCombo(event.target) && comboKey(event));
  document.addEventListener("input", ({ target }) => isCombo(target) && comboTyped(target));
})();
