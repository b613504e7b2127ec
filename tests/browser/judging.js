// What is wrong with how a page is laid out, in sentences; nothing where it is right.
() => {
  const faults = [];
  const told = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") || ""}"> ${(e.innerText || e.value || e.getAttribute("aria-label") || "").trim().slice(0, 40)}`;
  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth) {
    const wide = Array.from(document.querySelectorAll("body *")).find((e) => e.getBoundingClientRect().right > window.innerWidth + 1);
    faults.push(`the page scrolls sideways: ${root.scrollWidth} > ${window.innerWidth}${wide ? ", " + told(wide) : ""}`);
  }
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isPhone = window.innerWidth < 500;
  for (const e of document.querySelectorAll("body *")) {
    const style = getComputedStyle(e);
    const isCut = e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && style.display !== "inline";
    if (!isCut || !shown(e) || !e.innerText || !e.innerText.trim() || e.closest("svg")) { continue; }
    if (["hidden", "clip"].includes(style.overflowX) && !e.matches("select, .gutter")) { faults.push(`text is cut: ${told(e)}`); }
    // What a phone scrolls with a finger, a wide screen must show whole.
    if (!isPhone && ["auto", "scroll"].includes(style.overflowX) && !e.matches("textarea, pre, .yaml")) { faults.push(`must be scrolled sideways: ${told(e)}`); }
  }
  const targets = Array.from(document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary"))
    .filter((e) => shown(e) && !e.closest(".skip, .turning-effect, [data-chart]") && !e.matches(".skip"));
  const boxes = targets.map((e) => Array.from(e.getClientRects()).filter((r) => r.width > 1 && r.height > 1));
  for (let i = 0; i < targets.length && faults.length < 20; i++) {
    for (let k = i + 1; k < Math.min(targets.length, i + 40); k++) {
      if (targets[i].contains(targets[k]) || targets[k].contains(targets[i])) { continue; }
      const overlap = boxes[i].some((a) => boxes[k].some((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2));
      if (overlap) { faults.push(`one lies over another: ${told(targets[i])} and ${told(targets[k])}`); }
    }
  }
  return faults;
}
