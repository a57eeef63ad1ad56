// What pages need beyond HTML and htmx: theme, dialogs, menus, filters, what went wrong. Its siblings do the rest:
// rows.js the rows of a list, split.js the pane beside it, live.js keeps it up to date, keyboard.js the keys,
// toasts.js what happened and the way back.
// Everything hangs on data attributes and on events of the document, so that swapped fragments need no set-up.
// Without these files pages still work: links lead, forms post, details open.
import { all, find, remember } from "./dom.js";
import "./keyboard.js";
import { tellStale } from "./live.js";
import { toast } from "./toasts.js";

// --- theme and navigation width ---------------------------------------------------------------------------------
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
  // Of a group of choices, the one that is made already.
  const start = first?.type === "radio" ? find(`input[name="${first.name}"]:checked`, dialog) ?? first : first;
  start?.focus();
}

function closeMenus(except) {
  for (const menu of all("details[data-menu][open]")) if (menu !== except) menu.open = false;
}

// --- clicks ----------------------------------------------------------------------------------------------------
const CLICKS = {
  "[data-theme-choice]": (element) => { chooseTheme(element.dataset.themeChoice); closeMenus(); },
  "[data-nav-width]": toggleNavWidth,
  "[data-nav-open]": () => find("#shell").toggleAttribute("data-nav-open"),
  "[data-open]:not([data-open=keyboard-help])": (element) => find(`#${element.dataset.open}`).showModal(),
  "[data-close]": (element) => closeDialog(element.closest("dialog")),
  "[data-copy]": async (element) => { await navigator.clipboard.writeText(element.dataset.copy); toast({ text: "Copied", tone: "positive" }); },
  "[data-print]": () => window.print(),
};

document.addEventListener("click", (event) => {
  const menu = event.target.closest("details[data-menu]");
  closeMenus(menu);
  if (event.target.matches("dialog[open]")) closeDialog(event.target);
  const shell = find("#shell");
  if (shell?.hasAttribute("data-nav-open") && !event.target.closest(".nav, [data-nav-open]")) shell.removeAttribute("data-nav-open");
  for (const [selector, act] of Object.entries(CLICKS)) {
    const element = event.target.closest(selector);
    if (element) act(element);
  }
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
// How many of the filters behind the button are set.
function countFolded() {
  const mark = find("[data-more-set]");
  if (!mark) return;
  const set = all("[data-more-filters] :is(select, input)").filter((one) => (one.type === "checkbox" ? one.checked : one.value !== ""));
  mark.textContent = set.length;
  mark.hidden = set.length === 0;
}

// Links around the table follow the URL that the table was fetched for.
function followUrl() {
  const parameters = new URLSearchParams(location.search);
  const sort = parameters.get("sort");
  const filters = [...parameters.keys()].filter((name) => !["sort", "cursor"].includes(name));
  find("[data-clear-filters]")?.toggleAttribute("hidden", filters.length === 0);
  countFolded();
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
body.addEventListener("htmx:afterSwap", openArrived);
body.addEventListener("htmx:pushedIntoHistory", followUrl);
body.addEventListener("htmx:responseError", (event) => {
  if (tellStale(event)) return;
  const said = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const title = find("h1", said)?.textContent ?? "That did not work";
  const text = find(".empty p", said)?.textContent ?? "";
  toast({ text: `${title}. ${text}`.trim(), tone: "critical" });
});
body.addEventListener("htmx:sendError", (event) => {
  if (!tellStale(event)) toast({ text: "The hub did not answer. Check the connection and try again.", tone: "critical" });
});
body.addEventListener("ui:done", () => {
  // Later, since the answer's other events (a toast) are sent through the form inside the dialog.
  setTimeout(() => all("dialog[open]").forEach(closeDialog));
});

// --- the place that a payload is about ----------------------------------------------------------------------------
function showHits() {
  for (const payload of all(".payload")) {
    const hit = find("[data-hit]", payload);
    if (!hit || payload.hasAttribute("data-shown")) continue;
    payload.setAttribute("data-shown", "");
    const down = hit.getBoundingClientRect().top - payload.getBoundingClientRect().top;
    payload.scrollTop += down - payload.clientHeight / 2;
  }
}
body.addEventListener("htmx:afterSettle", showHits);

markTheme();
openArrived();
showHits();
