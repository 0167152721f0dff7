package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// answer is one thing, with the tag that an edit of it names.
type answer[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

// answered returns v as the answer, unless err came instead.
func answered[T any](v T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{ETag: tagOf(v), Body: v}, nil
}

// nothing is the answer of what has none.
type nothing struct{}

func done(err error) (*nothing, error) { return &nothing{}, err }

// tagOf returns the ETag of what a caller is shown: it changes when, and only
// when, that does.
func tagOf(v any) string {
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

// guard returns a refusal if current isn't what the edit was made on. Call it
// within the store's Update, where current is locked.
func (m Match) guard(current any) error {
	now := tagOf(current)
	for tag := range strings.SplitSeq(m.IfMatch, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == now {
			return nil
		}
	}
	return refusal{http.StatusPreconditionFailed, "it changed since you read it; read it again and make your change on that"}
}

// demandMatch refuses an edit that doesn't say what it was made on (RFC 6585 §3).
func (d *door) demandMatch(ctx huma.Context, next func(huma.Context)) {
	if ctx.Header("If-Match") == "" {
		d.refuse(ctx, refusal{http.StatusPreconditionRequired, "send If-Match with the ETag of what you read, so that nobody's work is overwritten"})
		return
	}
	next(ctx)
}
