// Two comforts of every page: the menu shows where one is, and Escape folds what the keyboard opened.
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    const menu = document.querySelector(".screens"), here = menu && menu.querySelector("[aria-current]");
    // Not by scrollIntoView: the tab key would then start from the menu and pass over the link that skips it.
    if (here) { menu.scrollLeft += here.getBoundingClientRect().left - menu.getBoundingClientRect().left - (menu.clientWidth - here.offsetWidth) / 2; }
  });
  document.addEventListener("keydown", function (event) {
    const open = event.key === "Escape" && event.target.closest("details[open]");
    if (!open) { return; }
    open.open = false;
    open.querySelector("summary").focus();
  });
})();
