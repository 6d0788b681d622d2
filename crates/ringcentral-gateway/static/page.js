// Small comforts; every page works without them.
"use strict";

(() => {
  // A form that acts is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = form.querySelector("button[type=submit]");
    if (button) { button.disabled = true; if (button.dataset.busy) button.textContent = button.dataset.busy; }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload(); // a page of a session that may have ended meanwhile
  });

  // Characters left in the message, counted as the platform counts them (UTF-16 units).
  document.querySelectorAll("textarea[data-counter]").forEach((area) => {
    const counter = document.getElementById(area.dataset.counter);
    const show = () => { if (counter) counter.textContent = `${area.value.length} of ${area.maxLength} characters`; };
    area.addEventListener("input", show);
    show();
  });

  // "Back" inside a login popup closes the popup: the page it leads to is already open behind it.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-back]") : null;
    if (!link || window.name !== "ringcentral-login" || !window.opener || window.opener.closed) return;
    event.preventDefault();
    window.close();
    window.setTimeout(() => window.location.assign(link.href), 400);
  });
})();
