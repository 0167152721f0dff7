package webtest

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
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
	w.Do(chromedp.WaitVisible(CSS("[data-face]")))
	const frames = `[...document.querySelectorAll("[data-face] iframe")]`
	w.Until(frames + `.every((f) => f.dataset.settled || !f.offsetParent)`)
	w.Until(`(() => {
		const open = document.querySelector("[data-see]:not([hidden])")?.closest("[data-face]");
		if (!open) return document.querySelectorAll("[data-seen]:not([hidden])").length === document.querySelectorAll("[data-face]").length;
		open.toggled = !open.toggled;
		open.querySelector(open.toggled ? "h3" : "[data-face-end]").scrollIntoView({ block: "center" });
		return false;
	})()`)
}
