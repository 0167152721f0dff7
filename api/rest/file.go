package rest

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// File is an answer that isn't JSON.
type File struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	NoSniff     string `header:"X-Content-Type-Options"`
	Body        []byte
}

// FileOf returns data as a file that a browser won't take for anything else.
func FileOf(kind, name string, data []byte) *File {
	return &File{ContentType: kind, Disposition: `attachment; filename="` + name + `"`, NoSniff: "nosniff", Body: data}
}

// Stream is a file that is written while it goes out.
type Stream struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	NoSniff     string `header:"X-Content-Type-Options"`
	Body        func(huma.Context)
}

// StreamOf returns what write writes as a file that a browser won't take for
// anything else. What can go wrong has to be known before: once a file has
// begun, only the caller can be gone.
func StreamOf(kind, name string, write func(io.Writer) error) *Stream {
	f := FileOf(kind, name, nil)
	return &Stream{ContentType: f.ContentType, Disposition: f.Disposition, NoSniff: f.NoSniff, Body: func(ctx huma.Context) {
		ctx.SetStatus(http.StatusOK)
		_ = write(ctx.BodyWriter())
	}}
}
