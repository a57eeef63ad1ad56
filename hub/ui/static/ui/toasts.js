// Toasts: what happened, how to see more of it, and the way back where there is one.
import { all, find, request } from "./dom.js";

const TOAST_MS = 6000;
const UNDO_MS = 15000;
let lastUndo = "";

export function toast({ text, tone = "info", undo = "", more = "" }) {
  const element = find("#toast-pattern").content.firstElementChild.cloneNode(true);
  element.dataset.tone = tone;
  find("span", element).textContent = text;
  const link = find("[data-more]", element);
  if (more) link.setAttribute("href", more);
  else link.remove();
  const form = find("form", element);
  if (undo) form.setAttribute("action", undo);
  else form.remove();
  find("#toasts").append(element);
  arrived(element);
}

// Good news leaves by itself; what needs reading waits to be dismissed.
function arrived(element) {
  const form = find("form[data-undo]", element);
  if (form) lastUndo = form.getAttribute("action");
  if (["critical", "caution"].includes(element.dataset.tone)) return;
  const life = form ? UNDO_MS : TOAST_MS;
  let timer = setTimeout(() => element.remove(), life);
  const stay = () => clearTimeout(timer);
  const leave = () => { stay(); timer = setTimeout(() => element.remove(), life); };
  element.addEventListener("pointerenter", stay);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("focusin", stay);
  element.addEventListener("focusout", leave);
}

export const mayUndo = () => lastUndo !== "";

// On a list the answer comes as a toast and the rows are asked for again; elsewhere the page is.
export function undoLast() {
  const address = lastUndo;
  lastUndo = "";
  if (!address) return;
  for (const form of all(`form[data-undo][action="${address}"]`)) form.closest("[data-toast]").remove();
  if (find("#table")) {
    request("POST", `${address}?stay=1`, { source: "#toasts", target: "#dialog", swap: "innerHTML" });
    return;
  }
  const form = find("#toast-pattern").content.querySelector("form").cloneNode(true);
  form.setAttribute("action", address);
  find("[name=next]", form).value = location.pathname + location.search;
  document.body.append(form);
  form.submit();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-undo]")) return;
  event.preventDefault();
  lastUndo = event.target.getAttribute("action");
  undoLast();
});
document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove());
document.body.addEventListener("ui:toast", (event) => toast(event.detail));
for (const element of all("[data-toast]")) arrived(element);
