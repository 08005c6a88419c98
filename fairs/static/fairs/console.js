// The console's keys (n next, p pause or go on, e end), and the focus kept where it was when the live part is swapped.
// Without it every button still works by itself.
const live = document.getElementById("console");

if (live) {
  for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = false;

  const writing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (!/^[npe]$/i.test(event.key)) return;
    const wanted = live.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
  });

  // Links of the line have no id of their own: they are found again by where they lead.
  const mark = (one) =>
    one.id ? `#${CSS.escape(one.id)}` : one.hasAttribute("href") ? `[href="${CSS.escape(one.getAttribute("href"))}"]` : null;
  let held = null;

  live.addEventListener("htmx:beforeSwap", () => {
    held = live.contains(document.activeElement) ? mark(document.activeElement) : null;
  });
  live.addEventListener("htmx:afterSwap", () => {
    const again = held && live.querySelector(held);
    if (again && document.activeElement !== again) again.focus({ preventScroll: true });
    held = null;
  });
}
