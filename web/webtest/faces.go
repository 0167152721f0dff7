package webtest

import (
	"net/http"
	"testing"
)

// See presses, at the path of a mailing or an approval, what says that each of
// so many mails was seen.
func (b *Browser) See(t testing.TB, path string, faces int) {
	t.Helper()
	for n := range faces {
		if r := b.Post(path+"/faces/"+Itoa(n+1)+"/seen", nil); r.Status != http.StatusSeeOther {
			t.Fatalf("seeing mail %d of %s: %d", n+1, path, r.Status)
		}
	}
}

// Scroll scrolls through all mails that the page shows, until each was seen.
func (w *Window) Scroll() {
	w.Shown("[data-face]")
	const frames = `[...document.querySelectorAll("[data-face] iframe")]`
	w.Until(frames + `.every((f) => f.dataset.settled || !f.offsetParent)`)
	w.Until(`(() => {
		const faces = [...document.querySelectorAll("[data-face]")];
		const approve = document.querySelector("[data-arm]");
		const seen = document.querySelectorAll("[data-seen]:not([hidden])").length === faces.length;
		if (seen && (!approve || approve.dataset.key)) return true; // and its key works
		window.scrolled = ((window.scrolled ?? -1) + 1) % (2 * faces.length);
		faces[Math.floor(window.scrolled / 2)].querySelector(window.scrolled % 2 ? "[data-face-end]" : "h3").scrollIntoView({ block: "center" });
		return false;
	})()`)
}
