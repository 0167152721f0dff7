package api

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// file is an answer that isn't JSON.
type file struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	NoSniff     string `header:"X-Content-Type-Options"`
	Body        []byte
}

// fileOf returns data as a file that a browser won't take for anything else.
func fileOf(kind, name string, data []byte) *file {
	return &file{ContentType: kind, Disposition: `attachment; filename="` + name + `"`, NoSniff: "nosniff", Body: data}
}

// stream is a file that is written while it goes out.
type stream struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	NoSniff     string `header:"X-Content-Type-Options"`
	Body        func(huma.Context)
}

// streamOf returns what write writes as a file that a browser won't take for
// anything else. What can go wrong has to be known before: once a file has
// begun, only the caller can be gone.
func streamOf(kind, name string, write func(io.Writer) error) *stream {
	f := fileOf(kind, name, nil)
	return &stream{ContentType: f.ContentType, Disposition: f.Disposition, NoSniff: f.NoSniff, Body: func(ctx huma.Context) {
		ctx.SetStatus(http.StatusOK)
		_ = write(ctx.BodyWriter())
	}}
}
