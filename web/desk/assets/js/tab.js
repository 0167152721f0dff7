// What is kept for this tab. A browser that keeps nothing, or has no room left,
// stops nothing else that a page does: then only what is saved stays.

// recall returns what is kept under a key, or null.
export function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

// remember keeps a text under a key in place of the one before; null keeps none.
// Returns whether that was done.
export function remember(key, text) {
  try {
    sessionStorage.removeItem(key);
    if (text !== null) sessionStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

// forgetAll keeps nothing any more.
export function forgetAll() {
  try {
    sessionStorage.clear();
  } catch {
    // it keeps nothing anyway
  }
}
