// The button that changes the theme: as the system, light, dark. `theme.js` applies the choice before the first paint.
(() => {
  "use strict";
  const THEMES = { auto: "as the system", light: "light", dark: "dark" };

  function showTheme(button) {
    const theme = document.documentElement.dataset.theme ?? "auto";
    button.setAttribute("aria-label", `Theme: ${THEMES[theme]}`);
    button.title = `Theme: ${THEMES[theme]}`;
    const use = button.querySelector("use");
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

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-theme-toggle]");
    if (button) nextTheme(button);
  });
  document.querySelectorAll("[data-theme-toggle]").forEach(showTheme);
})();
