// The look that the reader chose on this device, if any, set before the page is painted.
(() => {
  "use strict";

  const chosen = (() => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is switched off: the system's look it is
    }
  })();
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
