// The end of a login that ran in a popup: tell the page that opened it, and close. Without an opener, go on here.
"use strict";

(() => {
  const next = document.body.dataset.next || "/test";
  const message = { type: "ringcentral-login", result: "done", next };
  if ("BroadcastChannel" in window) new BroadcastChannel("ringcentral-login").postMessage(message);

  const opener = window.opener;
  if (!opener || opener.closed) {
    window.location.replace(next);
    return;
  }
  opener.postMessage(message, window.location.origin);
  window.close();
  // Still here: this window may not be closed by a script.
  window.setTimeout(() => window.location.replace(next), 400);
})();
