(function () {
  "use strict";
  function sectionInView(page) {
    var sections = page.querySelectorAll("[data-section]"), found = null;
    for (var i = 0; i < sections.length; i += 1) {
      if (sections[i].getBoundingClientRect().top <= 120) { found = sections[i]; }
    }
    return found;
  }
  function showLanguage(language) {
    var from = document.querySelector("[data-body]:not([hidden])");
    var to = document.querySelector("[data-body='" + language + "']");
    var section = sectionInView(from);
    var top = section ? section.getBoundingClientRect().top : 0;
    from.hidden = true;
    to.hidden = false;
    document.documentElement.lang = to.lang;
    document.title = to.dataset.title;
    if (section) {
      var same = to.querySelector("[data-section='" + section.dataset.section + "']");
      window.scrollBy({ top: same.getBoundingClientRect().top - top, behavior: "instant" });
    }
    to.querySelector("[data-switch]").focus({ preventScroll: true });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-switch]");
    if (button) { showLanguage(button.dataset.switch); }
  });
}());
