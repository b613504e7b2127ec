// Keys of the review list: j and k move, 1 2 3 decide, u takes back. Everything works by buttons without this file.
(function () {
  "use strict";
  let decided = null;
  function rows() { return Array.from(document.querySelectorAll("[data-item]")); }
  function current() { return document.activeElement ? document.activeElement.closest("[data-item]") : null; }
  function show(row) {
    if (!row) { return; }
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  function move(step) {
    const list = rows(), at = list.indexOf(current());
    show(list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + step))]);
  }
  function press(key) {
    const row = current(), button = row && row.querySelector('[data-key="' + key + '"]');
    if (!button) { return; }
    button.click();
    const panel = button.closest("details");
    if (panel && panel.open) {
      const field = panel.querySelector("select, input:not([type=hidden])");
      if (field) { field.focus(); }
    }
  }
  document.addEventListener("keydown", function (event) {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && typing) { show(typing.closest("[data-item]")); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "j") { move(1); } else if (event.key === "k") { move(-1); } else if ("123u".indexOf(event.key) >= 0) { press(event.key); } else { return; }
    event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", function (event) {
    const row = event.target.closest("[data-item]");
    decided = row ? row.id : null;
  });
  document.addEventListener("htmx:afterSettle", function () {
    const row = decided && document.getElementById(decided);
    decided = null;
    if (!row) { return; }
    const waits = !row.classList.contains("is-decided");
    const list = rows(), rest = list.slice(list.indexOf(row) + 1);
    show(waits ? row : rest.find(function (next) { return !next.classList.contains("is-decided"); }) || row);
  });
})();
