// Enhances the comment form: an id that makes a repeated post harmless, and the moment at which writing began.
// Without it the form works all the same.
(() => {
  "use strict";

  const form = document.getElementById("comment-form");

  function newId() {
    if (window.isSecureContext && crypto.randomUUID) return crypto.randomUUID();
    const numbers = crypto.getRandomValues(new Uint32Array(4));
    return Array.from(numbers, (number) => number.toString(16)).join("-");
  }

  if (form) {
    const id = form.elements.namedItem("submission_id");
    const startedAt = form.elements.namedItem("started_at");
    if (!id.value) id.value = newId();
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) id.value = newId(); // who comes back to this page writes another comment
    });
    form.addEventListener("focusin", () => {
      if (!startedAt.value) startedAt.value = String(Date.now());
    });
    const summary = document.getElementById("error-summary");
    if (summary) summary.focus();
  }
})();
