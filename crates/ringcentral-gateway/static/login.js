// Upgrades the plain login links: the platform's page opens in a popup and this page moves on when the popup says
// that the login is done. A blocked popup, or a browser without this script, follows the link as it is.
"use strict";

(() => {
  const status = document.querySelector("[data-login-status]");
  const say = (text) => { if (status) status.textContent = text; };
  let popup = null;
  let watch = 0;
  let moved = false;

  const moveOn = (next) => {
    if (moved) return; // told twice, by message and by channel
    moved = true;
    window.clearInterval(watch);
    const target = new URL(typeof next === "string" ? next : "/test", window.location.origin);
    window.location.assign(target.origin === window.location.origin ? target.href : "/test");
  };

  const heard = (data) => {
    if (data && data.type === "ringcentral-login" && data.result === "done") moveOn(data.next);
  };

  window.addEventListener("message", (event) => {
    if (event.origin === window.location.origin && event.source === popup) heard(event.data);
  });

  // A platform page may cut the tie between popup and opener; tabs of one origin still hear each other here.
  if ("BroadcastChannel" in window) {
    new BroadcastChannel("ringcentral-login").addEventListener("message", (event) => heard(event.data));
  }

  const watchPopup = () => {
    window.clearInterval(watch);
    watch = window.setInterval(() => {
      if (popup && popup.closed) {
        window.clearInterval(watch);
        say("The login window is gone and you are not logged in yet. Choose again to start over.");
      }
    }, 700);
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-login]") : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;

    const target = new URL(link.href);
    if (target.origin !== window.location.origin) return;
    target.searchParams.set("popup", "1");

    const width = Math.min(560, window.screen.availWidth);
    const height = Math.min(760, window.screen.availHeight);
    const left = Math.round(window.screenX + Math.max(0, (window.outerWidth - width) / 2));
    const top = Math.round(window.screenY + Math.max(0, (window.outerHeight - height) / 2));
    popup = window.open(target.href, "ringcentral-login", `popup,width=${width},height=${height},left=${left},top=${top}`);
    if (!popup || popup.closed) {
      popup = null;
      return; // blocked: the link is followed as a link
    }
    event.preventDefault();
    popup.focus();
    say("Finish logging in in the window that just opened.");
    watchPopup();
  });
})();
