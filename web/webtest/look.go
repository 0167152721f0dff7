package webtest

import (
	_ "embed"
	"fmt"
	"strconv"

	"github.com/chromedp/chromedp"

	"keur/accounts"
	"keur/internal/words"
)

//go:embed layout.js
var layout string

// Layout returns what doesn't fit in the page: text that is cut off or stands
// outside its box, and what scrolls sideways without being marked.
func (w *Window) Layout() []string {
	w.Helper()
	return See(w, chromedp.Evaluate[[]string](layout))
}

// Whole fails the test for a page that says that something went wrong, that
// holds what is no character, whose parts don't fit, or that is wider than the
// window.
func (w *Window) Whole(page string) {
	w.Helper()
	if See(w, chromedp.Evaluate[bool](`document.querySelector(".notice-page") !== null`)) && page != "trouble" {
		w.Errorf("%s at %d says that something went wrong", page, w.Width)
	}
	if See(w, chromedp.Evaluate[bool](`document.body.innerText.includes("\ufffd")`)) {
		w.Errorf("%s at %d holds what is no character", page, w.Width)
	}
	for _, wrong := range w.Layout() {
		w.Errorf("%s at %d: %s", page, w.Width, wrong)
	}
	if overflow := See(w, chromedp.Evaluate[int](`document.documentElement.scrollWidth - `+strconv.Itoa(w.Width))); overflow > 1 {
		w.Errorf("%s at %d is %d px too wide", page, w.Width, overflow)
	}
}

// locales are those in which pages are looked at: the one whose words are the
// longest, or each one by KEUR_LOOK=all (make look).
func locales() []string {
	if looks() {
		return words.Locales()
	}
	return []string{"de"}
}

// widths are those at which pages are looked at.
func widths() []int {
	if looks() {
		return []int{360, Phone, zoomed, 768, 1024, Laptop, 1440, 1920}
	}
	return []int{Phone, Laptop}
}

// Look opens a page at each width, leaves pictures, and checks that it is
// whole and accessible.
func (d *Desk) Look(name, page, path string) {
	d.T.Helper()
	w := d.Browse(name, Desktop)
	speak := func(locale string) {
		if name == "" {
			return
		}
		if _, err := d.Accounts.Update(w.Context(), d.Users[name].ID,
			func(u *accounts.User) error { u.Locale = locale; return nil }); err != nil {
			d.T.Fatal(err)
		}
	}
	defer speak("en") // as tests read
	for _, locale := range locales() {
		speak(locale)
		for _, width := range widths() {
			w.Resize(width)
			w.Open(path)
			w.Settled()
			w.Shoot(fmt.Sprintf("%s-%s-%d", page, locale, width))
			w.Whole(page)
			if locale == "de" { // the others differ in nothing that axe-core sees
				w.Accessible(page)
			}
		}
	}
}
