// The pages of a standard: a slider beside each threshold, line numbers beside the YAML, and a fault that leads to its line.
(function () {
  "use strict";
  function slide(field) {
    const value = Number(field.value);
    if (!isFinite(value) || value <= 0) { return; }
    const slider = document.createElement("input");
    slider.type = "range";
    slider.className = "form-range";
    slider.min = 0;
    slider.max = field.value.indexOf(".") >= 0 && value <= 1 ? 1 : 2 * value;
    slider.step = slider.max === "1" ? 0.01 : value >= 1000 ? Math.pow(10, Math.floor(Math.log10(value)) - 1) : value >= 10 ? 1 : value % 1 ? 0.1 : 1;
    slider.value = value;
    slider.tabIndex = -1;
    slider.setAttribute("aria-hidden", "true");
    slider.addEventListener("input", function () { field.value = slider.value; });
    field.addEventListener("input", function () { slider.value = field.value; });
    field.parentNode.after(slider);
  }
  function number(area) {
    const gutter = document.createElement("pre");
    gutter.className = "gutter";
    gutter.setAttribute("aria-hidden", "true");
    function count() {
      const lines = area.value.split("\n").length;
      gutter.textContent = Array.from({ length: lines }, function (_, i) { return i + 1; }).join("\n");
      gutter.scrollTop = area.scrollTop;
    }
    const box = document.createElement("div");
    box.className = "numbered";
    area.before(box);
    box.append(gutter, area);
    area.addEventListener("input", count);
    area.addEventListener("scroll", function () { gutter.scrollTop = area.scrollTop; });
    count();
  }
  function lead(link) {
    link.addEventListener("click", function (event) {
      const area = document.getElementById("document");
      if (!area) { return; }
      event.preventDefault();
      const lines = area.value.split("\n");
      const line = Math.min(Number(link.dataset.line), lines.length);
      const start = lines.slice(0, line - 1).reduce(function (sum, l) { return sum + l.length + 1; }, 0);
      area.focus();
      area.setSelectionRange(start, start + lines[line - 1].length);
      area.scrollTop = Math.max(0, (line - 4) * area.scrollHeight / lines.length);
    });
  }
  function start() {
    document.querySelectorAll("[data-slides]").forEach(slide);
    document.querySelectorAll("[data-numbered]").forEach(number);
    document.querySelectorAll("[data-line]").forEach(lead);
  }
  document.addEventListener("DOMContentLoaded", start);
})();
