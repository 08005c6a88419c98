/* Enhancements only: without this file every page and form still works. */

for (const region of document.querySelectorAll("#toasts")) {
  const wire = (toast) => {
    const close = toast.querySelector("[data-dismiss]");
    if (!close) return;
    close.hidden = false;
    close.addEventListener("click", () => toast.remove());
    for (const other of region.querySelectorAll("[data-toast]")) {
      if (other !== toast && other.textContent === toast.textContent) other.remove();
    }
    if (toast.matches(".toast-success, .toast-info")) setTimeout(() => toast.remove(), 8000);
  };
  region.querySelectorAll("[data-toast]").forEach(wire);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) wire(node);
  }).observe(region, { childList: true });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog instanceof HTMLDialogElement && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    dialog.showModal();
  } else if (event.target instanceof HTMLDialogElement && event.target.classList.contains("dialog")) {
    event.target.close();
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  event.target.closest("form[data-autosubmit]")?.requestSubmit();
});

for (const open of document.querySelectorAll("details.person, details.menu")) {
  document.addEventListener("click", (event) => {
    if (!open.contains(event.target)) open.open = false;
  });
  open.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open.open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}

const searchable = async (root) => {
  const selects = root.querySelectorAll?.("select[data-search]:not([multiple]):not([data-ready])") ?? [];
  if (selects.length) {
    const { enhance } = await import("./select.js");
    selects.forEach(enhance);
  }
};
searchable(document);
document.addEventListener("htmx:load", (event) => searchable(event.target));
