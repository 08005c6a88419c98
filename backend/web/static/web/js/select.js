/* A select with a search box: a combobox in front of the select, which keeps the value and is what the form sends. */

let number = 0;

export function enhance(select) {
  if ("ready" in select.dataset) return;
  select.dataset.ready = "";
  number += 1;
  const box = document.createElement("div");
  const input = document.createElement("input");
  const list = document.createElement("ul");
  box.className = "combobox";
  list.className = "combobox-list";
  list.id = `combobox-${number}`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  const label = select.labels?.[0];
  input.type = "text";
  input.autocomplete = "off";
  const wiring = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries(wiring)) input.setAttribute(name, value);
  for (const name of ["aria-describedby", "aria-invalid", "aria-label", "required"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  if (label) {
    input.setAttribute("aria-label", label.textContent.replace("*", "").trim());
    list.setAttribute("aria-label", input.getAttribute("aria-label"));
    label.addEventListener("click", (event) => { event.preventDefault(); input.focus(); });
  }
  // What choosing nothing means; a row of dashes says no more than an empty box.
  const nothing = [...select.options].find((option) => !option.value)?.textContent.trim() ?? "";
  if (!/^-*$/.test(nothing)) input.placeholder = nothing;
  select.required = false;
  select.tabIndex = -1;
  select.classList.add("combobox-source");
  select.setAttribute("aria-hidden", "true");
  select.before(box);
  box.append(input, list, select);

  let active = -1;
  const chosen = () => (select.value ? select.selectedOptions[0]?.textContent.trim() ?? "" : "");
  const shut = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = chosen();
  };
  const choose = (option) => {
    select.value = option.dataset.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    shut();
  };
  const show = (words) => {
    const wanted = words.toLowerCase().normalize("NFKC").split(/\s+/).filter(Boolean);
    const found = [...select.options].filter((option) => {
      const text = option.textContent.toLowerCase().normalize("NFKC");
      return wanted.every((word) => text.includes(word));
    });
    list.replaceChildren(...found.slice(0, 100).map((option, index) => {
      const row = document.createElement("li");
      row.id = `${list.id}-${index}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(option.selected));
      row.dataset.value = option.value;
      row.textContent = option.textContent.trim();
      return row;
    }));
    list.hidden = found.length === 0;
    active = -1;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };
  const move = (step) => {
    if (list.hidden) show("");
    const rows = list.children;
    if (!rows.length) return;
    rows[active]?.classList.remove("active");
    active = (active + step + rows.length) % rows.length;
    rows[active].classList.add("active");
    rows[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", rows[active].id);
  };
  // Whatever else sets the select (autofill, a script, the reset of its form) shows in the box too.
  const follow = () => { if (document.activeElement !== input) input.value = chosen(); };
  follow();
  select.addEventListener("change", follow);
  select.addEventListener("input", follow);
  select.form?.addEventListener("reset", () => setTimeout(() => { shut(); }));
  window.addEventListener("pageshow", follow);
  input.addEventListener("focus", () => { input.select(); show(""); });
  input.addEventListener("click", () => list.hidden && show(""));
  input.addEventListener("input", (event) => { event.stopPropagation(); show(input.value); });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("blur", shut);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      const row = list.children[Math.max(active, 0)];
      if (row) choose(row);
    } else if (event.key === "Escape") {
      shut();
    }
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const row = event.target.closest("[role=option]");
    if (row) choose(row);
  });
}
