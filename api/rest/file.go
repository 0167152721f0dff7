package rest

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"keur/approval/shown"
	"keur/mailings"
	"keur/mailings/attachments"
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

// OpenAttachment answers with a PDF that goes with a revision, which the caller has
// opened then.
func OpenAttachment(ctx context.Context, faces *shown.Store, id mailings.RevisionID, number int) (*File, error) {
	f, data, err := faces.Open(ctx, id, number)
	if err != nil {
		return nil, err
	}
	if err := faces.NoteOpened(ctx, id, number); err != nil {
		return nil, err
	}
	return &File{
		ContentType: attachments.Type, Disposition: attachments.Headers(f)["Content-Disposition"], NoSniff: "nosniff", Body: data,
	}, nil
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
