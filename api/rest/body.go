package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
)

// readBody reads the call's body whole, up to limit bytes, and refuses text
// that PostgreSQL can't hold, wherever it stands.
func (k *Kit) readBody(limit int64) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			k.refuse(ctx, Refusal{http.StatusRequestEntityTooLarge, "the body is larger than this call takes"})
			return
		case err != nil:
			k.refuse(ctx, Refusal{http.StatusBadRequest, "the body can't be read to its end"})
			return
		case unstorable(c.Request, body):
			k.refuse(ctx, Refusal{http.StatusUnprocessableEntity,
				"the call holds a NUL character or text that isn't UTF-8, which can't be stored"})
			return
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		c.Set(gin.BodyBytesKey, body)
		next(ctx)
	}
}

// BodyOf returns the body that readBody has read.
func BodyOf(ctx huma.Context) []byte {
	body, _ := humagin.Unwrap(ctx).Get(gin.BodyBytesKey)
	raw, _ := body.([]byte)
	return raw
}

// unstorable reports whether a parameter or a string of a JSON body holds what
// PostgreSQL refuses. An image or a file is looked at by its own reader.
func unstorable(r *http.Request, body []byte) bool {
	for name, values := range r.URL.Query() {
		for _, text := range append(values, name) {
			if !utf8.ValidString(text) || bytes.IndexByte([]byte(text), 0) >= 0 {
				return true
			}
		}
	}
	return isJSON(r) && (!utf8.Valid(body) || escapesNUL(body))
}

func isJSON(r *http.Request) bool {
	kind := r.Header.Get("Content-Type")
	return kind == "" || bytes.Contains([]byte(kind), []byte("json"))
}

// escapesNUL reports whether JSON holds \u0000 behind an even number of backslashes.
func escapesNUL(body []byte) bool {
	for {
		at := bytes.Index(body, []byte(`\u0000`))
		if at < 0 {
			return false
		}
		before := 0
		for at-1-before >= 0 && body[at-1-before] == '\\' {
			before++
		}
		if before%2 == 0 {
			return true
		}
		body = body[at+1:]
	}
}
