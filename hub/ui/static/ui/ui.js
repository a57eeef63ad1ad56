// What pages need beyond HTML and htmx: theme, keyboard, selection, dialogs, toasts, refresh.
// Everything hangs on data attributes and on events of the document, so that swapped fragments need no set-up.
// Without this file pages still work: links lead, forms post, details open.

const YEAR_SECONDS = 365 * 24 * 3600;
const TOAST_MS = 6000;
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- theme and navigation width: cookies, so that the server renders them and nothing flashes -------------------
function remember(name, value) {
  const life = value ? YEAR_SECONDS : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${life}; samesite=lax`;
}

function chooseTheme(choice) {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  remember("theme", choice === "system" ? "" : choice);
  markTheme();
}

function markTheme() {
  const chosen = document.documentElement.dataset.theme || "system";
  for (const item of all("[data-theme-choice]")) {
    if (item.dataset.themeChoice === chosen) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function toggleNavWidth() {
  const shell = find("#shell");
  const narrow = shell.dataset.nav !== "rail";
  if (narrow) shell.dataset.nav = "rail";
  else delete shell.dataset.nav;
  remember("nav", narrow ? "rail" : "");
}

// --- toasts ----------------------------------------------------------------------------------------------------
function toast({ text, tone = "info" }) {
  const element = find("#toast-pattern").content.firstElementChild.cloneNode(true);
  element.dataset.tone = tone;
  find("span", element).textContent = text;
  find("#toasts").append(element);
  fade(element);
}

// Good news leaves by itself; what needs reading waits to be dismissed.
function fade(element) {
  if (["critical", "caution"].includes(element.dataset.tone)) return;
  let timer = setTimeout(() => element.remove(), TOAST_MS);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => { timer = setTimeout(() => element.remove(), TOAST_MS); });
}

// --- dialogs and menus -----------------------------------------------------------------------------------------
function closeDialog(dialog) {
  dialog.close();
  if (dialog.hasAttribute("data-autoopen")) dialog.remove();
}

function openArrived() {
  const dialog = find("#dialog dialog[data-autoopen]:not([open])");
  if (!dialog) return;
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  dialog.showModal();
  const first = find("[aria-invalid=true], .dialog-body :is(input:not([type=hidden]), select, textarea)", dialog);
  if (first) first.focus();
}

function closeMenus(except) {
  for (const menu of all("details[data-menu][open]")) if (menu !== except) menu.open = false;
}

// --- selection of rows -----------------------------------------------------------------------------------------
const table = () => find("[data-table]");
const rows = () => all("[data-row]", table() ?? document);
const box = (row) => find("input[name=ids]", row);
const boxes = () => rows().map(box).filter(Boolean);
let lastPicked = null;

function pick(row, picked, { through = false } = {}) {
  const here = rows().indexOf(row);
  const from = through && lastPicked ? rows().findIndex((other) => other.dataset.row === lastPicked) : here;
  const [low, high] = from < 0 ? [here, here] : [Math.min(from, here), Math.max(from, here)];
  for (const other of rows().slice(low, high + 1)) if (box(other)) box(other).checked = picked;
  lastPicked = row.dataset.row;
  showSelection();
}

function selectEverything(everything) {
  const marker = find("[data-bulk-all]");
  if (marker) marker.value = everything ? "1" : "";
  if (everything) for (const one of boxes()) one.checked = true;
  showSelection();
}

function selectNone() {
  for (const one of boxes()) one.checked = false;
  selectEverything(false);
}

function showSelection() {
  const bar = find("[data-bulk]");
  if (!bar) return;
  const chosen = boxes().filter((one) => one.checked).length;
  const marker = find("[data-bulk-all]", bar);
  if (chosen < boxes().length) marker.value = "";
  bar.hidden = chosen === 0;
  find("[data-bulk-count]", bar).textContent = marker.value ? "Everything that matches is selected" : `${chosen} selected`;
  const page = find("[data-select-page]");
  if (!page) return;
  page.checked = chosen > 0 && chosen === boxes().length;
  page.indeterminate = chosen > 0 && !page.checked;
}

// --- the current row -------------------------------------------------------------------------------------------
const currentRow = () => find("[data-row][data-current]");

function goTo(row) {
  if (!row) return;
  currentRow()?.removeAttribute("data-current");
  row.setAttribute("data-current", "");
  row.scrollIntoView({ block: "nearest" });
  (find("[data-row-link]", row) ?? box(row))?.focus({ preventScroll: true });
}

function step(by) {
  const list = rows();
  const here = list.indexOf(currentRow());
  goTo(list[Math.min(list.length - 1, Math.max(0, here < 0 ? 0 : here + by))]);
}

// --- keyboard --------------------------------------------------------------------------------------------------
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => currentRow() && box(currentRow()) && pick(currentRow(), !box(currentRow()).checked),
  X: () => currentRow() && pick(currentRow(), true, { through: true }),
  a: () => { const some = boxes().some((one) => !one.checked); for (const one of boxes()) one.checked = some; showSelection(); },
  n: () => find("[data-page=next]")?.click(),
  p: () => find("[data-page=previous]")?.click(),
  f: () => find("#filters :is(select, input:not([type=hidden]))")?.focus(),
  "/": () => find("[data-search]")?.focus(),
  "?": () => find("#keyboard-help")?.showModal(),
};

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (find("details[data-menu][open]")) closeMenus();
    else if (typing(event.target)) event.target.blur();
    else if (!find("dialog[open]")) selectNone();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || find("dialog[open]")) return;
  if (event.key === "Enter" && event.target === document.body && currentRow()) {
    find("[data-row-link]", currentRow())?.click();
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- clicks ----------------------------------------------------------------------------------------------------
const CLICKS = {
  "[data-theme-choice]": (element) => { chooseTheme(element.dataset.themeChoice); closeMenus(); },
  "[data-nav-width]": toggleNavWidth,
  "[data-nav-open]": () => find("#shell").toggleAttribute("data-nav-open"),
  "[data-open]": (element) => find(`#${element.dataset.open}`).showModal(),
  "[data-close]": (element) => closeDialog(element.closest("dialog")),
  "[data-dismiss]": (element) => element.closest("[data-toast]").remove(),
  "[data-select-all]": () => selectEverything(true),
  "[data-select-none]": selectNone,
  "[data-copy]": async (element) => { await navigator.clipboard.writeText(element.dataset.copy); toast({ text: "Copied", tone: "positive" }); },
  "[data-print]": () => window.print(),
};

