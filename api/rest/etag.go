package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"keur/changes"
)

// Answer is one thing, with the tag that an edit of it names.
type Answer[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

// Answered returns v as the answer, unless err came instead.
func Answered[T any](v T, err error) (*Answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &Answer[T]{ETag: TagOf(v), Body: v}, nil
}

// Nothing is the answer of what has none.
type Nothing struct{}

// Asked is the answer of what is done, 204, or waits for another admin, 202.
type Asked struct {
	Status int
	Body   *changes.Request
}

// AskedFor answers with the change if it waits.
func AskedFor(r changes.Request, err error) (*Asked, error) {
	switch {
	case err != nil:
		return nil, err
	case r.Waits():
		return &Asked{http.StatusAccepted, &r}, nil
	}
	return &Asked{Status: http.StatusNoContent}, nil
}

func Done(err error) (*Nothing, error) { return &Nothing{}, err }

// TagOf returns the ETag of what a caller is shown: it changes when, and only
// when, that does.
func TagOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// Match is what an edit was made on.
type Match struct {
	IfMatch string `header:"If-Match" hidden:"true"`
}

// Guard returns a refusal if current isn't what the edit was made on. Call it
// within the store's Update, where current is locked.
func (m Match) Guard(current any) error {
	now := TagOf(current)
	for tag := range strings.SplitSeq(m.IfMatch, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == now {
			return nil
		}
	}
	return Refusal{http.StatusPreconditionFailed, "it changed since you read it; read it again and make your change on that"}
}

// demandMatch refuses an edit that doesn't say what it was made on (RFC 6585 §3).
func (k *Kit) demandMatch(ctx huma.Context, next func(huma.Context)) {
	if ctx.Header("If-Match") == "" {
		k.refuse(ctx, Refusal{http.StatusPreconditionRequired,
			"send If-Match with the ETag of what you read, so that nobody's work is overwritten"})
		return
	}
	next(ctx)
}
