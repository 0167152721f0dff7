package desk

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"keur/internal/fault"
)

// Upload is a file that a form brought along.
type Upload struct {
	Name  string
	Bytes []byte
}

// ReadFormWithFiles reads a form that may bring files of at most so many bytes along
// under a name; none is no fault. What was typed before a file that is too large
// isn't lost.
func ReadFormWithFiles(x *Exchange, name string, most int64) (Form, []Upload, error) {
	Stream(x, most+MaxForm)
	parts, err := x.Request.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		f, err := ReadForm(x)
		return f, nil, err
	}
	if err != nil {
		return Form{}, nil, fault.Wrap(err, fault.Invalid, "fault.form")
	}
	f, files := NewForm(x.Say), []Upload(nil)
	tooLarge := fault.At(name, "requests.file_size", "most", most>>20)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, files, nil
		}
		if err != nil {
			return f, nil, tooLarge
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		switch {
		case err != nil || int64(len(data)) > most:
			return f, nil, tooLarge
		case part.FormName() == name:
			if part.FileName() != "" {
				files = append(files, Upload{Name: part.FileName(), Bytes: data})
			}
		default:
			f.Values.Add(part.FormName(), string(data))
		}
	}
}

// HandOut answers a file, to be saved and never to be run here.
func HandOut(x *Exchange, name string, bytes []byte) error {
	x.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": strings.Map(printable, name)}))
	x.Send(http.StatusOK, "application/octet-stream", bytes)
	return nil
}

// printable drops control characters from a name.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