document.addEventListener("click", (event) => {
  const menu = event.target.closest("details[data-menu]");
  closeMenus(menu);
  if (event.target.matches("dialog[open]")) closeDialog(event.target);
  const shell = find("#shell");
  if (shell?.hasAttribute("data-nav-open") && !event.target.closest(".nav, [data-nav-open]")) shell.removeAttribute("data-nav-open");
  if (event.target.matches("input[name=ids]")) pick(event.target.closest("[data-row]"), event.target.checked, { through: event.shiftKey });
  for (const [selector, act] of Object.entries(CLICKS)) {
    const element = event.target.closest(selector);
    if (element) act(element);
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-select-page]")) return;
  for (const one of boxes()) one.checked = event.target.checked;
  showSelection();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || row === currentRow()) return;
  currentRow()?.removeAttribute("data-current");
  row.setAttribute("data-current", "");
});

// --- filters: a choice applies at once, typing after a pause -----------------------------------------------------
const PAUSE_MS = 350;
let pause = 0;
let applied = "";

function applyFilters(form) {
  clearTimeout(pause);
  const wanted = new URLSearchParams(new FormData(form)).toString();
  if (wanted === applied) return;
  applied = wanted;
  window.htmx.trigger(form, "ui:filter");
}

document.addEventListener("change", (event) => { if (event.target.form?.id === "filters") applyFilters(event.target.form); });
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.id !== "filters" || !event.target.matches("input")) return;
  clearTimeout(pause);
  pause = setTimeout(() => applyFilters(form), PAUSE_MS);
});
// What is kept is what the reader sees now, not what the page once came with.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-keep]")) find("[name=query]", event.target).value = location.search;
}, { capture: true });

document.addEventListener("submit", (event) => {
  if (event.target.id !== "filters") return;
  event.preventDefault();
  applyFilters(event.target);
});

