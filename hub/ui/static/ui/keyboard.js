// The keyboard, and the sheet that explains it: both are drawn from KEYS, from the keys that buttons of the page
// declare (data-key) and from the letters of the navigation (data-go). A key that does nothing here is not listed.
import { all, find, typing } from "./dom.js";
import { hasNews, showNews } from "./live.js";
import { allPicked, box, chosen, currentRow, deedButtons, doTo, pick, pickPage, rows, selectNone, step } from "./rows.js";
import { togglePane } from "./split.js";
import { mayUndo, undoLast } from "./toasts.js";

const anyRow = () => rows().length > 0;
const anyBox = () => rows().some(box);
const open = () => find("[data-row-link]", currentRow() ?? document.createElement("i"))?.click();
const places = () => all("[data-go]");

const KEYS = [
  { key: "j", does: "Next row", when: anyRow, run: () => step(1) },
  { key: "k", does: "Previous row", when: anyRow, run: () => step(-1) },
  { key: "o", show: ["o", "Enter"], does: "Open the row", when: anyRow, run: open },
  { key: "v", does: "Show the row beside the list, or no more", when: () => find("#split") !== null, run: togglePane },
  { key: "x", does: "Select the row, or let it go", when: anyBox, run: () => currentRow() && box(currentRow()) && pick(currentRow(), !box(currentRow()).checked) },
  { key: "X", show: ["Shift", "x"], does: "Select from the last selected row to here", when: anyBox, run: () => currentRow() && pick(currentRow(), true, { through: true }) },
  { key: "a", does: "Select every row of the page, or none", when: anyBox, run: () => pickPage(!allPicked()) },
  { key: "A", show: ["Shift", "a"], does: "Select all that match, on every page", when: () => find("[data-select-all]") !== null, run: () => find("[data-select-all]").click() },
  { key: "u", does: "Undo what you did last", when: mayUndo, run: undoLast },
  { key: ".", does: "Show what is new", when: hasNews, run: showNews },
  { key: "n", does: "Next page", when: () => find("[data-page=next]") !== null, run: () => find("[data-page=next]").click() },
  { key: "p", does: "Previous page", when: () => find("[data-page=previous]") !== null, run: () => find("[data-page=previous]").click() },
  { key: "f", does: "Go to the filters", when: () => find("#filters") !== null, run: () => find("#filters :is(select, input:not([type=hidden]))")?.focus() },
  { key: "/", does: "Search", when: () => find("[data-search]") !== null, run: () => find("[data-search]").focus() },
  { key: "?", does: "This sheet", when: () => find("#keyboard-help") !== null, run: showSheet },
];
// Those of other scripts and of the browser itself; only for the sheet.
const ALSO = [
  { show: ["Ctrl", "k"], does: "Commands: any page, view or deed by its name", when: () => find("#palette") !== null },
  { show: ["Esc"], does: "Close, or let the selection go", when: () => true },
];

// --- the sheet -------------------------------------------------------------------------------------------------
function entry(keys, words) {
  const term = document.createElement("dt");
  term.append(...keys.map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
  return [term, Object.assign(document.createElement("dd"), { textContent: words })];
}

function section(title, entries) {
  if (!entries.length) return [];
  const list = Object.assign(document.createElement("dl"), { className: "keys" });
  list.append(...entries.flat());
  const part = document.createElement("section");
  part.append(Object.assign(document.createElement("h3"), { textContent: title }), list);
  return [part];
}

const said = (element) => (element.getAttribute("title") || element.textContent).replace(/\s+/g, " ").trim();

export function showSheet() {
  const sheet = find("#keyboard-help");
  if (sheet.open) return;
  const here = [...KEYS, ...ALSO].filter((one) => one.when());
  const deeds = deedButtons().filter((button) => button.dataset.key);
  find("[data-keys]", sheet).replaceChildren(
    ...section("On this page", here.map((one) => entry(one.show ?? [one.key], one.does))),
    ...section("To the selected rows, or else to the current one", deeds.map((button) => entry([button.dataset.key], button.textContent.trim()))),
    ...section("Go to", places().map((link) => entry(["g", link.dataset.go], said(link)))),
  );
  sheet.showModal();
}

// --- the keys --------------------------------------------------------------------------------------------------
let going = false;

function act(event) {
  if (going) {
    going = false;
    return places().find((link) => link.dataset.go === event.key);
  }
  const deed = deedButtons().find((button) => button.dataset.key === event.key);
  if (deed) return { click: () => doTo(deed) };
  if (event.key === "g" && places().length) return { click: () => { going = true; } };
  const known = KEYS.find((one) => one.key === event.key && one.when());
  return known && { click: known.run };
}

function escape(event) {
  going = false;
  if (find("details[data-menu][open]")) all("details[data-menu][open]").forEach((menu) => { menu.open = false; });
  else if (find("dialog[open]")) return;
  else if (typing(event.target)) {
    // Out of the field, with what was typed: browsers would empty a search field.
    event.preventDefault();
    event.target.blur();
  } else if (chosen().length) selectNone();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { escape(event); return; }
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || find("dialog[open]")) return;
  if (event.key === "Enter") {
    if (event.target === document.body && currentRow()) open();
    return;
  }
  const found = act(event);
  if (!found) return;
  event.preventDefault();
  found.click();
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-open=keyboard-help]")) showSheet(); });
