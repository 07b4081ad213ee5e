// What every page does: tells what went wrong with a request, opens and closes dialogs.
"use strict";

const toasts = () => document.getElementById("toasts");

/** Says something in passing; an error stays longer. Text only, never markup. */
function toast(text, kind = "info", seconds = kind === "error" ? 10 : 5) {
  const shown = document.createElement("p");
  shown.className = `toast ${kind}`;
  shown.textContent = text;
  toasts().append(shown);
  setTimeout(() => shown.remove(), seconds * 1000);
  return shown;
}

window.consoleToast = toast;

document.addEventListener("htmx:sendError", () => toast(document.body.dataset.noConnection, "error"));
document.addEventListener("htmx:timeout", () => toast(document.body.dataset.noConnection, "error"));
document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const told = answer.getResponseHeader("X-Told");
  toast(told ? decodeURIComponent(told) : `${document.body.dataset.wentWrong} (${answer.status})`, "error");
});

// <button data-opens="id"> opens the <dialog> of that id, <button data-closes> closes its own.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
});

// What takes the place of an element that had the focus takes the focus too.
document.addEventListener("htmx:load", (event) => {
  if (event.target.matches("[data-refocus]") && document.activeElement === document.body) event.target.focus({ preventScroll: true });
});

// Ctrl+Enter sends what is written in a dialog.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("dialog textarea")) event.target.form?.requestSubmit();
});

// A select or checkbox with data-submits sends its form when it changes.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form?.requestSubmit();
});
