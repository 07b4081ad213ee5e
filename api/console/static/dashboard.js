"use strict";

// What the reader opened stays open, and scrolled where it was, when fresh numbers come.
(() => {
  let opened = [];
  let scrolled = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "numbers") return;
    opened = [...document.querySelectorAll("#numbers details[open]")].map((each) => each.id);
    scrolled = [...document.querySelectorAll("#numbers [role=region]")].map((each) => [
      each.scrollLeft,
      each.scrollTop,
      each === document.activeElement,
    ]);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    document.querySelectorAll("#numbers [role=region]").forEach((each, at) => {
      if (!scrolled[at]) return;
      [each.scrollLeft, each.scrollTop] = scrolled[at];
      if (scrolled[at][2]) each.focus({ preventScroll: true });
    });
    opened = [];
    scrolled = [];
  });
})();
