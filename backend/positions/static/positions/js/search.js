/* The search page: a list of suggestions at the box, and the filters as a sheet on a phone. Without it the page works too. */

const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

/* A combobox with a listbox (ARIA): focus stays in the box, `aria-activedescendant` says which option is meant. */
function suggest(input) {
  const form = input.form;
  const list = document.getElementById("position-suggestions");
  const status = document.getElementById("suggest-status");
  const wiring = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(wiring)) input.setAttribute(name, value);
  let options = [], active = -1, timer = 0, asking = null;

  const mark = (place) => {
    options[active]?.setAttribute("aria-selected", "false");
    active = place;
    const option = options[active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const shut = () => {
    clearTimeout(timer);
    asking?.abort();
    mark(-1);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    status.textContent = "";
  };
  const show = async () => {
    asking?.abort();
    asking = new AbortController();
    const asked = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(`${input.dataset.suggest}?${asked}`, { signal: asking.signal });
      if (!answer.ok || document.activeElement !== input) return;
      mark(-1);
      list.innerHTML = await answer.text();
    } catch {
      return; // aborted by the next letter, or offline: searching goes on without suggestions
    }
    options = [...list.querySelectorAll("[role=option]")];
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = list.querySelector("[data-status]")?.dataset.status ?? "";
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(show, 120);
  };
  const remember = (text) => {
    const url = input.dataset.remember;
    if (!url || !text.trim()) return;
    const body = new URLSearchParams({ q: text });
    fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token() }, keepalive: true }).catch(() => {});
  };
  const choose = (option) => {
    const { url, text } = option.dataset;
    shut();
    if (url) {
      location.assign(url);
      return;
    }
    input.value = text;
    form.requestSubmit();
  };
  const step = (by) => {
    const places = options.length + 1; // the box itself is a place too
    mark(((active + 1 + by + places) % places) - 1);
  };
  const keys = {
    ArrowDown: (event) => (list.hidden ? show() : event.altKey || step(1)),
    ArrowUp: (event) => (list.hidden ? show() : event.altKey ? shut() : step(-1)),
    Home: () => active >= 0 && mark(0),
    End: () => active >= 0 && mark(options.length - 1),
    Enter: () => active >= 0 && choose(options[active]),
    Escape: () => !list.hidden && shut(),
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // the input method's own keys
    if (event.key === "Tab") shut();
    if (!keys[event.key]) return;
    const meant = event.key.startsWith("Arrow") || (!list.hidden && (event.key === "Escape" || active >= 0));
    if (meant) event.preventDefault();
    keys[event.key](event);
  });
  // While an input method composes, what stands in the box is not yet what is meant: nobody hears of it before the end.
  form.addEventListener("input", (event) => event.isComposing && event.stopPropagation(), true);
  input.addEventListener("compositionend", () => input.dispatchEvent(new Event("input", { bubbles: true })));
  input.addEventListener("input", soon);
  input.addEventListener("focus", () => input.value || soon());
  input.addEventListener("click", () => list.hidden && soon());
  input.addEventListener("blur", shut);
  form.addEventListener("submit", () => { shut(); remember(input.value); });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}

/* On a phone the filters move into a dialog: modal, closed by Esc, and focus goes back to where it came from. */
function sheet(details) {
  const dialog = document.getElementById(details.dataset.sheet);
  const panel = details.querySelector("summary").nextElementSibling;
  const wide = matchMedia("(min-width: 60rem)");
  const back = () => {
    details.append(panel);
    details.open = false;
  };
  details.querySelector("summary").setAttribute("aria-haspopup", "dialog");
  details.querySelector("summary").addEventListener("click", (event) => {
    if (wide.matches) return;
    event.preventDefault();
    dialog.querySelector(".sheet-body").append(panel);
    dialog.showModal();
  });
  dialog.addEventListener("close", back);
  wide.addEventListener("change", () => dialog.close());
}

const wire = (root) => {
  for (const [what, how] of [["input[data-suggest]", suggest], ["details[data-sheet]", sheet]]) {
    for (const found of root.querySelectorAll?.(`${what}:not([data-wired])`) ?? []) {
      found.dataset.wired = "";
      how(found);
    }
  }
};
wire(document);
document.addEventListener("htmx:load", () => wire(document));

// Each letter changes the address, but only what was sent or chosen is a place to go back to.
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  if (event.detail.requestConfig?.triggeringEvent?.type === "input") event.detail.history.type = "replace";
});
// What is not chosen need not stand in the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "position-search") return;
  for (const [name, value] of [...event.detail.formData]) if (value === "") event.detail.formData.delete(name);
});
