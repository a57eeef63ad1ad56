// Lists that keep themselves up to date without moving anything under the reader's hands.
//
// Nobody at work in the list: it is drawn anew. Somebody is (a current row, a selection, scrolled down): rows keep
// their places, what changed is redrawn in place, what has left is dimmed, and a line says what is new.
import { all, find, typing } from "./dom.js";
import { box, currentRow, goTo, chosen, rows, select, selection, showSelection } from "./rows.js";
import { showCurrent } from "./split.js";

let place = null;
let keepSelection = true;
let upToDate = new Date();

const isRefresh = (event) => event.detail.requestConfig?.triggeringEvent?.type === "ui:refresh";
const scroller = () => find("#table .table-scroll");

function atWork() {
  return currentRow() !== null || chosen().length > 0 || (scroller()?.scrollTop ?? 0) > 0;
}

// --- redrawn whole: the reader's place is kept -----------------------------------------------------------------
function keepPlace() {
  const row = currentRow();
  place = {
    current: row?.dataset.row,
    index: row ? rows().indexOf(row) : -1,
    focused: row?.contains(document.activeElement) || document.activeElement === document.body,
    chosen: keepSelection ? selection() : { keys: new Set(), everything: "" },
    top: scroller()?.scrollTop ?? 0,
  };
  keepSelection = true;
}

function restorePlace() {
  if (!place) return;
  const { current, index, focused, chosen: before, top } = place;
  place = null;
  select(before);
  const list = rows();
  const same = list.find((row) => row.dataset.row === current);
  // What was worked on has left the list: the one that took its place is next.
  const row = same ?? (index < 0 ? null : list[Math.min(index, list.length - 1)]);
  if (row && focused) goTo(row);
  else row?.setAttribute("data-current", "");
  if (same && scroller()) scroller().scrollTop = top;
  showCurrent({ again: true });
}

// --- redrawn in place ------------------------------------------------------------------------------------------
function merge(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const arrived = new Map(all("[data-row]", fresh).map((row) => [row.dataset.row, row]));
  const before = rows();
  const known = new Set(before.map((row) => row.dataset.row));
  for (const row of before) {
    const now = arrived.get(row.dataset.row);
    if (now) redraw(row, now);
    else leave(row);
  }
  const news = [...arrived.keys()].filter((key) => !known.has(key)).length;
  const stayed = before.filter((row) => arrived.has(row.dataset.row)).map((row) => row.dataset.row);
  const moved = [...arrived.keys()].filter((key) => known.has(key)).join() !== stayed.join();
  find("#views")?.replaceWith(find("#views", fresh) ?? find("#views"));
  const name = table().dataset.table || "row";
  if (news) tell(`${news} new ${name}${news === 1 ? "" : "s"}`, "Show");
  else if (moved || stayed.length < before.length) tell("The list has changed", "Show it as it is now");
  else tellNothing();
  showSelection();
  if (!find("#preview")?.contains(document.activeElement)) showCurrent({ again: true });
}

const table = () => find("[data-table]");

function redraw(row, now) {
  row.removeAttribute("data-gone");
  if (box(row)) box(row).disabled = false;
  for (const [place, cell] of [...row.cells].entries()) {
    const other = now.cells[place];
    if (!other || cell.matches(".cell-check") || cell.innerHTML === other.innerHTML) continue;
    const focused = cell.contains(document.activeElement);
    cell.replaceWith(other.cloneNode(true));
    if (focused) find("[data-row-link]", row)?.focus({ preventScroll: true });
  }
}

function leave(row) {
  row.setAttribute("data-gone", "");
  if (box(row)) Object.assign(box(row), { checked: false, disabled: true });
}

// --- the line above the rows -----------------------------------------------------------------------------------
function tell(text, button, tone = "info") {
  const line = find("[data-news]");
  if (!line) return;
  line.hidden = false;
  line.dataset.tone = tone;
  find("span", line).textContent = text;
  find("button", line).firstChild.textContent = button;
}

function tellNothing() {
  const line = find("[data-news]");
  if (line) line.hidden = true;
}

export const hasNews = () => find("[data-news]:not([hidden])") !== null;
export const showNews = () => { if (table()) window.htmx.trigger(table(), "ui:show"); };

function clock(moment) {
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

// Whether a failed request was this script's own: the line says so, and no toast every few seconds.
export function tellStale(event) {
  if (!isRefresh(event) || !table()) return false;
  tell(`This is from ${clock(upToDate)}: the hub did not answer`, "Try again", "caution");
  return true;
}

// --- the page's own clock --------------------------------------------------------------------------------------
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

const body = document.body;
body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "table") return;
  upToDate = new Date();
  if (isRefresh(event) && event.detail.xhr.status === 200 && atWork()) {
    event.detail.shouldSwap = false;
    merge(event.detail.serverResponse);
  } else keepPlace();
});
body.addEventListener("htmx:afterSwap", restorePlace);
body.addEventListener("ui:done", () => { keepSelection = false; });
document.addEventListener("click", (event) => { if (event.target.closest("[data-show-news]")) showNews(); });
keepLive();
