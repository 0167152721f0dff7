package web

import (
	"encoding/base64"
	"strings"
	"time"
)

// toldCookie carries what was done to the page that follows.
const toldCookie = "keur-told"

// announce says something on the next page: what was saved, and what follows from
// it.
func (v *visit) announce(sentences ...string) {
	text := strings.Join(sentences, " ")
	v.keep(toldCookie, base64.RawURLEncoding.EncodeToString([]byte(text)), "/", time.Minute)
}

// told returns what the page before left to say, this once.
func (v *visit) told() string {
	kept, err := v.Cookie(toldCookie)
	if err != nil {
		return ""
	}
	v.drop(toldCookie, "/")
	text, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil {
		return "" // not ours
	}
	return string(text)
}
