package webtest

import (
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/internal/pgtest"
	"keur/internal/words"
)

//go:embed layout.js
var layout string

// read returns what people read of the page; what is code says so.
const read = `(() => {
	let text = document.body.innerText;
	for (const { innerText } of document.querySelectorAll("code, pre, samp, .cm-editor")) {
		if (innerText) text = text.replaceAll(innerText, " ");
	}
	return text;
})()`

// Layout returns what doesn't fit in the page: text that is cut off or stands
// outside its box, and what scrolls sideways without being marked.
func (w *Window) Layout() []string {
	w.Helper()
	return Read[[]string](w, layout)
}

// Whole fails the test for a page that says that something went wrong, that
// holds what is no character, whose parts don't fit, or that is wider than the
// window.
func (w *Window) Whole(page string) {
	w.Helper()
	if Read[bool](w, `document.querySelector(".notice-page") !== null`) && !strings.HasPrefix(page, "trouble") {
		w.Errorf("%s at %d says that something went wrong", page, w.Width)
	}
	for _, word := range machineWords(Read[string](w, read)) {
		w.Errorf("%s at %d says %q, which is no word of people's", page, w.Width, word)
	}
	if Read[bool](w, `document.body.innerText.includes("\ufffd")`) {
		w.Errorf("%s at %d holds what is no character", page, w.Width)
	}
	for _, wrong := range w.Layout() {
		w.Errorf("%s at %d: %s", page, w.Width, wrong)
	}
	if overflow := Read[int](w, `document.documentElement.scrollWidth - `+strconv.Itoa(w.Width)); overflow > 1 {
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
// whole and accessible. All that a test looks at as one user is opened in one
// window. Who wants to look at pages sees them in Firefox too, and opened anew
// for every width; test runs change the window's width, and ask axe-core at the
// last.
func (d *Desk) Look(name, page, path string) {
	d.T.Helper()
	look(d, name, d.URL, page, path, func(locale string) {
		if name == "" {
			return
		}
		if _, err := d.Accounts.Update(pgtest.Acting(d.T.Context(), "console:test"), d.Users[name].ID,
			func(u *accounts.User) error { u.Locale = locale; return nil }); err != nil {
			d.T.Fatal(err)
		}
	})
}

// LookOutside is Look for a page that people outside see, who sign in nowhere, at
// an address beside the desk's. speak has it say a language.
func LookOutside(d *Desk, address, page, path string, speak func(locale string)) {
	d.T.Helper()
	look(d, "", address, page, path, speak)
}

// look looks at a page of a server in each browser that is asked for.
func look(d *Desk, name, address, page, path string, speak func(locale string)) {
	d.T.Helper()
	if os.Getenv("KEUR_LOOK") != inFirefox {
		lookIn(d, looking(d, name, address, "", d.Browse), name, page, path, speak, locales(), widths())
	}
	if looks() {
		w := looking(d, name, address, inFirefox, func(name string, width int) *Window { return BrowseFirefox(d, name, width) })
		lookIn(d, w, name, page+"-"+inFirefox, path, speak, []string{"de"}, []int{Phone, Laptop})
	}
}

// lookIn looks at a page in a window, in each of the languages and at each of the widths.
func lookIn(d *Desk, w *Window, name, page, path string, speak func(locale string), locales []string, widths []int) {
	d.T.Helper()
	defer speak("en") // as tests read
	for _, locale := range locales {
		speak(locale)
		for i, width := range widths {
			w.Resize(width)
			if i == 0 || looks() {
				w.reach(d, name, path)
			}
			w.Settled()
			w.Shoot(fmt.Sprintf("%s-%s-%d", page, locale, width))
			w.Whole(page)
			if locale == "de" && (i == len(widths)-1 || looks()) { // the other languages differ in nothing that axe-core sees
				w.Accessible(page)
			}
		}
	}
}

// looking returns the window in which the test looks at a server's pages as a user,
// who has proven to be there, opened if there is none yet.
func looking(d *Desk, name, address, engine string, browse func(name string, width int) *Window) *Window {
	d.T.Helper()
	key := engine + ":" + name + "@" + address
	if w := d.windows[key]; w != nil {
		if name != "" {
			Prove(d, name)
		}
		return w
	}
	if d.windows == nil {
		d.windows = map[string]*Window{}
	}
	d.windows[key] = browse(name, Desktop)
	d.windows[key].URL = address
	return d.windows[key]
}

// reach opens a page, after signing in again if what the test did meanwhile ended
// the session.
func (w *Window) reach(d *Desk, name, path string) {
	d.T.Helper()
	w.Open(path)
	if name != "" && Read[bool](w, `location.pathname === "/signin"`) {
		w.SignIn(d, name)
		Prove(d, name)
		w.Open(path)
	}
}
