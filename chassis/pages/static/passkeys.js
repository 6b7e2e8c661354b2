// Passkeys (Web Authentication): asks the server what to sign, the device to sign it, and sends the
// form with the answer. Forms say what they want: data-passkey is "create" or "get", data-begin the
// address that answers with the options. Without this script they stay hidden, and passwords remain.
"use strict";

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));

const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  options.challenge = bytesOf(options.challenge);
  if (options.user) options.user.id = bytesOf(options.user.id);
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    for (const known of options[name] || []) known.id = bytesOf(known.id);
  }
  return options;
}

function sendable(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = textOf(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response });
}

async function answered(form) {
  const token = form.elements.form_token.value;
  const begun = await fetch(form.dataset.begin, { method: "POST", body: new URLSearchParams({ form_token: token }) });
  if (!begun.ok) throw new Error("not begun");
  const asked = { publicKey: readable(await begun.json()) };
  return sendable(await navigator.credentials[form.dataset.passkey](asked));
}

async function send(form) {
  const failed = form.querySelector("[data-failed]");
  const button = form.querySelector("button");
  failed.hidden = button.disabled = true;
  try {
    form.elements.credential.value = await answered(form);
    form.submit();
  } catch {
    failed.hidden = false;
  }
  button.disabled = false;
}

if (window.PublicKeyCredential) {
  for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.reportValidity()) send(form);
    });
  }
}