// --- htmx ------------------------------------------------------------------------------------------------------
// A refresh keeps the reader's place: selection, current row, scroll position.
let kept = null;
let keepSelection = true;

function keepPlace(target) {
  if (target.id !== "table") return;
  kept = {
    current: currentRow()?.dataset.row,
    chosen: keepSelection ? new Set(boxes().filter((one) => one.checked).map((one) => one.value)) : new Set(),
    everything: keepSelection ? find("[data-bulk-all]")?.value : "",
    top: find(".table-scroll", target)?.scrollTop ?? 0,
  };
  keepSelection = true;
}

function restorePlace(target) {
  if (target.id !== "table" || !kept) return;
  for (const one of boxes()) one.checked = kept.chosen.has(one.value);
  if (find("[data-bulk-all]")) find("[data-bulk-all]").value = kept.everything ?? "";
  const row = rows().find((other) => other.dataset.row === kept.current);
  const scroller = find(".table-scroll");
  if (row) goTo(row);
  if (row && scroller) scroller.scrollTop = kept.top;
  kept = null;
  showSelection();
}

// Links around the table follow the URL that the table was fetched for.
function followUrl() {
  const parameters = new URLSearchParams(location.search);
  const sort = parameters.get("sort");
  const filters = [...parameters.keys()].filter((name) => !["sort", "cursor"].includes(name));
  find("[data-clear-filters]")?.toggleAttribute("hidden", filters.length === 0);
  const form = find("#filters");
  let input = form && find("input[name=sort]", form);
  if (form && sort && !input) {
    input = Object.assign(document.createElement("input"), { type: "hidden", name: "sort" });
    form.prepend(input);
  }
  if (input) input.value = sort ?? "";
  parameters.delete("cursor");
  for (const tab of all("nav.tabs .tab")) {
    if (new URL(tab.href).search === (parameters.size ? `?${parameters}` : "")) tab.setAttribute("aria-current", "page");
    else if (find("#filters")) tab.removeAttribute("aria-current");
  }
  for (const link of all("[data-export]")) {
    parameters.set("export", link.dataset.export);
    link.setAttribute("href", `?${parameters}`);
  }
}

const body = document.body;
body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get" || event.target.id !== "filters") return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (value === "") event.detail.formData.delete(name);
  }
});
body.addEventListener("htmx:beforeRequest", () => { find("#busy")?.setAttribute("data-busy", ""); });
body.addEventListener("htmx:afterRequest", () => { find("#busy")?.removeAttribute("data-busy"); });
body.addEventListener("htmx:beforeSwap", (event) => keepPlace(event.detail.target));
body.addEventListener("htmx:afterSwap", (event) => { restorePlace(find("#table") ?? event.detail.target); openArrived(); });
body.addEventListener("htmx:pushedIntoHistory", followUrl);
body.addEventListener("htmx:responseError", (event) => {
  const said = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const title = find("h1", said)?.textContent ?? "That did not work";
  const text = find(".empty p", said)?.textContent ?? "";
  toast({ text: `${title}. ${text}`.trim(), tone: "critical" });
});
body.addEventListener("htmx:sendError", () => toast({ text: "The hub did not answer. Check the connection and try again.", tone: "critical" }));
body.addEventListener("ui:toast", (event) => toast(event.detail));
body.addEventListener("ui:done", () => {
  keepSelection = false;
  // Later, since the answer's other events (a toast) are sent through the form inside the dialog.
  setTimeout(() => all("dialog[open]").forEach(closeDialog));
});

// --- live pages: ask again while someone looks, but never under their hands --------------------------------------
function busyHands() {
  const active = document.activeElement;
  return find("dialog[open], details[data-menu][open]") !== null || (active !== null && typing(active));
}

function keepLive() {
  const seconds = Number(find("[data-live]")?.dataset.live ?? 0);
  if (!seconds) return;
  setInterval(() => {
    if (document.hidden || busyHands()) return;
    for (const element of all("#table, #live, [data-live-part]")) window.htmx.trigger(element, "ui:refresh");
  }, seconds * 1000);
}

markTheme();
showSelection();
openArrived();
keepLive();
for (const element of all("[data-toast]")) fade(element);
