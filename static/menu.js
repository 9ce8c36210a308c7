// A menu closes when the reader turns to something else; opening it needs no script.
(() => {
  "use strict";
  function close(but) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== but) menu.open = false;
  }
  document.addEventListener("click", ({ target }) => close(target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
