// What scrolls sideways takes the focus, because a keyboard scrolls only what has it.
function focusable() {
  for (const part of document.querySelectorAll(".still, .table-wrapper, pre")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}
addEventListener("load", focusable);
addEventListener("resize", focusable);
document.addEventListener("toggle", focusable, true);
// The lessons that run lie beside the published book, and nothing lies beside a file.
document.addEventListener("DOMContentLoaded", () => {
  if (location.protocol !== "file:") return;
  for (const link of document.querySelectorAll("a.alive")) link.outerHTML = "run this lesson with <code>make lab</code>";
});
