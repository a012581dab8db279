// Enhances the comment form: an id that makes a repeated post harmless, and the moment at which writing began.
// Without it the form works all the same.
"use strict";

const form = document.getElementById("comment-form");

if (form) {
  const id = form.elements.namedItem("submission_id");
  if (id && !id.value && window.isSecureContext && crypto.randomUUID) {
    id.value = crypto.randomUUID();
  } else if (id && !id.value) {
    const numbers = crypto.getRandomValues(new Uint32Array(4));
    id.value = Array.from(numbers, (number) => number.toString(16)).join("-");
  }
  const startedAt = form.elements.namedItem("started_at");
  form.addEventListener("focusin", () => {
    if (startedAt && !startedAt.value) startedAt.value = String(Date.now());
  });
  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();
}
