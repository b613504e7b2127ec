// Two comforts of every page: the menu shows where one is, and Escape folds what the keyboard opened.
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    const here = document.querySelector(".screens [aria-current]");
    if (here) { here.scrollIntoView({ block: "nearest", inline: "center" }); }
  });
  document.addEventListener("keydown", function (event) {
    const open = event.key === "Escape" && event.target.closest("details[open]");
    if (!open) { return; }
    open.open = false;
    open.querySelector("summary").focus();
  });
})();
