package desk

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"keur/accounts"
)

// flashCookie holds what is said on the next page.
const flashCookie = "keur-flash"

// CookieName is the session cookie's. Over TLS its name binds it to this host
// (RFC 6265bis, 4.1.3.2).
func CookieName(x *Exchange) string {
	if x.desk.Secure {
		return "__Host-keur"
	}
	return "keur"
}

// deviceCookieName is that of the cookie which tells a browser in which somebody
// signed in before.
func deviceCookieName(x *Exchange) string { return CookieName(x) + "-device" }

// KeepSession leaves a session with the browser, and what it will be known by.
func KeepSession(x *Exchange, in accounts.SignIn) {
	KeepCookie(x, CookieName(x), in.Token, "/", in.ExpiresAt.Sub(x.Now()))
	KeepCookie(x, deviceCookieName(x), in.Devices, "/", accounts.DeviceLife)
}

// Session is the token of the user's session, or "".
func Session(x *Exchange) string {
	token, err := x.Cookie(CookieName(x))
	if err != nil {
		return ""
	}
	return token
}

// KeepCookie leaves a cookie with the browser that no script reads. How long,
// and not until when: its clock needn't be ours.
func KeepCookie(x *Exchange, name, value, path string, life time.Duration) {
	http.SetCookie(x.Writer, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: int(life.Seconds()), HttpOnly: true, Secure: x.desk.Secure,
		SameSite: http.SameSiteLaxMode,
	})
}

// DropCookie takes a cookie back.
func DropCookie(x *Exchange, name, path string) {
	http.SetCookie(x.Writer, &http.Cookie{Name: name, Path: path, MaxAge: -1, HttpOnly: true, Secure: x.desk.Secure})
}

// Flash says something on the next page: what was saved, and what follows from
// it.
func (x *Exchange) Flash(sentences ...string) {
	text := strings.Join(sentences, " ")
	KeepCookie(x, flashCookie, base64.RawURLEncoding.EncodeToString([]byte(text)), "/", time.Minute)
}

// flash returns what the page before left to say, this once.
func flash(x *Exchange) string {
	kept, err := x.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	DropCookie(x, flashCookie, "/")
	text, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return "" // not ours
	}
	return string(text)
}
