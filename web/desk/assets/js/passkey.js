// Has a passkey sign what a form asks for, or make a key, and sends its answer
// with the form.
const form = document.querySelector("form[data-passkey]");

async function ask(event) {
  const answer = form.elements[form.dataset.answer];
  if (answer.value) return;
  event.preventDefault();
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    const options = JSON.parse(form.dataset.passkey);
    const made = form.hasAttribute("data-create")
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    answer.value = JSON.stringify(made.toJSON());
    form.requestSubmit();
  } catch {
    failed.hidden = false;
  }
}

form?.addEventListener("submit", ask);
