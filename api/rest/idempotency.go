package rest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"keur/internal/postgres"
)

// answer is what a call was answered with, as it is given again.
type answer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   []byte            `json:"body"`
}

// onlyOnce carries out a call with an Idempotency-Key once, and gives its
// answer again to whoever repeats it. Each transaction of the call marks the
// key before it commits, so that the base knows whether something was done even
// if nobody lives to keep the answer: a key that was marked is never free, and
// one that wasn't is, at once when the call failed, else after some minutes. A
// call that is slower than that loses its key, and with it every transaction.
func (k *Kit) onlyOnce(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header("Idempotency-Key")
	if key == "" {
		next(ctx)
		return
	}
	if len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		k.refuse(ctx, Refusal{http.StatusBadRequest, "an Idempotency-Key is up to 200 characters of ASCII"})
		return
	}
	mine, first, err := k.keys.take(ctx.Context(), Caller(ctx.Context()).ID, key, k.fingerprint(ctx),
		strings.Contains(ctx.Operation().Path, "/members"))
	switch {
	case err != nil:
		k.refuse(ctx, err)
		return
	case first != nil:
		repeat(ctx, *first)
		return
	}
	c := humagin.Unwrap(ctx)
	record := &recorder{ResponseWriter: c.Writer}
	c.Writer = record
	answered := false
	defer func() {
		if !answered { // or panicked
			k.keys.free(ctx.Context(), mine)
		}
	}()
	next(huma.WithContext(ctx, postgres.BeforeCommit(ctx.Context(), mine.mark)))
	if answered = record.Status() < http.StatusBadRequest; answered {
		k.keys.keep(ctx.Context(), mine, record.answer())
	}
}

// fingerprint tells one call from another without keeping what it said.
func (k *Kit) fingerprint(ctx huma.Context) []byte {
	mac := hmac.New(sha256.New, k.Box.Subkey("idempotency"))
	url := ctx.URL()
	mac.Write([]byte(ctx.Method() + " " + url.RequestURI() + "\n"))
	mac.Write(BodyOf(ctx))
	return mac.Sum(nil)
}

func repeat(ctx huma.Context, first answer) {
	for name, value := range first.Header {
		ctx.SetHeader(name, value)
	}
	ctx.SetHeader("Idempotency-Replayed", "true")
	ctx.SetStatus(first.Status)
	_, _ = ctx.BodyWriter().Write(first.Body) // the caller may be gone
}

// recorder keeps what is written while it is written.
type recorder struct {
	gin.ResponseWriter
	Body bytes.Buffer
}

// Write writes and keeps.
func (r *recorder) Write(b []byte) (int, error) {
	r.Body.Write(b)
	return r.ResponseWriter.Write(b)
}

func (r *recorder) answer() answer {
	a := answer{Status: r.Status(), Header: map[string]string{}, Body: r.Body.Bytes()}
	for _, name := range []string{"Content-Type", "ETag"} {
		if value := r.Header().Get(name); value != "" {
			a.Header[name] = value
		}
	}
	return a
}

func (a answer) marshal() ([]byte, error) { return json.Marshal(a) }
